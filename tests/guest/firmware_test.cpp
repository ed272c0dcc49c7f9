// Tables that the firmware of another machine had, or that are wrong, handed to the guest by QEMU.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"

using namespace apicsim::testing;

namespace {

using Bytes = std::vector<unsigned char>;

const char* const kData = APICSIM_SOURCE_DIR "/../shared/data/";

void put(Bytes& bytes, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<unsigned char>(value >> (8 * i)));
}

/// A DMAR (VT-d §8.1) of the given structures.
Bytes dmar(const Bytes& structures, unsigned flags = 0) {
  Bytes table = {'D', 'M', 'A', 'R'};
  put(table, 48 + structures.size(), 4);
  for (const char c : std::string("\1\0TEST  TESTDMAR", 16))
    table.push_back(static_cast<unsigned char>(c));
  put(table, 1, 4);
  put(table, 0, 8);
  put(table, 45, 1);  // 46 bits
  put(table, flags, 1);
  table.insert(table.end(), 10, 0);
  table.insert(table.end(), structures.begin(), structures.end());
  unsigned char sum = 0;
  for (const unsigned char byte : table) sum = static_cast<unsigned char>(sum + byte);
  table[9] = static_cast<unsigned char>(-sum);
  return table;
}

Bytes drhd(std::uint64_t base) {
  Bytes bytes;
  put(bytes, 0, 2);
  put(bytes, 16, 2);
  put(bytes, 1, 4);
  put(bytes, base, 8);
  return bytes;
}

Bytes structure(unsigned type, unsigned length, std::size_t real_length) {
  Bytes bytes;
  put(bytes, type, 2);
  put(bytes, length, 2);
  bytes.resize(real_length);
  return bytes;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

QemuRun run_with_table(const Bytes& table, const std::string& command_line = "") {
  const auto path =
      std::filesystem::temp_directory_path() / ("guest-table-" + std::to_string(getpid()) + ".bin");
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(table.data()),
             static_cast<std::streamsize>(table.size()));
  QemuGuest guest;
  guest.cpus = 1;
  guest.command_line = command_line;
  guest.options = {"-acpitable", "file=" + path.string()};
  const QemuRun run = run_in_qemu(guest);
  std::filesystem::remove(path);
  return run;
}

constexpr int kWorkloadDone = 1;

}  // namespace

TEST_CASE("The unit of a machine with VT-d is reported with its registers (VT-d §10.4)") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  QemuGuest guest;
  guest.options = {"-device", "intel-iommu,aw-bits=39"};  // the default of QEMU 7.2
  const QemuRun run = run_in_qemu(guest);
  CHECK(
      run.has("dmar: Host address width 39\n"
              "dmar: DRHD base: 0x000000fed90000 flags: 0x0\n"
              "dmar: IOMMU 0: reg_base_addr fed90000 ver 1:0 cap "));
}

TEST_CASE("A DMAR unit at address 0 draws the warning of 3.13 once, with the BIOS named") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun run = run_with_table(dmar(drhd(0)));
  CHECK(run.status == kWorkloadDone);
  const std::string warning =
      "Your BIOS is broken; DMAR reported at address 0!\n"
      "BIOS vendor: SeaBIOS; Ver: ";
  const std::size_t at = run.transcript.find(warning);
  REQUIRE(at != std::string::npos);
  CHECK(run.transcript.find(warning, at + 1) == std::string::npos);
  CHECK(
      run.has("dmar: DRHD base: 0x00000000000000 flags: 0x1\n"
              "dmar: parse DMAR table failure.\n"));
}

TEST_CASE("A DMAR unit that answers with all ones is called broken, with its address") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  // Nothing of the board decodes this address.
  const QemuRun run = run_with_table(dmar(drhd(0xfbefe000)));
  if (run.has("Cannot get a valid agaw")) SKIP("this QEMU reads zeros where nothing answers");
  CHECK(run.has("Your BIOS is broken; DMAR reported at address fbefe000 returns all ones!\n"));
}

TEST_CASE("3.13 takes damaged DMAR structures at their word but for one without length") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const QemuRun zero = run_with_table(dmar(structure(2, 0, 8)));
  CHECK(zero.status == kWorkloadDone);
  CHECK(zero.has("dmar: Invalid 0-length structure\n"));
  const QemuRun past = run_with_table(dmar(structure(2, 64, 8)));
  CHECK(past.status == kWorkloadDone);
  CHECK(past.has("dmar: ATSR flags: 0x0\n"));
  CHECK_FALSE(past.has("Record passes table end"));
  // The fields are whatever lies behind.
  const QemuRun small = run_with_table(dmar(structure(1, 8, 8)));
  CHECK(small.status == kWorkloadDone);
  CHECK(small.has("dmar: RMRR base: "));
}

TEST_CASE(
    "RMRR, ATSR and unknown DMAR structures are listed, an RHSA without unit is called broken") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  Bytes rmrr = structure(1, 24, 8);
  put(rmrr, 0x7dffd000, 8);
  put(rmrr, 0x7dffffff, 8);
  Bytes rhsa = structure(3, 20, 8);
  put(rhsa, 0xf4ffe000, 8);
  put(rhsa, 1, 4);
  const QemuRun run = run_with_table(dmar(rmrr + structure(2, 8, 8) + rhsa + structure(9, 12, 12)));
  CHECK(
      run.has("dmar: RMRR base: 0x0000007dffd000 end: 0x0000007dffffff\n"
              "dmar: ATSR flags: 0x0\n"
              "dmar: RHSA base: 0x000000f4ffe000 proximity domain: 0x1\n"));
  CHECK(run.has("Your BIOS is broken; RHSA refers to non-existent DMAR unit at f4ffe000\n"));
  CHECK(run.has("dmar: Unknown DMAR structure type 9\n"));
  CHECK(run.has("dmar: No DMAR devices found\n"));
}

TEST_CASE("The SRAT of a DL380e Gen8 reads as in that machine's boot log") {
  if (const std::string why = qemu_missing(); !why.empty()) SKIP(why);
  const std::string folder = std::string(kData) + "firmware/dl380e-gen8";
  std::string file;
  if (std::filesystem::is_directory(folder)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name.find("srat") != std::string::npos || name.find("SRAT") != std::string::npos)
        file = entry.path().string();
    }
  }
  std::ifstream log(std::string(kData) + "dmesg/dl380e-gen8_3.17.4.txt");
  if (file.empty() || !log) SKIP("the tables and the log of the DL380e are not here");
  QemuGuest guest;
  guest.cpus = 1;
  guest.options = {"-acpitable", "file=" + file};
  const QemuRun run = run_in_qemu(guest);
  int compared = 0;
  for (std::string line; std::getline(log, line);) {
    const std::size_t at = line.find("SRAT: ");
    if (at == std::string::npos || line.find("ACPI:") != std::string::npos) continue;
    INFO(line);
    CHECK(run.has(line.substr(at) + "\n"));
    ++compared;
  }
  CHECK(compared >= 10);
}
