#include "sim/platform/platform.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/platform/model_config.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kPorts = std::uint64_t{1} << 16;
// SDM Vol. 3 §11.11.1: where interrupt messages are written to.
constexpr std::uint64_t kInterruptWindow = 0xFEE00000;
constexpr std::uint64_t kInterruptWindowSize = 0x100000;

AddressMap::UnmodelledPolicy policy(const Scenario& scenario) {
  return scenario.unmodelled == UnmodelledMode::stop ? AddressMap::UnmodelledPolicy::stop
                                                     : AddressMap::UnmodelledPolicy::report;
}

/// A unit that does not snoop reads what memory itself holds (VT-d §10.4.3, C).
bool has_non_snooping_unit(const Machine& machine) {
  const auto& units = machine.devices.vtd_units;
  return std::any_of(units.begin(), units.end(), [](const VtdUnitDevice& unit) {
    return !unit.snoops && !vtd::ExtendedCapability::decode(unit.ecap).coherent;
  });
}

std::uint64_t memory_space(const Scenario& scenario) {
  return std::uint64_t{1} << scenario.machine.cpu.physical_address_bits;
}

}  // namespace

Platform::Platform(const Scenario& scenario, const PlatformListeners& listeners,
                   EventStream& events)
    : m_timebase(scenario.machine.cpu.reference_hz),
      m_memory("memory", ram_ranges(scenario.machine)),
      m_memory_map("memory_map", memory_space(scenario), policy(scenario)),
      m_port_map("port_map", kPorts, policy(scenario)),
      m_bus("bus", m_timebase, events, listeners.unmodelled),
      m_iommu("iommu", m_timebase),
      m_fabric("interrupt_fabric", fabric_config(scenario.machine, scenario.profile), m_timebase),
      m_cpus("cpus", core_config(scenario), m_timebase, m_fabric),
      m_interrupts(scenario.machine, m_timebase, m_bus, m_fabric, scenario.profile.msi),
      m_board(scenario, m_timebase, {m_memory_map, m_port_map}, m_bus, m_iommu, m_fabric,
              m_interrupts, m_cpus,
              {listeners.console, listeners.exit, listeners.power, listeners.unmodelled}),
      m_stimulator("stimuli", scenario.stimuli, m_timebase, m_cpus) {
  m_bus.out.bind(m_iommu.in);
  m_iommu.out.bind(m_memory_map.in);
  m_cpus.memory.bind(m_memory_map.in);
  m_cpus.io.bind(m_port_map.in);
  for (std::uint32_t cpu = 0; cpu < m_cpus.count(); ++cpu) m_fabric.attach(m_cpus.apic(cpu));
  bind_memory(scenario.machine);
  add_bios_handover(scenario.machine);
  if (has_non_snooping_unit(scenario.machine)) {
    m_memory.keep_dram_view();
    m_cpus.set_dram_view(m_memory.dram_view());
  }
  m_memory.set_code_write_listener(this);
  m_memory.set_bus_access_listener(this);
  m_cpus.on_code_page([this](std::uint64_t page) { m_memory.set_code(page); });
}

Platform::~Platform() {
  m_memory.set_code_write_listener(nullptr);
  m_memory.set_bus_access_listener(nullptr);
}

void Platform::code_written(std::uint64_t page) {
  m_cpus.code_written(page, PhysicalMemory::page_size);
}

void Platform::bus_access(std::uint64_t physical, std::uint64_t size, bool write) {
  m_cpus.device_access(physical, size, write);
}

/// A boot ROM comes with what a BIOS does, as far as the machine has the hardware of it.
void Platform::add_bios_handover(const Machine& machine) {
  const BoardDevices& devices = machine.devices;
  if (!devices.boot_rom || !devices.pit || !devices.pic) return;
  m_bios_handover = std::make_unique<BiosHandover>("bios_handover", m_cpus.apic(0));
  m_bios_handover->ports.bind(m_port_map.in);
}

void Platform::bind_memory(const Machine& machine) {
  const unsigned memory = m_memory_map.connect(m_memory.socket);
  for (const MachineRam& ram : machine.ram) {
    AddressRegion region;
    region.base = ram.base;
    region.size = ram.size;
    region.name = fmt::format("RAM of node {}", ram.node);
    region.target = memory;
    region.relative = false;
    m_memory_map.add(region);
  }
  if (machine.devices.boot_rom) {
    AddressRegion rom;
    rom.base = BootRomPlace::base;
    rom.size = BootRomPlace::size;
    rom.name = "boot ROM";
    rom.target = memory;
    rom.relative = false;
    m_memory_map.add(rom);
  }
  AddressRegion window;
  window.base = kInterruptWindow;
  window.size = kInterruptWindowSize;
  window.name = "interrupt messages";
  window.target = m_memory_map.connect(m_fabric.socket);
  window.origin = AddressRegion::Origin::device;
  m_memory_map.add(window);
}

}  // namespace apicsim
