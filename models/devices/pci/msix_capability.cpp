#include "models/devices/pci/msix_capability.h"

#include <stdexcept>

namespace apicsim {
namespace {

constexpr std::uint64_t all_ones = ~std::uint64_t{0};

bool is_register_access(std::uint64_t offset, unsigned size) {
  return (size == 4 || size == 8) && offset % size == 0;
}

void check(const MsixShape& shape) {
  const bool aligned = shape.table_offset % 8 == 0 && shape.pending_offset % 8 == 0;
  if (shape.vectors < 1 || shape.vectors > pci::msix_max_vectors || !aligned ||
      shape.table_bar >= pci::bar_count || shape.pending_bar >= pci::bar_count)
    throw std::invalid_argument(
        "MSI-X: 1 to 2048 vectors, structures at multiples of 8 in BARs 0 to 5");
}

}  // namespace

MsixCapability::MsixCapability(PciConfigSpace& config, const MsixShape& shape)
    : m_config(config),
      m_shape(shape),
      m_offset(config.add_capability(pci::msix_capability_id, pci::msix_length)) {
  check(shape);
  m_table.resize(shape.vectors);
  m_pending.resize(shape.vectors);
  config.set(m_offset + pci::msix_control, 2, shape.vectors - 1);
  config.set_writable(m_offset + pci::msix_control, 2, pci::msix_enable | pci::msix_function_mask);
  config.set(m_offset + pci::msix_table, 4, shape.table_offset | shape.table_bar);
  config.set(m_offset + pci::msix_pending, 4, shape.pending_offset | shape.pending_bar);
}

bool MsixCapability::enabled() const {
  return (m_config.read(m_offset + pci::msix_control, 2) & pci::msix_enable) != 0;
}

bool MsixCapability::function_masked() const {
  return (m_config.read(m_offset + pci::msix_control, 2) & pci::msix_function_mask) != 0;
}

// --- table and pending bits ----------------------------------------------------------------------

std::uint64_t MsixCapability::read_table(std::uint64_t offset, unsigned size) const {
  if (!is_register_access(offset, size)) return all_ones;
  const std::uint64_t low = read_dword(offset);
  return size == 8 ? low | std::uint64_t{read_dword(offset + 4)} << 32 : low;
}

void MsixCapability::write_table(std::uint64_t offset, unsigned size, std::uint64_t value) {
  if (!is_register_access(offset, size)) return;
  write_dword(offset, static_cast<std::uint32_t>(value));
  if (size == 8) write_dword(offset + 4, static_cast<std::uint32_t>(value >> 32));
}

std::uint32_t MsixCapability::read_dword(std::uint64_t offset) const {
  const std::uint64_t vector = offset / pci::msix_entry_size;
  if (vector >= m_table.size()) return 0;
  const Entry& entry = m_table[vector];
  switch (offset % pci::msix_entry_size) {
    case pci::msix_entry_address:
      return entry.address;
    case pci::msix_entry_upper_address:
      return entry.upper_address;
    case pci::msix_entry_data:
      return entry.data;
    default:
      return entry.control;
  }
}

void MsixCapability::write_dword(std::uint64_t offset, std::uint32_t value) {
  const std::uint64_t vector = offset / pci::msix_entry_size;
  if (vector >= m_table.size()) return;
  Entry& entry = m_table[vector];
  switch (offset % pci::msix_entry_size) {
    case pci::msix_entry_address:
      entry.address = value & ~std::uint32_t{3};
      break;
    case pci::msix_entry_upper_address:
      entry.upper_address = value;
      break;
    case pci::msix_entry_data:
      entry.data = value;
      break;
    default:
      entry.control = value & pci::msix_entry_masked;
      break;
  }
}

std::uint64_t MsixCapability::read_pending(std::uint64_t offset, unsigned size) const {
  if (!is_register_access(offset, size)) return all_ones;
  std::uint64_t bits = 0;
  for (unsigned i = 0; i < 8 * size; ++i) {
    const std::uint64_t vector = 8 * offset + i;
    if (vector < m_pending.size() && m_pending[vector]) bits |= std::uint64_t{1} << i;
  }
  return bits;
}

void MsixCapability::reset() {
  m_table.assign(m_table.size(), Entry{});
  m_pending.assign(m_pending.size(), false);
}

// --- messages ------------------------------------------------------------------------------------

bool MsixCapability::masked(unsigned vector) const {
  return function_masked() || (m_table[vector].control & pci::msix_entry_masked) != 0;
}

PciMessage MsixCapability::message(unsigned vector) const {
  const Entry& entry = m_table[vector];
  return {std::uint64_t{entry.upper_address} << 32 | entry.address, entry.data};
}

std::optional<PciMessage> MsixCapability::raise(unsigned vector) {
  if (!enabled() || vector >= m_table.size()) return std::nullopt;
  if (!masked(vector)) return message(vector);
  m_pending[vector] = true;
  return std::nullopt;
}

void MsixCapability::retract(unsigned vector) {
  if (vector < m_pending.size()) m_pending[vector] = false;
}

std::optional<PciMessage> MsixCapability::next_released() {
  if (!enabled() || function_masked()) return std::nullopt;
  for (unsigned vector = 0; vector < m_pending.size(); ++vector) {
    if (!m_pending[vector] || masked(vector)) continue;
    m_pending[vector] = false;
    return message(vector);
  }
  return std::nullopt;
}

}  // namespace apicsim
