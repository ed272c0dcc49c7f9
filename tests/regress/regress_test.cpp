#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/catch.h"
#include "tests/cli/program.h"
#include "tests/cli/tiny_guest.h"
#include "tests/observe/sealed_trace.h"
#include "tests/observe/traces.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Configurations with one scenario of a tiny guest whose image is pinned.
struct Place {
  Place() {
    fs::create_directories(traces / "images");
    fs::create_directories(configs / "test");
    for (const char* const part : {"machines", "cpus", "timing"})
      fs::copy(fs::path(APICSIM_SOURCE_DIR) / "configs" / part, configs / part,
               fs::copy_options::recursive);
    pin({TinyGuest::print('h'), TinyGuest::print('i'), TinyGuest::print('\n'),
         TinyGuest::undefined()});
    write_scenario("");
  }

  void pin(const std::vector<TinyGuest::Code>& code) const {
    fs::copy_file(TinyGuest(code).file("tiny.elf"), traces / "images" / "tiny.elf",
                  fs::copy_options::overwrite_existing);
  }
  void write_scenario(const std::string& more) const {
    std::ofstream(configs / "test" / "tiny.toml")
        << "title = \"A few instructions\"\nmachine = \"qemu-q35\"\ncpus = 1\n"
           "memory = \"64MiB\"\n[kernel]\nimage = \"tiny\"\n"
        << more;
  }
  ProgramResult regress(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(),
                     {"regress", "--configs", configs.string(), "--traces", traces.string()});
    return run_program(arguments);
  }
  fs::path golden() const { return traces / "test" / "tiny.trace"; }
  /// Changes a text of the golden trace to another of the same length.
  void change(const std::string& from, const std::string& to) const {
    const std::string bytes = contents(golden());
    const TraceFile file(bytes, "golden");
    const std::string header = header_json(file.header());
    const std::size_t start = trace_format::magic_size + 8 + header.size();
    std::string block(1 << 20, '\0');
    uLongf size = block.size();
    REQUIRE(uncompress(reinterpret_cast<Bytef*>(block.data()), &size,
                       reinterpret_cast<const Bytef*>(bytes.data()) + start + 8,
                       bytes.size() - start - 8) == Z_OK);
    block.resize(size);
    REQUIRE(block.find(from) != std::string::npos);
    block.replace(block.find(from), from.size(), to);
    std::ofstream(golden(), std::ios::binary) << sealed_trace(header, block, file.events());
  }

  TemporaryFolder folder;
  fs::path configs = folder.path() / "configs";
  fs::path traces = folder.path() / "traces";
};

