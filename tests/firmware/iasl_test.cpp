#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "models/firmware/placement.h"
#include "sim/scenario/machine_loader.h"
#include "tests/catch.h"
#include "tests/firmware/firmware_files.h"

using namespace apicsim;
namespace fs = std::filesystem;

namespace {

bool have_iasl() { return std::system("iasl -v >/dev/null 2>&1") == 0; }

std::string run(const std::string& command, const fs::path& log) {
  const int status = std::system(fmt::format("{} > '{}' 2>&1", command, log.string()).c_str());
  std::ifstream file(log);
  std::ostringstream text;
  text << file.rdbuf();
  CHECK(status == 0);
  return text.str();
}

/// The complaints of a run. Two of them belong to the real HP tables, whose boot logs have them,
/// too: a creator id of unprintable bytes, and PM1a and PM2 blocks of 32 bits.
std::string complaints(const std::string& output) {
  std::istringstream lines(output);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    const bool bad = line.find("Warning") != std::string::npos ||
                     line.find("Error") != std::string::npos ||
                     line.find("rror:") != std::string::npos;
    const bool of_the_original = line.find("invalid ASCII character(s)") != std::string::npos ||
                                 line.find("Invalid length for FADT/Pm") != std::string::npos ||
                                 line.find("0 Errors, 0 Warnings") != std::string::npos;
    if (bad && !of_the_original) result += line + "\n";
  }
  return result;
}

/// A compiler puts its own name (offset 28 to 35) into a header, and so another checksum.
Bytes without_compiler(Bytes table) {
  table.at(9) = 0;
  for (std::size_t i = 28; i < 36; ++i) table.at(i) = 0;
  return table;
}

void check_table_with_iasl(const FirmwareBlob& blob, const fs::path& folder) {
  const fs::path binary = folder / (blob.name + ".bin");
  test::write_bytes(binary, blob.bytes);
  const std::string prefix = (folder / blob.name).string();
  const std::string log = prefix + ".log";
  CHECK(complaints(run(fmt::format("iasl -p '{0}' -d '{1}'", prefix, binary.string()), log)) == "");
  if (blob.name == "FACS") return;  // iasl does not compile this one
  // iasl 20250404 refuses its own disassembly of an SPCR of revision 1, a real machine's included.
  if (blob.name == "SPCR") return;
  run(fmt::format("iasl -oa -p '{0}-again' '{0}.dsl'", prefix), log);
  CHECK(without_compiler(test::read_bytes(prefix + "-again.aml")) == without_compiler(blob.bytes));
}

void check_machine(const std::string& name) {
  if (!have_iasl()) SKIP("iasl is not installed");
  const fs::path folder = test::fresh_folder(name);
  const Machine machine = load_machine(test::configs(), name);
  for (const FirmwareBlob& blob : place_firmware(machine.firmware).blobs) {
    if (blob.name == "RSDP" || blob.name.rfind("SMBIOS", 0) == 0) continue;
    INFO(name << " " << blob.name);
    check_table_with_iasl(blob, folder);
  }
}

}  // namespace

TEST_CASE("iasl decodes the DL380e Gen8's tables and compiles them back to the same bytes") {
  check_machine("hp-dl380e-gen8");
}

TEST_CASE("iasl decodes the DL360p Gen8's tables and compiles them back to the same bytes") {
  check_machine("hp-dl360p-gen8");
}

TEST_CASE("iasl decodes the q35's tables and compiles them back to the same bytes") {
  check_machine("qemu-q35");
}
