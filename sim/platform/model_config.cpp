#include "sim/platform/model_config.h"

namespace apicsim {

namespace {

CpuModel cpu_model(const MachineCpuModel& from) {
  CpuModel to;
  to.name = from.brand;
  to.reference_hz = from.reference_hz;
  to.tsc_hz = from.tsc_hz;
  to.apic_timer_hz = from.apic_timer_hz;
  to.physical_address_bits = from.physical_address_bits;
  to.microcode_revision = from.microcode;
  to.apic_version = static_cast<std::uint8_t>(from.apic_version);
  to.apic_max_lvt = static_cast<std::uint8_t>(from.apic_max_lvt);
  to.apic_directed_eoi = from.apic_directed_eoi;
  for (const MachineCpuidLeaf& row : from.cpuid)
    to.cpuid.push_back({row.leaf, row.subleaf, !row.indexed, row.eax, row.ebx, row.ecx, row.edx});
  return to;
}

CoreLatencies core_latencies(const TimingProfile& profile) {
  CoreLatencies latencies;
  latencies.port_io = profile.port_io;
  latencies.uncached_access = profile.uncached_access;
  for (std::size_t i = 0; i < CoreLatencies::apic_registers; ++i) {
    latencies.apic_page_access[i] = profile.apic_page[i].value_or(profile.apic_page_access);
    latencies.apic_msr_access[i] = profile.apic_msr[i].value_or(profile.apic_msr_access);
  }
  latencies.msr_access = profile.msr_access;
  latencies.event_delivery = profile.event_delivery;
  return latencies;
}

}  // namespace

CpuComplexConfig core_config(const Scenario& scenario) {
  const Machine& machine = scenario.machine;
  CpuComplexConfig config;
  config.model = cpu_model(machine.cpu);
  config.latencies = core_latencies(scenario.profile);
  for (const MachineCpu& cpu : machine.cpus) config.apic_ids.push_back(cpu.apic_id);
  config.scheduling = scenario.scheduling;
  config.lookahead = scenario.scheduling == Scheduling::exact ? scenario.profile.lookahead()
                                                              : scenario.fast_lookahead;
  return config;
}

InterruptFabricConfig fabric_config(const Machine& machine, const TimingProfile& profile) {
  InterruptFabricConfig config;
  config.latencies.ipi_same_core = profile.ipi_same_core;
  config.latencies.ipi_same_socket = profile.ipi_same_socket;
  config.latencies.ipi_cross_socket = profile.ipi_cross_socket;
  config.latencies.msi = profile.msi;
  for (const MachineCpu& cpu : machine.cpus) config.cpus.push_back({cpu.socket, cpu.core});
  return config;
}

std::vector<RamRange> ram_ranges(const Machine& machine) {
  std::vector<RamRange> ranges;
  for (const MachineRam& ram : machine.ram) ranges.push_back({ram.base, ram.size});
  return ranges;
}

std::vector<PvhMemoryRange> pvh_memory_map(const Machine& machine) {
  std::vector<PvhMemoryRange> map;
  for (const MemoryMapEntry& entry : machine.memory_map)
    map.push_back({entry.base, entry.size, static_cast<std::uint32_t>(entry.type)});
  return map;
}

}  // namespace apicsim
