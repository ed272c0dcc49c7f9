// Every release on the same tables and command lines: the rows of docs/guest-releases.md.
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"
#include "tests/support/scenario_run.h"

using namespace apicsim::testing;

namespace {

using Bytes = std::vector<unsigned char>;

constexpr std::array<const char*, 4> kReleases = {"3.2", "3.13", "4.12", "6.1"};

void put(Bytes* bytes, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) bytes->push_back(static_cast<unsigned char>(value >> 8 * i));
}

void append(Bytes* to, const Bytes& what) { to->insert(to->end(), what.begin(), what.end()); }

constexpr std::uint64_t kLive = 0xfed90000;
const Bytes kIoApicScope = {3, 8, 0, 0, 0, 0xff, 0, 0};

// VT-d §8.3
Bytes unit(std::uint64_t base, int flags, const Bytes& scopes) {
  Bytes s;
  put(&s, 0, 2);
  put(&s, 16 + scopes.size(), 2);
  put(&s, static_cast<std::uint64_t>(flags), 1);
  put(&s, 0, 3);
  put(&s, base, 8);
  append(&s, scopes);
  return s;
}

// VT-d §8.4
Bytes region(std::uint64_t base, std::uint64_t limit) {
  Bytes s;
  put(&s, 1, 2);
  put(&s, 24, 2);
  put(&s, 0, 4);
  put(&s, base, 8);
  put(&s, limit, 8);
  return s;
}

Bytes structure(int type, int length) {
  Bytes s;
  put(&s, static_cast<std::uint64_t>(type), 2);
  put(&s, static_cast<std::uint64_t>(length), 2);
  return s;
}

// VT-d §8.1, with a good checksum.
Bytes dmar(const std::vector<Bytes>& structures, int flags = 1) {
  Bytes body;
  for (const Bytes& s : structures) append(&body, s);
  Bytes table = {'D', 'M', 'A', 'R'};
  put(&table, 48 + body.size(), 4);
  put(&table, 1, 2);
  for (const char c : std::string("TESTERRELEASES "))
    table.push_back(static_cast<unsigned char>(c));
  table.resize(24);
  put(&table, 1, 4);
  for (const char c : std::string("TEST")) table.push_back(static_cast<unsigned char>(c));
  put(&table, 1, 4);
  put(&table, 47, 1);
  put(&table, static_cast<std::uint64_t>(flags), 1);
  table.resize(48);
  append(&table, body);
  unsigned char sum = 0;
  for (const unsigned char byte : table) sum = static_cast<unsigned char>(sum + byte);
  table[9] = static_cast<unsigned char>(-sum);
  return table;
}

Bytes good_table(int flags = 1) { return dmar({unit(kLive, 1, kIoApicScope)}, flags); }

struct Situation {
  Bytes table;
  const char* command_line = "";
  const char* firmware = "";  // further keys of [firmware]
  const char* machine = "";   // further keys of the scenario
};

/// One line that a release prints, or with "!" in front does not.
struct Row {
  Situation situation;
  std::array<std::vector<std::string>, 4> lines;
};

std::string boot(const Situation& s, const std::string& release) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("apicsim-dmar-" + std::to_string(getpid()) + ".bin");
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(s.table.data()),
             static_cast<std::streamsize>(s.table.size()));
  const std::string text = run_scenario_text(
      "title = \"release\"\nmachine = \"qemu10-q35-iommu\"\nmemory = \"512MiB\"\ncpus = 2\n" +
      std::string(s.machine[0] != '\0' ? s.machine : "x2apic = true\n") +
      "[firmware]\nfiles = { DMAR = \"" + file.string() + "\" }\n" + s.firmware +
      "[kernel]\nimage = \"" + guest_image(release) + "\"\ncmdline = \"debug_exit=0xf4 " +
      s.command_line + "\"\n[run]\nmax_time = \"500ms\"\n");
  std::filesystem::remove(file);
  return text;
}

std::string missing() {
  if (!std::filesystem::exists(simulator)) return "the simulator is not built";
  for (const char* release : kReleases) {
    if (!std::filesystem::exists(guest_image(release))) return "a guest image is not built";
  }
  return "";
}

