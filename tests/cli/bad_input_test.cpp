#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "tests/catch.h"
#include "tests/cli/program.h"
#include "tests/cli/tiny_guest.h"

using namespace apicsim::testing;

namespace {

/// One line on standard error, nothing on standard output, status 2; the line without the folder.
std::string complaint(const TinyGuest& guest, const std::vector<std::string>& arguments) {
  const auto result = run_program(arguments);
  CHECK(result.status == 2);
  CHECK(result.output.empty());
  std::string line = result.errors;
  REQUIRE_FALSE(line.empty());
  CHECK(line.find('\n') == line.size() - 1);
  line.pop_back();
  const std::string folder = guest.folder.path().string() + "/";
  for (std::size_t at; (at = line.find(folder)) != std::string::npos;)
    line.erase(at, folder.size());
  return line;
}

std::string complaint_about(const std::string& scenario_text,
                            const std::vector<std::string>& more = {}) {
  TinyGuest guest({TinyGuest::exit(0)});
  guest.write_scenario(scenario_text);
  std::vector<std::string> arguments = {"run", guest.scenario};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return complaint(guest, arguments);
}

/// The complaint when the repository's configurations are used with one text of the machine's file
/// replaced.
std::string complaint_about_machine(const std::string& text, const std::string& instead) {
  TinyGuest guest({TinyGuest::exit(0)});
  const std::string configs = guest.file("configs");
  std::filesystem::copy(APICSIM_SOURCE_DIR "/configs", configs,
                        std::filesystem::copy_options::recursive);
  const std::string file = configs + "/machines/qemu-q35.toml";
  std::ifstream stream(file);
  std::string machine((std::istreambuf_iterator<char>(stream)), {});
  const std::size_t at = machine.find(text);
  REQUIRE(at != std::string::npos);
  machine.replace(at, text.size(), instead);
  std::ofstream(file) << machine;
  return complaint(guest, {"run", guest.scenario, "--configs", configs, "--set", "cpus=4"});
}

bool matches(const std::string& line, const std::string& pattern) {
  return std::regex_match(line, std::regex(pattern));
}

}  // namespace

TEST_CASE("Colliding APIC ids name the CPUs, the id and the cure") {
  CHECK(
      matches(complaint_about_machine("[topology]\n", "[topology]\napic_ids = [0, 1, 1, 3]\n"),
              "configs/machines/qemu-q35\\.toml:\\d+: key 'topology\\.apic_ids': CPUs 1 and 2 both "
              "have APIC id 0x1; give each CPU an id of its own"));
}

TEST_CASE("A wrong key of a machine file names its file and line") {
  CHECK(matches(complaint_about_machine("[topology]\n", "[topology]\nsokets = 2\n"),
                "configs/machines/qemu-q35\\.toml:\\d+: key 'topology\\.sokets': unknown key; .*"
                "did you mean 'sockets'\\?"));
}

TEST_CASE("Bad options and commands are one line and exit status 2") {
  const TinyGuest guest({TinyGuest::exit(0)});
  CHECK(complaint(guest, {}) == "apicsim: which command? 'apicsim --help' shows them");
  const std::string unknown = complaint(guest, {"rum"});
  CHECK(unknown.rfind("apicsim: unknown command 'rum'; allowed: run, ", 0) == 0);
  CHECK(unknown.find("; did you mean 'run'?") != std::string::npos);
  CHECK(complaint(guest, {"run"}) ==
        "apicsim run: which scenario? 'apicsim list' shows them; or --image FILE");
  CHECK(complaint(guest, {"run", "x", "--foo"}) ==
        "apicsim run: unrecognised option '--foo'; see 'apicsim run --help'");
  CHECK(complaint(guest, {"run", guest.scenario, "--json", ""}).find("json") != std::string::npos);
}

