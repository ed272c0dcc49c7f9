// The guest on the simulated DL380e Gen8 against the boot log of the real machine (Linux 3.17.4),
// line by line where 3.13 says the same.
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"
#include "tests/support/scenario_run.h"

using namespace apicsim::testing;

namespace {

const char* const kLog = APICSIM_SOURCE_DIR "/../shared/data/dmesg/dl380e-gen8_3.17.4.txt";

/// The text behind "[    0.123456] ", without line ends; empty for other lines.
std::string message_of(std::string line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.pop_back();
  const std::size_t end = line.find("] ");
  return line.empty() || line[0] != '[' || end == std::string::npos ? "" : line.substr(end + 2);
}

std::set<std::string> boot_on_dl380e() {
  std::istringstream output(run_scenario_text(
      "title = \"boot log\"\nmachine = \"hp-dl380e-gen8\"\n[kernel]\nimage = \"" + guest_image() +
      "\"\ncmdline = \"debug debug_exit=0xf4\"\n[run]\nmax_time = \"2s\"\n"));
  std::set<std::string> lines;
  for (std::string line; std::getline(output, line);) lines.insert(message_of(line));
  return lines;
}

bool starts_with_any(const std::string& text, std::initializer_list<const char*> starts) {
  for (const char* start : starts) {
    if (text.rfind(start, 0) == 0) return true;
  }
  return false;
}

/// Lines whose text is the same in 3.13 and 3.17 and that this kernel has cause to print.
bool is_compared(const std::string& text) {
  return starts_with_any(text, {"BIOS-e820:",    "SMBIOS",
                                "DMI:",          "NX (",
                                "SRAT:",         "ACPI: Local APIC",
                                "ACPI: LAPIC",   "ACPI: IOAPIC",
                                "IOAPIC[",       "ACPI: INT_SRC_OVR",
                                "ACPI: IRQ",     "Using ACPI",
                                "ACPI: HPET id", "ACPI: PM-Timer",
                                "smpboot:",      "SLUB:",
                                "dmar:",         "IOAPIC id",
                                "HPET id",       "Your BIOS",
                                "Switched",      "CPU: P",
                                "..TIMER",       "TSC deadline",
                                "x86: Booted",   "Queued invalidation",
                                "Enabled IRQ",   "x2apic not enabled"});
}

}  // namespace

TEST_CASE(
    "On the tables of a DL380e Gen8 the guest prints what the real machine's kernel printed") {
  std::ifstream log(kLog);
  if (!log) SKIP("the log of the DL380e is not here");
  if (!std::filesystem::exists(simulator)) SKIP("the simulator is not built");
  if (!std::filesystem::exists(guest_image())) SKIP("the guest image is not built");
  const std::set<std::string> printed = boot_on_dl380e();
  int compared = 0;
  for (std::string line; std::getline(log, line);) {
    const std::string text = message_of(line);
    if (!is_compared(text)) continue;
    INFO(text);
    CHECK(printed.count(text) == 1);
    ++compared;
  }
  CHECK(compared >= 60);
}
