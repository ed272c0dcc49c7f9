// Which mode the local APICs of a DL360p Gen8 run in under Linux 3.2: where it decides, or says,
// otherwise than 3.13 (arch/x86/kernel/apic/apic.c enable_IR_x2apic(),
// drivers/iommu/intr_remapping.c).
#include <filesystem>
#include <string>

#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"
#include "tests/support/scenario_run.h"

using namespace apicsim::testing;

namespace {

std::string missing() {
  if (!std::filesystem::exists(simulator)) return "the simulator is not built";
  return std::filesystem::exists(guest_image("3.2")) ? "" : "the guest image is not built";
}

/// All that the guest prints; a call to all CPUs must arrive.
std::string boot(const std::string& command_line) {
  const std::string text = run_scenario_text(
      "title = \"mode\"\nmachine = \"hp-dl360p-gen8\"\n[kernel]\nimage = \"" + guest_image("3.2") +
      "\"\ncmdline = \"debug debug_exit=0xf4 " + command_line +
      "\"\n[workload]\nscript = \"ipi cpus=0 to=all kind=call\"\n[run]\nmax_time = \"2s\"\n");
  INFO(text);
  CHECK(text.find("workload: done") != std::string::npos);
  return text;
}

}  // namespace

TEST_CASE("3.2 warns of the firmware's opt-out with a call trace and stays in xAPIC mode") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("");
  CHECK(has(text, "WARNING: at guest/iommu/irq_remapping_3_2.cpp:"));
  CHECK(has(text, "Hardware name: ProLiant DL360p Gen8"));
  CHECK(has(text, "This will leave your machine vulnerable to irq-injection attacks"));
  CHECK(has(text, "Enabled IRQ remapping in xapic mode"));
  CHECK(has(text, "x2apic not enabled, IRQ remapping is in xapic mode"));
  CHECK(has(text, "Setting APIC routing to physical flat."));
}

TEST_CASE("3.2 overrules the opt-out by intremap=no_x2apic_optout, without a warning") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("intremap=no_x2apic_optout");
  CHECK_FALSE(has(text, "WARNING"));
  CHECK(has(text, "Enabled IRQ remapping in x2apic mode"));
  CHECK(has(text, "Enabled x2apic"));
  CHECK(has(text, "Setting APIC routing to cluster x2apic."));
}

TEST_CASE("3.2 says that x2APIC is not enabled where interrupts cannot be remapped") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("intremap=off");
  CHECK(has(text, "x2apic not enabled, IRQ remapping init failed"));
  CHECK_FALSE(has(text, "vulnerable"));
  CHECK(has(text, "Setting APIC routing to physical flat."));
}

TEST_CASE("nox2apic of 3.2 leaves interrupts remapped and nothing to say of x2APIC") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = boot("nox2apic");
  CHECK(has(text, "Enabled IRQ remapping in xapic mode"));
  CHECK_FALSE(has(text, "x2apic not enabled"));
  CHECK_FALSE(has(text, "WARNING"));
}
