#include "models/devices/pci/pci_function.h"

#include <fmt/format.h>

#include <stdexcept>

namespace apicsim {
namespace {

constexpr std::uint16_t writable_command = pci::command_io | pci::command_memory |
                                           pci::command_bus_master | pci::command_serr |
                                           pci::command_interrupt_disable;

void write_identity(PciConfigSpace& config, const PciIdentity& identity) {
  config.set(pci::vendor_id, 2, identity.vendor_id);
  config.set(pci::device_id, 2, identity.device_id);
  config.set(pci::revision_id, 1, identity.revision);
  config.set(pci::class_code, 3, identity.class_code);
  config.set(pci::header_type, 1, identity.multi_function ? 0x80 : 0);
  config.set(pci::subsystem_vendor_id, 2, identity.subsystem_vendor_id);
  config.set(pci::subsystem_id, 2, identity.subsystem_id);
  config.set(pci::interrupt_pin, 1, identity.interrupt_pin);
}

bool overlaps(unsigned offset, unsigned size, unsigned first, unsigned length) {
  return offset < first + length && first < offset + size;
}

}  // namespace

PciFunction::PciFunction(const sc_core::sc_module_name& name, const PciAddress& address,
                         const PciIdentity& identity, const PciWiring& wiring)
    : sc_module(name),
      m_address(address),
      m_wiring(wiring),
      m_config(identity.express ? pci::extended_config_size : pci::config_size) {
  write_identity(m_config, identity);
  m_config.set_writable(pci::command, 2, writable_command);
  m_config.set_write_1_clears(pci::status, 2, pci::status_write_1_clears);
  m_config.set_writable(pci::cache_line_size, 1, 0xFF);
  m_config.set_writable(pci::interrupt_line, 1, 0xFF);
}

void PciFunction::declare_bar(unsigned index, BarKind kind, std::uint64_t size, bool prefetchable) {
  const bool wide = kind == BarKind::memory64;
  if (size == 0 || (size & (size - 1)) != 0 || index + (wide ? 1 : 0) >= pci::bar_count)
    throw std::invalid_argument(
        fmt::format("{}: BAR {} cannot have size {:#x}", name(), index, size));
  m_bars[index].size = size;
  m_bars[index].kind = kind;
  const unsigned offset = pci::bar0 + 4 * index;
  const std::uint64_t address_bits = ~(size - 1);
  const std::uint32_t usable = kind == BarKind::io ? pci::bar_io_address : pci::bar_memory_address;
  m_config.set_writable(offset, 4, static_cast<std::uint32_t>(address_bits) & usable);
  if (wide) m_config.set_writable(offset + 4, 4, static_cast<std::uint32_t>(address_bits >> 32));
  std::uint32_t flags = kind == BarKind::io ? pci::bar_io : 0;
  if (wide) flags |= pci::bar_64;
  if (prefetchable) flags |= pci::bar_prefetchable;
  m_config.set(offset, 4, flags);
}

void PciFunction::set_bar_target(unsigned index, unsigned target) {
  m_bars.at(index).has_target = true;
  m_bars[index].target = target;
  unmap_bar(index);
  map_bar(index);
}

void PciFunction::assign_bar(unsigned index, std::uint64_t address) {
  const Bar& bar = m_bars.at(index);
  const unsigned offset = pci::bar0 + 4 * index;
  m_config.write(offset, 4, static_cast<std::uint32_t>(address));
  if (bar.kind == BarKind::memory64)
    m_config.write(offset + 4, 4, static_cast<std::uint32_t>(address >> 32));
  const std::uint16_t enable = bar.kind == BarKind::io ? pci::command_io : pci::command_memory;
  m_config.set(pci::command, 2, m_config.read(pci::command, 2) | enable);
  update_bars();
}

void PciFunction::assign_interrupt_line(std::uint8_t line) {
  m_config.set(pci::interrupt_line, 1, line);
}

std::uint32_t PciFunction::read_config(unsigned offset, unsigned size) const {
  if (offset + size > m_config.size()) return 0xFFFFFFFF;
  return m_config.read(offset, size);
}

void PciFunction::write_config(unsigned offset, unsigned size, std::uint32_t value, Cycle now) {
  if (offset + size > m_config.size()) return;
  m_config.write(offset, size, value);
  if (overlaps(offset, size, pci::command, 2) ||
      overlaps(offset, size, pci::bar0, 4 * pci::bar_count))
    update_bars();
  drive_interrupt(now);
  config_written(offset, size, now);
}

void PciFunction::config_written(unsigned, unsigned, Cycle) {}

void PciFunction::reset_config(Cycle now) {
  m_config.clear_writable();
  update_bars();
  set_interrupt(false, now);
}

void PciFunction::unmodelled(const std::string& what, Cycle now) const {
  const std::string text = fmt::format("{}: {}", name(), what);
  if (m_wiring.unmodelled == nullptr) throw Unmodelled(text);
  m_wiring.unmodelled->unmodelled(text, now);
}

std::vector<PciFunction::BarRange> PciFunction::bar_ranges() const {
  std::vector<BarRange> ranges;
  for (unsigned i = 0; i < pci::bar_count; ++i) {
    const std::uint64_t address = bar_address(i);
    if (m_bars[i].size == 0 || address == 0) continue;
    ranges.push_back({m_bars[i].kind == BarKind::io, address, address + (m_bars[i].size - 1)});
  }
  return ranges;
}

void PciFunction::set_upstream(const PciUpstream* bridge) {
  m_upstream = bridge;
  upstream_changed();
}

void PciFunction::upstream_changed() { update_bars(); }

bool PciFunction::bus_master_enabled() const {
  return (m_config.read(pci::command, 2) & pci::command_bus_master) != 0 &&
         (m_upstream == nullptr || m_upstream->forwards_requests());
}

std::uint64_t PciFunction::bar_address(unsigned index) const {
  const unsigned offset = pci::bar0 + 4 * index;
  const std::uint32_t low = m_config.read(offset, 4);
  if (m_bars[index].kind == BarKind::io) return low & pci::bar_io_address;
  std::uint64_t address = low & pci::bar_memory_address;
  if (m_bars[index].kind == BarKind::memory64)
    address |= std::uint64_t{m_config.read(offset + 4, 4)} << 32;
  return address;
}

bool PciFunction::bar_decodes(unsigned index, std::uint64_t address) const {
  const Bar& bar = m_bars[index];
  const std::uint32_t command = m_config.read(pci::command, 2);
  const bool enabled =
      (command & (bar.kind == BarKind::io ? pci::command_io : pci::command_memory)) != 0;
  if (!enabled || address == 0) return false;
  const std::uint64_t last = address + (bar.size - 1);
  if (!reaches(bar.kind, address, last)) return false;
  switch (bar.kind) {
    case BarKind::io:
      return last < 0x10000;
    case BarKind::memory32:
      return last < 0xFFFFFFFF;
    default:
      return last != ~std::uint64_t{0};
  }
}

bool PciFunction::reaches(BarKind kind, std::uint64_t first, std::uint64_t last) const {
  if (m_upstream == nullptr) return true;
  return kind == BarKind::io ? m_upstream->forwards_io(first, last)
                             : m_upstream->forwards_memory(first, last);
}

void PciFunction::update_bars() {
  // All old places are given up before new ones are taken: BARs may exchange theirs.
  for (unsigned i = 0; i < pci::bar_count; ++i) {
    const std::uint64_t address = bar_address(i);
    if (m_bars[i].mapped && !(bar_decodes(i, address) && address == m_bars[i].mapped_at))
      unmap_bar(i);
  }
  for (unsigned i = 0; i < pci::bar_count; ++i) map_bar(i);
}

RegionMapper* PciFunction::map_of(const Bar& bar) const {
  return bar.kind == BarKind::io ? m_wiring.ports : m_wiring.memory;
}

void PciFunction::unmap_bar(unsigned index) {
  Bar& bar = m_bars[index];
  if (!bar.mapped) return;
  map_of(bar)->unmap(bar.mapped_at, bar_name(index));
  bar.mapped = false;
}

void PciFunction::map_bar(unsigned index) {
  Bar& bar = m_bars[index];
  if (bar.size == 0 || bar.mapped) return;
  const std::uint64_t address = bar_address(index);
  if (map_of(bar) == nullptr || !bar_decodes(index, address)) return;
  AddressRegion region;
  region.base = address;
  region.size = bar.size;
  region.name = bar_name(index);
  region.kind = bar.has_target ? AddressRegion::Kind::target : AddressRegion::Kind::unmodelled;
  region.target = bar.target;
  bar.mapped = map_of(bar)->map(region);
  bar.mapped_at = address;
}

std::string PciFunction::bar_name(unsigned index) const {
  return fmt::format("{:02x}:{:02x}.{} {} BAR {}", m_address.bus, m_address.device,
                     m_address.function, basename(), index);
}

void PciFunction::set_interrupt(bool active, Cycle now) {
  m_interrupt_wanted = active;
  const std::uint32_t status =
      m_config.read(pci::status, 2) & ~std::uint32_t{pci::status_interrupt};
  m_config.set(pci::status, 2, status | (active ? pci::status_interrupt : 0));
  drive_interrupt(now);
}

void PciFunction::drive_interrupt(Cycle now) {
  const bool forbidden = (m_config.read(pci::command, 2) & pci::command_interrupt_disable) != 0;
  const bool driven = m_interrupt_wanted && !forbidden;
  if (driven == m_interrupt_driven) return;
  m_interrupt_driven = driven;
  if (m_wiring.interrupt != nullptr) m_wiring.interrupt->set(driven, now);
}

}  // namespace apicsim
