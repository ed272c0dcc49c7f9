#include "sim/platform/model_config.h"

#include <algorithm>

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
  to.perf_capabilities = from.perf_capabilities;
  to.apic_version = static_cast<std::uint8_t>(from.apic_version);
  to.apic_max_lvt = static_cast<std::uint8_t>(from.apic_max_lvt);
  to.apic_directed_eoi = from.apic_directed_eoi;
  to.apic_generation = from.apic;
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
  latencies.icr_send = profile.icr_send;
  latencies.event_delivery = profile.event_delivery;
  latencies.interrupt_acknowledge = profile.interrupt_acknowledge;
  latencies.smi_entry = profile.smi_entry;
  latencies.smi_resume = profile.smi_resume;
  latencies.modulation_period = profile.modulation_period;
  return latencies;
}

std::vector<CpuPlace> places(const Machine& machine) {
  std::vector<CpuPlace> places;
  for (const MachineCpu& cpu : machine.cpus) places.push_back({cpu.socket, cpu.core});
  return places;
}

std::uint32_t number_of(std::vector<std::uint32_t>& known, std::uint32_t id) {
  const auto number = std::find(known.begin(), known.end(), id) - known.begin();
  if (static_cast<std::size_t>(number) == known.size()) known.push_back(id);
  return static_cast<std::uint32_t>(number);
}

/// Numbers cores and sockets over the whole machine in the order in which the CPUs name them.
MemoryTopology memory_topology(const Machine& machine) {
  constexpr std::uint32_t most_cores = 1u << 16;  // of a socket
  MemoryTopology topology;
  std::vector<std::uint32_t> sockets, cores, nodes;
  for (const MachineCpu& cpu : machine.cpus) {
    const std::uint32_t socket = number_of(sockets, cpu.socket);
    const std::uint32_t core = number_of(cores, cpu.socket * most_cores + cpu.core);
    topology.core_of_cpu.push_back(core);
    if (core == topology.socket_of_core.size()) topology.socket_of_core.push_back(socket);
    if (cpu.node >= topology.socket_of_node.size()) topology.socket_of_node.resize(cpu.node + 1, 0);
    topology.socket_of_node[cpu.node] = socket;
  }
  for (const MachineRam& ram : machine.ram) {
    // Memory of a node without CPUs hangs on the first socket.
    if (ram.node >= topology.socket_of_node.size()) topology.socket_of_node.resize(ram.node + 1, 0);
    topology.ranges.push_back({ram.base, ram.base + ram.size, ram.node});
  }
  return topology;
}

TimingConfig timing_config(const Scenario& scenario) {
  TimingConfig config;
  config.core = scenario.profile.core;
  config.instructions = scenario.profile.instructions;
  config.memory.parameters = scenario.profile.memory;
  config.memory.topology = memory_topology(scenario.machine);
  try {
    check(config.memory);
  } catch (const MemoryTimingError& error) {
    throw ScenarioError(scenario.path.string() + ": machine '" + scenario.machine.name +
                        "' with profile '" + scenario.profile.name + "': " + error.what());
  }
  return config;
}

PowerConfig power_config(const Scenario& scenario) {
  PowerConfig config;
  config.states = scenario.profile.cstates;
  for (const MachineCpu& cpu : scenario.machine.cpus)
    config.places.push_back({cpu.socket, cpu.core});
  return config;
}

}  // namespace

CpuComplexConfig core_config(const Scenario& scenario) {
  const Machine& machine = scenario.machine;
  CpuComplexConfig config;
  config.model = cpu_model(machine.cpu);
  config.latencies = core_latencies(scenario.profile);
  for (const MachineCpu& cpu : machine.cpus) {
    config.apic_ids.push_back(cpu.apic_id);
    if (cpu.x2apic_at_start) config.x2apic_at_start.push_back(cpu.number);
  }
  config.eoi_broadcast_suppressed = machine.eoi_broadcast_suppressed;
  config.scheduling = scenario.scheduling;
  config.lookahead = scenario.scheduling == Scheduling::exact ? scenario.profile.lookahead()
                                                              : scenario.fast_lookahead;
  if (scenario.timing == TimingMode::timed) config.timing = timing_config(scenario);
  config.power = power_config(scenario);
  std::vector<std::uint32_t> sockets;
  for (const MachineCpu& cpu : machine.cpus)
    config.packages.push_back(number_of(sockets, cpu.socket));
  return config;
}

InterruptFabricConfig fabric_config(const Machine& machine, const TimingProfile& profile) {
  InterruptFabricConfig config;
  config.latencies.ipi_same_core = profile.ipi_same_core;
  config.latencies.ipi_same_socket = profile.ipi_same_socket;
  config.latencies.ipi_cross_socket = profile.ipi_cross_socket;
  config.latencies.msi = profile.msi;
  config.cpus = places(machine);
  if (machine.cpu.apic_bus_hz != 0)
    config.serial_bus = Clock(machine.cpu.apic_bus_hz, machine.cpu.reference_hz);
  return config;
}

std::vector<RamRange> ram_ranges(const Machine& machine) {
  std::vector<RamRange> ranges;
  for (const MachineRam& ram : machine.ram) ranges.push_back({ram.base, ram.size});
  if (machine.devices.boot_rom) ranges.push_back({BootRomPlace::base, BootRomPlace::size});
  return ranges;
}

std::vector<PvhMemoryRange> pvh_memory_map(const Machine& machine) {
  std::vector<PvhMemoryRange> map;
  for (const MemoryMapEntry& entry : machine.memory_map)
    map.push_back({entry.base, entry.size, static_cast<std::uint32_t>(entry.type)});
  return map;
}

}  // namespace apicsim
