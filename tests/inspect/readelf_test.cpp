#include <cstdio>
#include <filesystem>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "sim/inspect/elf_image.h"
#include "tests/catch.h"

using namespace apicsim;

namespace {

const char* const kGuest = APICSIM_BINARY_DIR "/guest/guest-3.13.elf";

std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* pipe = popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return text;
  char buffer[4096];
  for (std::size_t size; (size = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    text.append(buffer, size);
  return pclose(pipe) == 0 ? text : std::string();
}

std::vector<std::smatch> all_matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  return {std::sregex_iterator(text.begin(), text.end(), regex), std::sregex_iterator()};
}

bool cannot_compare(const std::string& output) {
  if (!output.empty()) return false;
  WARN("skipped: the guest image is not built, or binutils are not installed");
  return true;
}

}  // namespace

TEST_CASE("Probes of the guest image are those that readelf shows") {
  const std::string shown = output_of(std::string("readelf -nW ") + kGuest);
  if (cannot_compare(shown)) return;
  const auto image = ElfImage::load(kGuest);
  const auto matches = all_matches(
      shown, "Provider: (\\S+)\\s+Name: (\\S+)\\s+Location: 0x([0-9a-f]+).*\\s+Arguments: (.*)\n");
  REQUIRE(matches.size() == image.probes().size());
  for (std::size_t i = 0; i < matches.size(); ++i) {
    CHECK(image.probes()[i].provider == matches[i][1].str());
    CHECK(image.probes()[i].name == matches[i][2].str());
    CHECK(image.probes()[i].address == std::stoull(matches[i][3], nullptr, 16));
    CHECK(image.probes()[i].arguments == matches[i][4].str());
  }
}

TEST_CASE("Functions of the guest image lie where nm shows them, under the names of c++filt") {
  const std::string shown = output_of(std::string("nm -S ") + kGuest);
  if (cannot_compare(shown)) return;
  const auto image = ElfImage::load(kGuest);
  unsigned compared = 0;
  for (const auto& match :
       all_matches(shown, "([0-9a-f]{16}) ([0-9a-f]{16}) T ([a-z][a-z0-9_]*)\n")) {
    const ElfSymbol* symbol = image.symbols().at(std::stoull(match[1], nullptr, 16));
    INFO(match[3].str());
    REQUIRE(symbol != nullptr);
    CHECK(symbol->size == std::stoull(match[2], nullptr, 16));
    ++compared;
  }
  CHECK(compared > 10);
  CHECK(image.symbols().find("kmem_cache_alloc_trace")->address == 0xffffffff811af280);
}

TEST_CASE("Segments and entry of the guest image are those that readelf shows") {
  const std::string shown = output_of(std::string("readelf -lW ") + kGuest);
  if (cannot_compare(shown)) return;
  const auto image = ElfImage::load(kGuest);
  const auto loads = all_matches(
      shown, "LOAD +0x([0-9a-f]+) 0x([0-9a-f]+) 0x([0-9a-f]+) 0x([0-9a-f]+) 0x([0-9a-f]+)");
  std::map<std::uint64_t, std::uint64_t> sizes;
  for (const auto& load : loads)
    if (load[5] != "000000")
      sizes[std::stoull(load[3], nullptr, 16)] = std::stoull(load[5], nullptr, 16);
  REQUIRE(sizes.size() == image.segments().size());
  for (const ElfSegment& segment : image.segments())
    CHECK(sizes[segment.physical] == segment.memory_size);
}
