// The guest on the simulated DL380e Gen8 against the boot log of the real machine (Linux 3.17.4),
// line by line where 3.13 says the same.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"
#include "tests/support/scenario_run.h"

using namespace apicsim::testing;

namespace {

const char* const kLog = APICSIM_SOURCE_DIR "/../shared/data/dmesg/dl380e-gen8_3.17.4.txt";

/// The text behind "[    0.123456] ", without line ends; what has no time stamp is the second line
/// of a message, but for remarks.
std::string message_of(std::string line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.pop_back();
  if (line.empty() || line[0] == '#') return "";
  const std::size_t end = line.find("] ");
  return line[0] != '[' || end == std::string::npos ? line : line.substr(end + 2);
}

std::vector<std::string> messages_of(std::istream& log) {
  std::vector<std::string> messages;
  for (std::string line; std::getline(log, line);) messages.push_back(message_of(line));
  return messages;
}

std::vector<std::string> boot_on_dl380e() {
  std::istringstream output(run_scenario_text(
      "title = \"boot log\"\nmachine = \"hp-dl380e-gen8\"\n[kernel]\nimage = \"" + guest_image() +
      "\"\ncmdline = \"debug debug_exit=0xf4\"\n[run]\nmax_time = \"2s\"\n"));
  return messages_of(output);
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

/// Of DMAR, I/O APICs, HPET, x2APIC and routing, but for the lines that list where tables lie.
bool is_of_remapping(const std::string& text) {
  if (starts_with_any(text, {"ACPI: HPET 0", "ACPI: DMAR 0", "ACPI: LAPIC"})) return false;
  for (const char* word : {"dmar", "DMAR", "IOAPIC", "HPET", "hpet", "x2apic", "APIC routing",
                           "IRQ remapping", "Queued invalidation"}) {
    if (text.find(word) != std::string::npos) return true;
  }
  return false;
}

std::vector<std::string> of_remapping(std::vector<std::string> messages) {
  messages.erase(std::remove_if(messages.begin(), messages.end(),
                                [](const std::string& text) { return !is_of_remapping(text); }),
                 messages.end());
  return messages;
}

/// Nothing where one of the three is not there; the reason is in `why`.
bool can_compare(std::ifstream& log, std::string& why) {
  if (!log) why = "the log of the DL380e is not here";
  if (!std::filesystem::exists(simulator)) why = "the simulator is not built";
  if (!std::filesystem::exists(guest_image())) why = "the guest image is not built";
  return why.empty();
}

}  // namespace

TEST_CASE(
    "On the tables of a DL380e Gen8 the guest prints what the real machine's kernel printed") {
  std::ifstream log(kLog);
  std::string why;
  if (!can_compare(log, why)) SKIP(why);
  const std::vector<std::string> printed = boot_on_dl380e();
  int compared = 0;
  for (const std::string& text : messages_of(log)) {
    if (!is_compared(text)) continue;
    INFO(text);
    CHECK(std::count(printed.begin(), printed.end(), text) >= 1);
    ++compared;
  }
  CHECK(compared >= 60);
}

TEST_CASE("DMAR, I/O APIC, HPET, x2APIC and routing lines are the real machine's, one by one") {
  std::ifstream log(kLog);
  std::string why;
  if (!can_compare(log, why)) SKIP(why);
  CHECK(of_remapping(boot_on_dl380e()) == of_remapping(messages_of(log)));
}