void check(const Row& row) {
  if (!missing().empty()) SKIP(missing());
  for (std::size_t i = 0; i < kReleases.size(); ++i) {
    const std::string text = boot(row.situation, kReleases[i]);
    INFO(kReleases[i] << '\n' << text);
    for (const std::string& line : row.lines[i]) {
      INFO(line);
      if (line[0] == '!')
        CHECK_FALSE(has(text, line.substr(1)));
      else
        CHECK(has(text, "] " + line));
    }
  }
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("Each release names a good unit and goes to x2APIC mode in its own words") {
  const Lines old = {"Enabling x2apic", "Enabled x2apic", "Enabled IRQ remapping in x2apic mode"};
  const Lines late = {"DMAR: dmar0: reg_base_addr fed90000 ver 1:0 cap d2008c222f0606 ecap f00f5a",
                      "DMAR-IR: IOAPIC id 0 under DRHD base  0xfed90000 IOMMU 0",
                      "DMAR-IR: Enabled IRQ remapping in x2apic mode", "x2apic enabled"};
  check({{good_table()},
         {Lines{"IOMMU 0: reg_base_addr fed90000", old[0], old[2]},
          Lines{"dmar: IOMMU 0: reg_base_addr fed90000", old[0], old[1], old[2]}, late, late}});
}

TEST_CASE("The opt-out is a warning, three lines, or two, by release") {
  const Lines late = {"DMAR-IR: x2apic is disabled because BIOS sets x2apic opt out bit.",
                      "DMAR-IR: Use 'intremap=no_x2apic_optout' to override the BIOS setting.",
                      "DMAR-IR: Enabled IRQ remapping in xapic mode",
                      "x2apic: IRQ remapping doesn't support X2APIC mode"};
  check({{good_table(3)},
         {Lines{"Your BIOS is broken and requested that x2apic be disabled",
                "x2apic not enabled, IRQ remapping is in xapic mode"},
          Lines{"Your BIOS is broken and requested that x2apic be disabled.",
                "x2apic not enabled, IRQ remapping is in xapic mode"},
          late, late}});
}

TEST_CASE("A table that ends within a structure is refused since 3.18 and taken before") {
  const Bytes table = dmar({unit(kLive, 1, kIoApicScope), structure(9, 64)});
  const Lines late = {"DMAR: [Firmware Bug]: Record passes table end",
                      "DMAR: Parse DMAR table failure."};
  check({{table},
         {Lines{"DMAR: Unknown DMAR structure type 9", "Enabled IRQ remapping in x2apic mode"},
          Lines{"dmar: Unknown DMAR structure type 9", "Enabled IRQ remapping in x2apic mode"},
          late, late}});
}

TEST_CASE("A structure without length ends the table with a failure until 3.17, silently later") {
  const Bytes table = dmar({unit(kLive, 1, kIoApicScope), structure(1, 0)});
  const Lines late = {"DMAR-IR: Enabled IRQ remapping in x2apic mode", "!Parse DMAR"};
  check(
      {{table},
       {Lines{"DMAR: Invalid 0-length structure", "DMAR: parse DMAR table failure."},
        Lines{"dmar: Invalid 0-length structure", "dmar: parse DMAR table failure."}, late, late}});
}

TEST_CASE("6.1 hangs in dmar_dev_scope_init on a structure without length, and the run says so") {
  if (!missing().empty()) SKIP(missing());
  const Bytes table = dmar({unit(kLive, 1, kIoApicScope), structure(1, 0)});
  const std::string text = boot({table}, "6.1");
  INFO(text);
  CHECK(has(text, "dmar_dev_scope_init"));
}

TEST_CASE("A unit at address 0 is said once, with a call trace before 5.6") {
  const Lines old = {"Your BIOS is broken; DMAR reported at address 0!",
                     "Call Trace:", "!Enabled IRQ remapping"};
  check({{dmar({unit(0, 1, kIoApicScope)})},
         {old, old, old,
          Lines{"DMAR: [Firmware Bug]: Your BIOS is broken; DMAR reported at address 0!",
                "BIOS vendor: SeaBIOS; Ver: 1.16.2-debian-1.16.2-1; Product Version: pc-q35-10.0",
                "!Call Trace:", "DMAR: Parse DMAR table failure."}}});
}

TEST_CASE("A unit without address widths is a failure before 5.5, then kept for its interrupts") {
  const Bytes table = dmar({unit(kLive + 0x4000, 1, kIoApicScope)});
  check({{table},
         {Lines{"Cannot get a valid agaw for iommu (seq_id = 0)"},
          Lines{"dmar: Cannot get a valid agaw for iommu (seq_id = 0)"},
          Lines{"DMAR: Cannot get a valid agaw for iommu (seq_id = 0)",
                "DMAR: Parse DMAR table failure."},
          Lines{"DMAR: dmar0: No supported address widths. Not attempting DMA translation."}}});
}

TEST_CASE("A unit that is there twice is a conflict in 3.13 and counts once since 3.18") {
  const Bytes table = dmar({unit(kLive, 0, kIoApicScope), unit(kLive, 1, kIoApicScope)});
  const Lines late = {"!DMAR: dmar1", "DMAR-IR: Enabled IRQ remapping in x2apic mode"};
  check({{table},
         {Lines{"IOMMU 1: reg_base_addr fed90000"},
          Lines{"dmar: IOMMU: can't reserve memory", "dmar: IOMMU: failed to map dmar1"}, late,
          late}});
}

TEST_CASE("A reserved region in plain memory is the firmware's bug when 6.1 reads it") {
  const Bytes table = dmar({unit(kLive, 1, kIoApicScope), region(0x1000000, 0x1000fff)});
  const Lines old = {"!bad RMRR"};
  check({{table},
         {old, old, old,
          Lines{"DMAR: [Firmware Bug]: No firmware reserved region can cover this RMRR "
                "[0x0000000001000000-0x0000000001000fff], contact BIOS vendor for fixes",
                "DMAR: [Firmware Bug]: Your BIOS is broken; bad RMRR "
                "[0x0000000001000000-0x0000000001000fff]"}}});
}

TEST_CASE("An I/O APIC in no scope leaves remapping off, in words of the release") {
  const std::string uncovered =
      "[Firmware Bug]: ioapic 0 has no mapping iommu, interrupt remapping will be disabled";
  const Lines old = {uncovered, "Not enable interrupt remapping"};
  const Lines late = {
      "DMAR-IR: " + uncovered, "DMAR-IR: Not enabling interrupt remapping",
      "DMAR-IR: Failed to enable irq remapping. You are vulnerable to irq-injection attacks."};
  check({{dmar({unit(kLive, 1, {})})}, {old, old, late, late}});
}

TEST_CASE("A unit without EIM stops remapping until 3.18, later only the 32-bit ids") {
  const char* const machine =
      "x2apic = true\nmachine_set = [\"devices.vtd=[{ address = 0xFED90000, version = 0x10, "
      "cap = 0xd2008c222f0606, ecap = 0xf00f4a }]\"]\n";
  const Lines old = {"DRHD fed90000: EIM not supported by DRHD,  ecap f00f4a",
                     "!Enabled IRQ remapping"};
  const Lines late = {"DMAR-IR: dmar0 does not support EIM",
                      "DMAR-IR: Enabled IRQ remapping in xapic mode"};
  check({{good_table(), "", "", machine}, {old, old, late, late}});
}

TEST_CASE("noapic: 3.x reads the table and skips remapping, 4.12 and 6.1 do not get as far") {
  const Lines old = {"Skipped enabling intr-remap because of skipping io-apic setup"};
  const Lines late = {"Not enabling interrupt remapping due to skipped IO-APIC setup"};
  check({{good_table(), "noapic"}, {old, old, late, late}});
}

TEST_CASE("nox2apic where firmware left x2APIC on: refused, put off, or obeyed at once") {
  const Lines late = {"x2apic already enabled.", "x2apic disabled",
                      "DMAR-IR: Enabled IRQ remapping in xapic mode"};
  check({{good_table(), "nox2apic", "x2apic = \"0\"\n"},
         {Lines{"Bios already enabled x2apic, can't enforce nox2apic"},
          Lines{"x2apic already enabled. will disable it", "Disabling x2apic"}, late, late}});
}

TEST_CASE("x2APIC left on by firmware and no remapping: a panic in 3.2, switched off later") {
  const Lines late = {"x2apic: enabled by BIOS, switching to x2apic ops",
                      "x2apic: IRQ remapping doesn't support X2APIC mode", "x2apic disabled"};
  check(
      {{good_table(), "intremap=off", "x2apic = \"0\"\n"},
       {Lines{"Kernel panic - not syncing: x2apic: enabled by BIOS but kernel init failed."},
        Lines{"x2apic enabled by BIOS, switching to x2apic ops", "Disabling x2apic"}, late, late}});
}

TEST_CASE("The seeds' misspelt intermap=off changes nothing, and only 6.1 says so") {
  const Lines old = {"!Unknown kernel command line parameters"};
  check({{good_table(), "intel_idle.max_cstate=0 nox2apic intermap=off"},
         {old, old, old,
          Lines{"Unknown kernel command line parameters \"intermap=off\", will be passed to user "
                "space.",
                "DMAR-IR: Enabled IRQ remapping in xapic mode"}}});
}
