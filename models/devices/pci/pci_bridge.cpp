#include "models/devices/pci/pci_bridge.h"

#include <algorithm>

#include "models/devices/spec/pci_bridge.h"

namespace apicsim {

namespace bridge = pci_bridge;

namespace {

PciIdentity without_subsystem(PciIdentity identity) {
  // Its place holds the upper half of a window; §3.2.5.10.
  identity.subsystem_vendor_id = 0;
  identity.subsystem_id = 0;
  return identity;
}

bool within(std::uint64_t first, std::uint64_t last, std::uint64_t from, std::uint64_t to) {
  return from <= first && last <= to;
}

}  // namespace

PciBridge::PciBridge(const sc_core::sc_module_name& name, const PciAddress& address,
                     const PciIdentity& identity, const PciWiring& wiring)
    : PciFunction(name, address, without_subsystem(identity), wiring) {
  declare_header(identity);
}

void PciBridge::declare_header(const PciIdentity& identity) {
  PciConfigSpace& c = config();
  c.set(pci::header_type, 1, bridge::header | (identity.multi_function ? 0x80u : 0u));
  c.set_writable(bridge::primary_bus, 1, 0xFF);
  c.set_writable(bridge::secondary_bus, 1, 0xFF);
  c.set_writable(bridge::subordinate_bus, 1, 0xFF);
  c.set_writable(bridge::io_base, 1, bridge::io_window);
  c.set_writable(bridge::io_limit, 1, bridge::io_window);
  c.set(bridge::io_base, 1, bridge::io_32);
  c.set(bridge::io_limit, 1, bridge::io_32);
  c.set_write_1_clears(bridge::secondary_status, 2, bridge::status_clears);
  for (const unsigned offset :
       {bridge::memory_base, bridge::memory_limit, bridge::prefetch_base, bridge::prefetch_limit})
    c.set_writable(offset, 2, bridge::memory_window);
  c.set(bridge::prefetch_base, 2, bridge::prefetch_64);
  c.set(bridge::prefetch_limit, 2, bridge::prefetch_64);
  c.set_writable(bridge::prefetch_base_up, 4, 0xFFFFFFFF);
  c.set_writable(bridge::prefetch_limit_up, 4, 0xFFFFFFFF);
  c.set_writable(bridge::io_base_up, 2, 0xFFFF);
  c.set_writable(bridge::io_limit_up, 2, 0xFFFF);
  c.set_writable(bridge::control, 2, bridge::control_writable);
}

void PciBridge::assign_buses(std::uint8_t secondary, std::uint8_t subordinate) {
  PciConfigSpace& c = config();
  c.set(bridge::primary_bus, 1, address().bus);
  c.set(bridge::secondary_bus, 1, secondary);
  c.set(bridge::subordinate_bus, 1, subordinate);
  c.set(pci::command, 2, pci::command_io | pci::command_memory | pci::command_bus_master);
  // Bases above limits: no window is open (§3.2.5.8).
  c.write(bridge::memory_base, 2, bridge::memory_window);
  c.write(bridge::prefetch_base, 2, bridge::memory_window);
  c.write(bridge::io_base, 1, bridge::io_window);
}

void PciBridge::assign_memory(std::uint64_t first, std::uint64_t last) {
  const Window old = memory_window();
  if (old.first <= old.last) {
    first = std::min(first, old.first);
    last = std::max(last, old.last);
  }
  config().write(bridge::memory_base, 2, static_cast<std::uint32_t>(first >> 16));
  config().write(bridge::memory_limit, 2, static_cast<std::uint32_t>(last >> 16));
  windows_changed();
}

void PciBridge::assign_io(std::uint64_t first, std::uint64_t last) {
  const Window old = io_window();
  if (old.first <= old.last) {
    first = std::min(first, old.first);
    last = std::max(last, old.last);
  }
  config().write(bridge::io_base, 1, static_cast<std::uint32_t>(first >> 8));
  config().write(bridge::io_limit, 1, static_cast<std::uint32_t>(last >> 8));
  windows_changed();
}

void PciBridge::attach(PciFunction& function) {
  m_behind.push_back(&function);
  function.set_upstream(this);
}

PciBridge::Window PciBridge::memory_window() const {
  const std::uint64_t mask = bridge::memory_window;
  return {(config().read(bridge::memory_base, 2) & mask) << 16,
          ((config().read(bridge::memory_limit, 2) & mask) << 16) + bridge::memory_granule - 1};
}

PciBridge::Window PciBridge::prefetchable_window() const {
  const std::uint64_t mask = bridge::memory_window;
  const std::uint64_t base_up = config().read(bridge::prefetch_base_up, 4);
  const std::uint64_t limit_up = config().read(bridge::prefetch_limit_up, 4);
  return {base_up << 32 | (config().read(bridge::prefetch_base, 2) & mask) << 16,
          (limit_up << 32 | (config().read(bridge::prefetch_limit, 2) & mask) << 16) +
              bridge::memory_granule - 1};
}

PciBridge::Window PciBridge::io_window() const {
  const std::uint64_t mask = bridge::io_window;
  const std::uint64_t base_up = config().read(bridge::io_base_up, 2);
  const std::uint64_t limit_up = config().read(bridge::io_limit_up, 2);
  return {
      base_up << 16 | (config().read(bridge::io_base, 1) & mask) << 8,
      (limit_up << 16 | (config().read(bridge::io_limit, 1) & mask) << 8) + bridge::io_granule - 1};
}

bool PciBridge::forwards_memory(std::uint64_t first, std::uint64_t last) const {
  if ((config().read(pci::command, 2) & pci::command_memory) == 0) return false;
  const Window memory = memory_window();
  const Window prefetchable = prefetchable_window();
  return (within(first, last, memory.first, memory.last) ||
          within(first, last, prefetchable.first, prefetchable.last)) &&
         (upstream() == nullptr || upstream()->forwards_memory(first, last));
}

bool PciBridge::forwards_io(std::uint64_t first, std::uint64_t last) const {
  if ((config().read(pci::command, 2) & pci::command_io) == 0) return false;
  const Window io = io_window();
  return within(first, last, io.first, io.last) &&
         (upstream() == nullptr || upstream()->forwards_io(first, last));
}

std::uint8_t PciBridge::secondary() const {
  return static_cast<std::uint8_t>(config().read(bridge::secondary_bus, 1));
}

bool PciBridge::forwards_bus(std::uint8_t bus) const {
  return secondary() <= bus && bus <= config().read(bridge::subordinate_bus, 1) &&
         (upstream() == nullptr || upstream()->forwards_bus(bus));
}

void PciBridge::config_written(unsigned offset, unsigned size, Cycle now) {
  if (offset <= bridge::control && bridge::control < offset + size &&
      (config().read(bridge::control, 2) & bridge::control_reset) != 0)
    unmodelled("secondary bus reset", now);
  windows_changed();
}

void PciBridge::upstream_changed() {
  PciFunction::upstream_changed();
  windows_changed();
}

void PciBridge::windows_changed() {
  for (PciFunction* const function : m_behind) function->upstream_changed();
}

}  // namespace apicsim