TEST_CASE("A scenario that is missing, no file or no TOML is one line and exit status 2") {
  const TinyGuest guest({TinyGuest::exit(0)});
  CHECK(complaint(guest, {"run", guest.file("none.toml")}) ==
        "none.toml: cannot be read: No such file or directory");
  guest.folder.write("broken.toml", "title = \"x\n");
  CHECK(complaint(guest, {"run", guest.file("broken.toml")})
            .find("broken.toml:1: not valid TOML: ") == 0);
  CHECK(complaint(guest, {"run", "no-such-scenario"})
            .find("no-such-scenario: no such scenario file, and none of this name in ") == 0);
}

TEST_CASE("Unknown key, wrong type and value out of range name file, line and key") {
  CHECK(matches(complaint_about("[run]\nmax_cyles = 3\n"),
                "tiny\\.toml:8: key 'run\\.max_cyles': unknown key; allowed: timing, .*max_cycles, "
                ".*; did you mean 'max_cycles'\\?"));
  CHECK(complaint_about("[run]\nmax_cycles = \"many\"\n")
            .find("tiny.toml:8: key 'run.max_cycles': 'many' is not an integer; allowed: 1..") ==
        0);
  CHECK(complaint_about("[run]\nmax_cycles = 0\n")
            .find("tiny.toml:8: key 'run.max_cycles': 0 is out of range; allowed: 1..") == 0);
  CHECK(complaint_about("", {"--set", "cpus=0"}) ==
        "--set cpus=0: key 'cpus': 0 is out of range; allowed: 1..4096");
  CHECK(complaint_about("", {"--set", "cpu=2"}) ==
        "--set cpu=2: key 'cpu': is an integer; allowed: a table");
  CHECK(complaint_about("", {"--set", "cpuz=2"}).find("--set cpuz=2: key 'cpuz': unknown key") ==
        0);
}

TEST_CASE("Names of machine, profile and image are checked, with the nearest one") {
  CHECK(complaint_about("", {"--set", "machine=qemu-q3"})
            .find("--set machine=qemu-q3: key 'machine': there is no 'qemu-q3'; allowed: ") == 0);
  CHECK(matches(complaint_about("[run]\nprofile = \"funktional\"\n"),
                "tiny\\.toml:8: key 'run\\.profile': there is no 'funktional'; allowed: "
                "functional, .*; did you mean 'functional'\\?"));
  CHECK(complaint_about("", {"--set", "kernel.image=./none.elf"}) ==
        "--set kernel.image=./none.elf: key 'kernel.image': no such file: ./none.elf");
}

TEST_CASE("A damaged guest image is one line and exit status 2") {
  const TinyGuest guest({TinyGuest::exit(0)});
  std::filesystem::resize_file(guest.file("tiny.elf"), 100);
  CHECK(complaint(guest, {"run", guest.scenario}).find("tiny.elf: is ") != std::string::npos);
  guest.folder.write("tiny.elf", "#!/bin/sh\n");
  CHECK(complaint(guest, {"run", guest.scenario}) ==
        "./tiny.elf: is not an ELF file and has no Multiboot 1 header");
}

TEST_CASE("A guest that does not fit its machine is one line and exit status 2") {
  TinyGuest guest({TinyGuest::exit(0)});
  ElfBuilder builder;
  builder.segment(0, 0xF0000000, {0x90}, 0x1000);
  builder.note("Xen", 18, {0, 0, 0, 0xF0});
  const auto image = builder.build();
  guest.folder.write("tiny.elf", std::string(image.begin(), image.end()));
  CHECK(complaint(guest, {"run", guest.scenario}) ==
        "./tiny.elf needs memory at 0xf0000000..0xf0000fff, where the machine has none");
}

TEST_CASE("An output that cannot be written stops the run before it starts, and leaves nothing") {
  const TinyGuest guest({TinyGuest::spin()});
  CHECK(complaint(guest, {"run", guest.scenario, "--json", guest.file("none/a.json")}) ==
        "none/a.json: cannot be written: No such file or directory");
  CHECK_FALSE(std::filesystem::exists(guest.file("none")));
  CHECK(complaint(guest, {"run", guest.file("none.toml"), "--json", guest.file("a.json")}) ==
        "none.toml: cannot be read: No such file or directory");
  CHECK_FALSE(std::filesystem::exists(guest.file("a.json")));
}
