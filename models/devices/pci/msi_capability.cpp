#include "models/devices/pci/msi_capability.h"

#include <stdexcept>

namespace apicsim {
namespace {

unsigned length_of(const MsiShape& shape) {
  const unsigned to_mask = shape.wide_address ? pci::msi_mask_64 : pci::msi_mask_32;
  return shape.per_vector_mask ? to_mask + 8 : to_mask - 2;
}

/// Exponent of a power of two.
unsigned log2_of(unsigned vectors) {
  unsigned exponent = 0;
  while ((1u << exponent) < vectors) ++exponent;
  return exponent;
}

std::uint32_t all_of(unsigned vectors) {
  return vectors >= 32 ? ~std::uint32_t{0} : (1u << vectors) - 1;
}

}  // namespace

MsiCapability::MsiCapability(PciConfigSpace& config, const MsiShape& shape)
    : m_config(config),
      m_shape(shape),
      m_offset(config.add_capability(pci::msi_capability_id, length_of(shape))) {
  if (shape.vectors < 1 || shape.vectors > pci::msi_max_vectors ||
      (shape.vectors & (shape.vectors - 1)) != 0)
    throw std::invalid_argument("MSI: 1, 2, 4, 8, 16 or 32 vectors");
  unsigned fixed = log2_of(shape.vectors) << pci::msi_capable_shift;
  if (shape.wide_address) fixed |= pci::msi_64_bit;
  if (shape.per_vector_mask) fixed |= pci::msi_per_vector_mask;
  config.set(m_offset + pci::msi_control, 2, fixed);
  // With one vector Multiple Message Enable has nothing to choose from.
  const unsigned granting = shape.vectors > 1 ? pci::msi_enabled : 0u;
  config.set_writable(m_offset + pci::msi_control, 2, pci::msi_enable | granting);
  config.set_writable(m_offset + pci::msi_address, 4, 0xFFFFFFFC);
  if (shape.wide_address) config.set_writable(m_offset + pci::msi_upper_address, 4, 0xFFFFFFFF);
  config.set_writable(m_offset + data_offset(), 2, 0xFFFF);
  if (shape.per_vector_mask)
    config.set_writable(m_offset + mask_offset(), 4, all_of(shape.vectors));
}

unsigned MsiCapability::data_offset() const {
  return m_shape.wide_address ? pci::msi_data_64 : pci::msi_data_32;
}

unsigned MsiCapability::mask_offset() const {
  return m_shape.wide_address ? pci::msi_mask_64 : pci::msi_mask_32;
}

bool MsiCapability::enabled() const { return (control() & pci::msi_enable) != 0; }

unsigned MsiCapability::granted() const {
  const unsigned exponent = (control() & pci::msi_enabled) >> pci::msi_enabled_shift;
  const unsigned vectors = 1u << exponent;
  return vectors < m_shape.vectors ? vectors : m_shape.vectors;
}

std::uint32_t MsiCapability::masked() const {
  return m_shape.per_vector_mask ? m_config.read(m_offset + mask_offset(), 4) : 0;
}

std::uint32_t MsiCapability::pending() const {
  if (!m_shape.per_vector_mask) return 0;
  return m_config.read(m_offset + mask_offset() + pci::msi_pending_behind_mask, 4);
}

void MsiCapability::set_pending(std::uint32_t bits) {
  if (m_shape.per_vector_mask)
    m_config.set(m_offset + mask_offset() + pci::msi_pending_behind_mask, 4, bits);
}

PciMessage MsiCapability::message(unsigned vector) const {
  PciMessage message;
  message.address = m_config.read(m_offset + pci::msi_address, 4);
  if (m_shape.wide_address)
    message.address |= std::uint64_t{m_config.read(m_offset + pci::msi_upper_address, 4)} << 32;
  message.data = (m_config.read(m_offset + data_offset(), 2) & ~(granted() - 1)) | vector;
  return message;
}

std::optional<PciMessage> MsiCapability::raise(unsigned vector) {
  if (!enabled()) return std::nullopt;
  const unsigned sent = vector & (granted() - 1);
  if ((masked() >> sent & 1) == 0) return message(sent);
  set_pending(pending() | 1u << sent);
  return std::nullopt;
}

void MsiCapability::retract(unsigned vector) {
  set_pending(pending() & ~(1u << (vector & (granted() - 1))));
}

std::optional<PciMessage> MsiCapability::next_released() {
  if (!enabled()) return std::nullopt;
  const std::uint32_t released = pending() & ~masked() & all_of(granted());
  if (released == 0) return std::nullopt;
  unsigned vector = 0;
  while ((released >> vector & 1) == 0) ++vector;
  set_pending(pending() & ~(1u << vector));
  return message(vector);
}

}  // namespace apicsim
