#include "sim/scenario/initrd_archive.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/catch.h"

using namespace apicsim;

namespace {

const std::vector<ArchiveMember> kMembers = {
    {"script", "sleep ms=1\n"}, {"lib/firmware/a.fw", std::string("\0\1\2", 3)}, {"empty", ""}};

unsigned long field(const std::string& archive, std::size_t member, int index) {
  return std::strtoul(archive.substr(member + 6 + 8 * static_cast<std::size_t>(index), 8).c_str(),
                      nullptr, 16);
}

std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  std::array<char, 256> buffer;
  while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) text += buffer.data();
  pclose(pipe);
  return text;
}

}  // namespace

TEST_CASE(
    "An initrd archive has the members' sizes, names and bytes, each aligned to four, and a "
    "trailer") {
  const std::string archive = make_initrd_archive(kMembers);
  CHECK(archive.size() % 4 == 0);
  std::size_t at = 0;
  for (const ArchiveMember& member : kMembers) {
    CAPTURE(member.path, at);
    CHECK(archive.substr(at, 6) == "070701");
    CHECK(field(archive, at, 1) == 0100644);
    CHECK(field(archive, at, 6) == member.contents.size());
    CHECK(field(archive, at, 11) == member.path.size() + 1);
    CHECK(archive.substr(at + 110, member.path.size() + 1) == member.path + '\0');
    const std::size_t data = (at + 110 + member.path.size() + 1 + 3) & ~std::size_t{3};
    CHECK(archive.substr(data, member.contents.size()) == member.contents);
    at = (data + member.contents.size() + 3) & ~std::size_t{3};
  }
  CHECK(archive.substr(at + 110, 11) == std::string("TRAILER!!!") + '\0');
}

TEST_CASE("Another program lists the files of an initrd archive") {
  if (std::system("command -v cpio >/dev/null 2>&1") != 0) SKIP("cpio is not installed");
  const auto path =
      std::filesystem::temp_directory_path() / ("initrd-archive-" + std::to_string(getpid()));
  std::ofstream(path, std::ios::binary) << make_initrd_archive(kMembers);
  CHECK(output_of("cpio -t --quiet <" + path.string() + " 2>&1") ==
        "script\nlib/firmware/a.fw\nempty\n");
  std::filesystem::remove(path);
}
