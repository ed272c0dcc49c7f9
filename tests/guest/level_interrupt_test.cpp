// INTx#: level-triggered interrupts through the I/O APIC, with and without interrupt remapping.
#include <string>

#include "tests/catch.h"
#include "tests/support/scenario_run.h"

using namespace apicsim::testing;

namespace {

struct Machine {
  const char* name;
  const char* parameters;
  bool remapped;
};
// On the q35 the MADT calls the line active high, on the Gen8 it is INTx#'s own active low.
constexpr Machine kMachines[] = {{"qemu-q35", "", false},
                                 {"qemu-q35-iommu", "", true},
                                 {"hp-dl360p-gen8", "intremap=off", false},
                                 {"hp-dl360p-gen8", "", true}};

std::string run(const Machine& machine, const char* release, const char* firmware) {
  return run_scenario_text(std::string("title = \"INTA\"\nmachine = \"") + machine.name +
                           "\"\nmachine_set = ['cpu=\"xeon-e5-2680-v2\"']\n[firmware]\n" +
                           "eoi_broadcast = \"" + firmware + "\"\n[kernel]\nimage = \"guest-" +
                           release + "\"\ncmdline = \"console=ttyS0 debug_exit=0xf4 pci=nomsi " +
                           machine.parameters +
                           "\"\n[workload]\nscript = \"dma-map name=a\\ndma-transfer name=a\\n"
                           "dma-transfer name=a\\nprint all came\"\n[run]\nmax_time = \"1s\"\n");
}

}  // namespace

TEST_CASE("A line that is asserted again interrupts again, in every release") {
  for (const char* release : {"3.2", "3.13", "4.12", "6.1"}) {
    for (const Machine& machine : kMachines) {
      const std::string text = run(machine, release, "sent");
      INFO(text);
      CHECK(has(text, ", INTA"));
      CHECK(has(text, "all came"));
    }
  }
}

TEST_CASE("With EOI broadcasts suppressed a line interrupts once (SDM Vol. 3 §11.8.5)") {
  // Remapped entries are ended at the I/O APIC, where the suppression does not matter.
  for (const Machine& machine : kMachines) {
    const std::string text = run(machine, "3.13", "suppressed");
    INFO(text);
    CHECK(has(text, ", INTA"));
    CHECK(has(text, "all came") == machine.remapped);
  }
}

TEST_CASE("Firmware cannot suppress EOI broadcasts on CPUs that do not have it") {
  const std::string text =
      run_apicsim("qemu-q35/boot --set firmware.eoi_broadcast=suppressed --quiet");
  INFO(text);
  CHECK(has(text, "key 'firmware.eoi_broadcast': the CPUs cannot suppress it"));
}