/// A change of one latency in the functional profile.
void change_port_latency(const Place& place) {
  const fs::path file = place.configs / "timing" / "functional.toml";
  std::string text = contents(file);
  const std::size_t at = text.find("value = ", text.find("[latency.port_io]"));
  REQUIRE(at != std::string::npos);
  text.replace(at, text.find('\n', at) - at, "value = 777");
  const std::size_t low = text.find("low = ", at), high = text.find("high = ", at);
  const std::size_t next = text.find("[latency.", at);
  if (high < next) text.replace(high, text.find('\n', high) - high, "high = 9999");
  if (low < next) text.replace(low, text.find('\n', low) - low, "low = 0");
  std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("A golden trace is recorded, holds, and is left alone when nothing changed") {
  const Place place;
  auto result = place.regress({"--update", "test/tiny"});
  INFO(result.output << result.errors);
  CHECK(result.status == 0);
  CHECK(contains(result.output, "recorded  test/tiny: golden trace recorded, "));
  const std::string golden = contents(place.golden());
  result = place.regress({});
  CHECK(result.status == 0);
  CHECK(contains(result.output, "same      test/tiny: as in the golden trace, "));
  result = place.regress({"--update"});
  CHECK(result.status == 0);
  CHECK(contains(result.output, "same      test/tiny: "));
  CHECK(contents(place.golden()) == golden);
  CHECK(std::distance(fs::directory_iterator(place.golden().parent_path()),
                      fs::directory_iterator()) == 1);
}

TEST_CASE("Exit status 11: only cycles moved, and by how much") {
  const Place place;
  REQUIRE(place.regress({"--update", "tiny"}).status == 0);
  change_port_latency(place);
  auto result = place.regress({"tiny"});
  INFO(result.output << result.errors);
  CHECK(result.status == 11);
  CHECK(contains(result.output, "moved     test/tiny: same events and values"));
  CHECK(contains(result.output, "timing profile 'functional' has other values"));
  CHECK(contains(result.output, "console:line"));
  result = place.regress({"--json"});
  CHECK(result.status == 11);
  const auto json = nlohmann::json::parse(result.output)["results"][0];
  CHECK(json["status"] == "moved");
  CHECK(json["first"]["event"] == "console:line");
  CHECK(json["different"].empty());
  REQUIRE_FALSE(json["moved"].empty());
  CHECK(json["moved"][0]["min"] == json["moved"][0]["max"]);
  CHECK(json["moved"][0]["min"] != 0);
}

TEST_CASE("Exit status 10: another value, with its field and what is around it") {
  const Place place;
  REQUIRE(place.regress({"--update", "tiny"}).status == 0);
  place.change("hi", "ho");
  auto result = place.regress({"tiny"});
  INFO(result.output << result.errors);
  CHECK(result.status == 10);
  CHECK(contains(result.output, "different test/tiny: "));
  CHECK(contains(result.output, "text: golden text=\"ho\", run text=\"hi\""));
  CHECK(contains(result.output, " exceptions:exception vector=6"));
  const auto json = nlohmann::json::parse(place.regress({"--json"}).output)["results"][0];
  CHECK(json["status"] == "different");
  CHECK(json["first"]["field"] == "text");
  CHECK(json["first"]["in_golden"] == true);
  CHECK(json["different"][0]["event"] == "console:line");
}

TEST_CASE("An update says what changed and replaces the golden trace") {
  const Place place;
  REQUIRE(place.regress({"--update", "tiny"}).status == 0);
  place.change("hi", "ho");
  auto result = place.regress({"--update"});
  INFO(result.output << result.errors);
  CHECK(result.status == 0);
  CHECK(contains(result.output, "updated   test/tiny: golden trace replaced"));
  CHECK(contains(result.output, "text: golden text=\"ho\", run text=\"hi\""));
  CHECK(place.regress({}).status == 0);
  place.pin({TinyGuest::print('x'), TinyGuest::exit(0)});
  result = place.regress({"--update"});
  CHECK(contains(result.output, "another image: tiny.elf (sha256 "));
  std::ofstream(place.golden()) << "nonsense";
  result = place.regress({"--update"});
  CHECK(result.status == 0);
  CHECK(contains(result.output, "the old one could not be compared: "));
  CHECK(place.regress({}).status == 0);
}

TEST_CASE("A golden trace of another image, scenario or profile is one line and exit status 2") {
  const Place place;
  REQUIRE(place.regress({"--update", "tiny"}).status == 0);
  const auto complaint = [&] {
    const auto result = place.regress({"tiny"});
    CHECK(result.status == 2);
    CHECK(std::count(result.output.begin(), result.output.end(), '\n') == 1);
    return result.output;
  };
  place.write_scenario("cmdline = \"quiet\"\n");
  CHECK(contains(complaint(), "was recorded from another scenario"));
  fs::copy_file(place.configs / "timing" / "functional.toml",
                place.configs / "timing" / "other.toml");
  place.write_scenario("[run]\nprofile = \"other\"\n");
  CHECK(contains(complaint(),
                 "was recorded with timing profile 'functional', the scenario has "
                 "'other'"));
  place.write_scenario("");
  place.pin({TinyGuest::exit(0)});
  CHECK(contains(complaint(), "was recorded with an image tiny.elf (sha256 "));
}

TEST_CASE("Comments, titles and expectations do not make another scenario") {
  const Place place;
  REQUIRE(place.regress({"--update", "tiny"}).status == 0);
  std::ofstream(place.configs / "test" / "tiny.toml")
      << "# a comment\nmemory = \"64MiB\"\ncpus = 1\nmachine = \"qemu-q35\"\ntitle = \"x\"\n"
         "[expect]\noutcome = \"triple_fault\"\n[kernel]\nimage = \"tiny\"\n";
  const auto result = place.regress({});
  INFO(result.output);
  CHECK(result.status == 0);
}

TEST_CASE("No golden trace, a damaged one, no pinned image: one line each, the others still run") {
  const Place place;
  CHECK(contains(place.regress({}).errors, "holds no golden traces"));
  auto result = place.regress({"tiny"});
  CHECK(result.status == 2);
  CHECK(contains(result.output, "has no golden trace"));
  REQUIRE(place.regress({"--update", "tiny"}).status == 0);
  fs::copy_file(place.configs / "test" / "tiny.toml", place.configs / "test" / "other.toml");
  fs::copy_file(place.golden(), place.traces / "test" / "other.trace");
  fs::resize_file(place.traces / "test" / "other.trace", 100);
  result = place.regress({});
  INFO(result.output);
  CHECK(result.status == 2);
  CHECK(contains(result.output, "error     test/other: "));
  CHECK(contains(result.output, "is truncated"));
  CHECK(contains(result.output, "same      test/tiny: "));
  fs::remove(place.traces / "images" / "tiny.elf");
  CHECK(contains(place.regress({"tiny"}).output, "tiny.elf"));
  CHECK(place.regress({"--jobs", "0"}).status == 2);
}
