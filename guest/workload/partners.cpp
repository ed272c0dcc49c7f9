#include "guest/workload/partners.h"

#include "guest/arch/cpu.h"

namespace {

/// How far an APIC id is shifted to leave the core's and the package's number (SDM Vol. 3 §8.9.3).
struct Shifts {
  u32 core, package;
};

Shifts read_shifts() {
  if (cpuid(0).eax < 0xb || (cpuid(0xb, 1).ebx & 0xffff) == 0) return {0, 0};
  return {cpuid(0xb, 0).eax & 31, cpuid(0xb, 1).eax & 31};
}

bool lies_there(Partners where, u32 self, u32 other, Shifts shifts) {
  const bool same_core = self >> shifts.core == other >> shifts.core;
  const bool same_package = self >> shifts.package == other >> shifts.package;
  switch (where) {
    case Partners::none:
      return false;
    case Partners::sibling:
      return same_core;
    case Partners::socket:
      return same_package && !same_core;
    case Partners::cross:
      return !same_package;
    case Partners::any:
    case Partners::everyone:
      return true;
  }
  return false;
}

}  // namespace

bool partners_sleep(const Command& command) { return command.number("partner") == 1; }

CpuList measure_partners(const Command& command, const MeasureRow& row, const CpuList& measuring) {
  CpuList partners = {};
  const char* problem = nullptr;
  const Value& to = command.value("to");
  if (to.given) {
    parse_cpu_list(to.text, &partners, &problem);
    return partners;
  }
  const Shifts shifts = read_shifts();
  const u32 self = cpu_physical_id(measuring.next(0));
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) {
    if (!cpu_online(cpu) || measuring.has(cpu)) continue;
    if (!lies_there(row.partners, self, cpu_physical_id(cpu), shifts)) continue;
    partners.add(cpu);
    if (row.partners != Partners::everyone) break;
  }
  return partners;
}
