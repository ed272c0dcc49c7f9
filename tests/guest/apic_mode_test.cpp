// Which mode the guest's local APICs run in on a DL360p Gen8, by tables and command line: the rows
// of enable_IR_x2apic() of Linux 3.13.
#include <filesystem>
#include <sstream>
#include <string>

#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"
#include "tests/support/scenario_run.h"

using namespace apicsim::testing;

namespace {

struct Machine {
  std::string change;  ///< of the description: "key=value"
  std::string features;
  std::string injection;
};

/// Everything that the guest prints; calls between all CPUs and a device's interrupt must arrive.
std::string boot(const std::string& command_line, const Machine& machine = {}) {
  std::ostringstream stream;
  stream << "title = \"mode\"\nmachine = \"hp-dl360p-gen8\"\n";
  if (!machine.change.empty()) stream << "machine_set = ['" << machine.change << "']\n";
  if (!machine.features.empty()) stream << "cpu.features = \"" << machine.features << "\"\n";
  stream << "[kernel]\nimage = \"" << guest_image() << "\"\ncmdline = \"debug idle=halt "
         << "debug_exit=0xf4 " << command_line << "\"\n[workload]\nscript = '''\n"
         << "ipi cpus=0 to=all kind=call\nipi cpus=39 to=0-9 kind=call\n"
         << "edu-prepare cpus=27\nedu-submit cpus=27 release=completion\n"
         << "edu-wait cpus=27\nmeasure what=ipi-broadcast count=2\n'''\n"
         << "[run]\nmax_time = \"2s\"\n"
         << machine.injection;
  const std::string text = run_scenario_text(stream.str());
  INFO(text);
  CHECK(text.find("workload: done") != std::string::npos);
  CHECK((text.find("fault") == std::string::npos) == machine.injection.empty());
  return text;
}

std::string missing() {
  if (!std::filesystem::exists(simulator)) return "the simulator is not built";
  return std::filesystem::exists(guest_image()) ? "" : "the guest image is not built";
}

constexpr char kOptOut[] = "Your BIOS is broken and requested that x2apic be disabled.";
constexpr char kRemappedXapic[] = "Enabled IRQ remapping in xapic mode";
constexpr char kRemappedX2apic[] = "Enabled IRQ remapping in x2apic mode";
constexpr char kNotEnabled[] = "x2apic not enabled, IRQ remapping is in xapic mode";
constexpr char kPhysicalFlat[] = "Switched APIC routing to physical flat.";

}  // namespace

TEST_CASE("The firmware's opt-out keeps the Gen8 in xAPIC mode, with interrupts remapped") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("");
  CHECK(has(text, kOptOut));
  CHECK(has(text, kRemappedXapic));
  CHECK(has(text, kNotEnabled));
  CHECK(has(text, kPhysicalFlat));
  CHECK_FALSE(has(text, "Enabling x2apic"));
}

TEST_CASE("intremap=no_x2apic_optout overrules the opt-out: x2APIC in clusters") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("intremap=no_x2apic_optout");
  CHECK_FALSE(has(text, kOptOut));
  CHECK(has(text, kRemappedX2apic));
  CHECK(has(text, "Enabling x2apic"));
  CHECK(has(text, "Enabled x2apic"));
  CHECK(has(text, "Switched APIC routing to cluster x2apic."));
}

TEST_CASE("x2apic_phys asks for physical destinations") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("intremap=no_x2apic_optout x2apic_phys");
  CHECK(has(text, "Switched APIC routing to physical x2apic."));
}

TEST_CASE("Firmware without the opt-out flag gets x2APIC without a word on the command line") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("", {"firmware.dmar.flags=1", "", ""});
  CHECK_FALSE(has(text, kOptOut));
  CHECK(has(text, "Switched APIC routing to cluster x2apic."));
}

TEST_CASE("The FADT can ask for physical destinations, too (flag 19)") {
  if (!missing().empty()) SKIP(missing());
  const std::string text =
      boot("intremap=no_x2apic_optout", {"firmware.fadt.flags=0x800A5", "", ""});
  CHECK(has(text, "System requires x2apic physical mode"));
  CHECK(has(text, "Switched APIC routing to physical x2apic."));
}

