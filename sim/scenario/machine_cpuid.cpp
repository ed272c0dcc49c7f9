#include "sim/scenario/machine_cpuid.h"

namespace apicsim {

std::vector<MachineCpuidLeaf> cpuid_of(const Machine& machine, const MachineCpu& cpu) {
  std::vector<MachineCpuidLeaf> rows = machine.cpu.cpuid;
  for (MachineCpuidLeaf& row : rows) {
    if (row.leaf == 1) row.ebx = (row.ebx & 0x00FFFFFF) | cpu.apic_id << 24;
    if (row.leaf == 0xB) row.edx = cpu.apic_id;
  }
  return rows;
}

}  // namespace apicsim
