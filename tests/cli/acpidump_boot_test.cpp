#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "models/firmware/acpi_header.h"
#include "tests/catch.h"
#include "tests/cli/program.h"
#include "tests/firmware/acpidump_text.h"
#include "tests/firmware/firmware_files.h"
#include "tests/scenario/temporary_folder.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// The tables of the real DL380e Gen8 as acpidump would print them; no addresses are known.
std::string real_dump() {
  std::string text;
  for (const char* name : {"facp", "spcr", "mcfg", "hpet", "apic", "srat", "dmar"}) {
    const Bytes bytes =
        test::read_bytes(test::real_tables() / "dl380e-gen8" / (std::string(name) + ".bin"));
    text += test::acpidump_text(table_signature(bytes), 0, bytes);
  }
  return text;
}

/// A console's lines without time stamps, those that tell where a table lies without the address.
std::string masked(const std::string& transcript) {
  std::string text = std::regex_replace(transcript, std::regex("\\[ *[0-9]+\\.[0-9]+\\] "), "");
  text = std::regex_replace(text, std::regex("ACPI: ([A-Z]{4}) [0-9a-f]{16} "), "ACPI: $1 ");
  // What the guest measures with the PIT depends on the phase in which it begins.
  return std::regex_replace(text, std::regex("[^\n]*(BogoMIPS|MHz)[^\n]*"), "");
}

}  // namespace

TEST_CASE("A machine boots from a dump of the real one as from its description") {
  if (!std::filesystem::exists(test::real_tables() / "dl380e-gen8"))
    SKIP("the real tables are not here");
  if (!std::filesystem::exists(APICSIM_BINARY_DIR "/guest/guest-3.13.elf"))
    SKIP("the guest image is not built");
  const TemporaryFolder folder;
  const auto dump = folder.write("dl380e.acpidump", real_dump()).string();
  const auto described = run_program(
      {"run", "hp-dl380e-gen8/boot", "--quiet", "--console", (folder.path() / "a").string()});
  const auto dumped = run_program(
      {"run", "hp-dl380e-gen8/boot", "--quiet", "--console", (folder.path() / "b").string(),
       "--json", (folder.path() / "b.json").string(), "--set", "firmware.acpidump=" + dump});
  INFO(dumped.errors);
  CHECK(described.status == 0);
  CHECK(dumped.status == 0);
  CHECK(dumped.output.find("firmware        tables of dl380e.acpidump,") != std::string::npos);
  const std::string expected = masked(contents(folder.path() / "a"));
  CHECK(expected.find("DMAR") != std::string::npos);
  CHECK(masked(contents(folder.path() / "b")) == expected);
  const auto json = nlohmann::json::parse(contents(folder.path() / "b.json"));
  CHECK(json["firmware"]["acpidump"] == "dl380e.acpidump");
  CHECK(json["firmware"]["changes"].size() >= 7);
}

TEST_CASE("Without its DMAR the same machine boots without a remapping unit") {
  if (!std::filesystem::exists(APICSIM_BINARY_DIR "/guest/guest-3.13.elf"))
    SKIP("the guest image is not built");
  const TemporaryFolder folder;
  const std::string console = (folder.path() / "a").string();
  const auto result = run_program({"run", "hp-dl380e-gen8/boot", "--quiet", "--console", console,
                                   "--set", "firmware.remove=[\"DMAR\"]"});
  INFO(result.errors);
  CHECK(result.status == 0);
  CHECK(contents(console).find("ACPI: APIC") != std::string::npos);
  CHECK(contents(console).find("DMAR") == std::string::npos);
}