TEST_CASE("nox2apic: interrupts are remapped, and nobody speaks of x2APIC") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("nox2apic");
  CHECK(has(text, kRemappedXapic));
  CHECK_FALSE(has(text, kOptOut));
  CHECK_FALSE(has(text, kNotEnabled));
  CHECK(has(text, kPhysicalFlat));
}

TEST_CASE("A CPU without x2APIC is treated as with nox2apic") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("", {"", "-x2apic", ""});
  CHECK(has(text, kRemappedXapic));
  CHECK_FALSE(has(text, "Queued invalidation"));
  CHECK_FALSE(has(text, kNotEnabled));
}

TEST_CASE("Without remapping there is no x2APIC, and no word about the opt-out") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("intremap=off");
  CHECK_FALSE(has(text, "IRQ remapping"));
  CHECK_FALSE(has(text, kOptOut));
  CHECK_FALSE(has(text, "Enabling x2apic"));
  CHECK(has(text, kPhysicalFlat));
}

TEST_CASE("The seeds' intermap=off is a parameter that nobody knows: remapping stays on") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("intermap=off");
  CHECK(has(text, kRemappedXapic));
}

TEST_CASE("An I/O APIC under no unit switches remapping off, named as the firmware's bug") {
  if (!missing().empty()) SKIP(missing());
  const std::string text =
      boot("", {"firmware.dmar.entries[1].scopes=[\"ioapic 0 00:05.4\"]", "", ""});
  CHECK(has(text,
            "[Firmware Bug]: ioapic 8 has no mapping iommu, interrupt remapping will be disabled"));
  CHECK(has(text, "Not enable interrupt remapping"));
  CHECK(has(text, "Failed to enable irq remapping.  You are vulnerable to irq-injection attacks."));
  CHECK_FALSE(has(text, "Enabled IRQ remapping"));
  CHECK(has(text, kPhysicalFlat));
}

TEST_CASE("A unit without 32-bit ids (EIM) where x2APIC wants them: no remapping at all") {
  if (!missing().empty()) SKIP(missing());
  const std::string text =
      boot("intremap=no_x2apic_optout", {"devices.vtd[0].ecap=0xF020EE", "", ""});
  CHECK(has(text, "DRHD fbefe000: EIM not supported by DRHD,  ecap f020ee"));
  CHECK_FALSE(has(text, "Enabled IRQ remapping"));
  CHECK(has(text, kPhysicalFlat));
}

TEST_CASE("A unit that cannot remap interrupts keeps all from it, in silence") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("", {"devices.vtd[0].ecap=0xF020F6", "", ""});
  CHECK_FALSE(has(text, "IOAPIC id"));
  CHECK_FALSE(has(text, "IRQ remapping"));
}

namespace {

/// A device nobody has programmed writes to the interrupt window while the CPUs sleep.
std::string inject(const char* address, const char* bytes) {
  return std::string("[[inject]]\nkind = \"dma_write\"\nrequester = \"01:00.2\"\n") +
         "at_time = \"60ms\"\naddress = " + address + "\nbytes = \"" + bytes + "\"\n";
}

}  // namespace

TEST_CASE("A forged message of the old format is blocked, and the kernel says by whom and why") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("", {"", "", inject("0xFEE02000", "99 00 00 00")});
  CHECK(has(text, "dmar: DRHD: handling fault status reg 2"));
  CHECK(has(text, "dmar: INTR-REMAP: Request device [[01:00.2] fault index 0"));
  CHECK(has(text, "INTR-REMAP:[fault reason 37] Blocked a compatibility format interrupt request"));
  CHECK_FALSE(has(text, "No irq handler"));
}

TEST_CASE("A message that names another device's entry fails source-id verification") {
  if (!missing().empty()) SKIP(missing());
  const std::string text =
      boot("intremap=no_x2apic_optout", {"", "", inject("0xFEE00018", "00 00 00 00")});
  CHECK(has(text, "dmar: INTR-REMAP: Request device [[01:00.2] fault index 0"));
  CHECK(has(text,
            "INTR-REMAP:[fault reason 38] Blocked an interrupt request due to source-id "
            "verification failure"));
}
