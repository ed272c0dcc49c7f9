#include "models/devices/pci/pci_config_space.h"

#include <stdexcept>

namespace apicsim {
namespace {

std::uint8_t byte_of(std::uint32_t value, unsigned i) {
  return static_cast<std::uint8_t>(value >> (8 * i));
}

}  // namespace

PciConfigSpace::PciConfigSpace(unsigned size)
    : m_value(size), m_writable(size), m_write_1_clears(size) {}

std::uint32_t PciConfigSpace::read(unsigned offset, unsigned size) const {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < size; ++i) value |= std::uint32_t{m_value[offset + i]} << (8 * i);
  return value;
}

void PciConfigSpace::write(unsigned offset, unsigned size, std::uint32_t value) {
  for (unsigned i = 0; i < size; ++i) {
    const unsigned at = offset + i;
    const std::uint8_t byte = byte_of(value, i);
    const std::uint8_t kept = static_cast<std::uint8_t>(m_value[at] & ~m_writable[at]);
    m_value[at] = static_cast<std::uint8_t>((kept & ~(byte & m_write_1_clears[at])) |
                                            (byte & m_writable[at]));
  }
}

void PciConfigSpace::set(unsigned offset, unsigned size, std::uint32_t value) {
  for (unsigned i = 0; i < size; ++i) m_value[offset + i] = byte_of(value, i);
}

void PciConfigSpace::set_writable(unsigned offset, unsigned size, std::uint32_t mask) {
  for (unsigned i = 0; i < size; ++i) m_writable[offset + i] = byte_of(mask, i);
}

void PciConfigSpace::set_write_1_clears(unsigned offset, unsigned size, std::uint32_t mask) {
  for (unsigned i = 0; i < size; ++i) m_write_1_clears[offset + i] = byte_of(mask, i);
}

unsigned PciConfigSpace::add_capability(std::uint8_t id, unsigned length) {
  const unsigned offset = m_next_capability;
  if (offset + length > pci::config_size)
    throw std::length_error("no room for another PCI capability");
  set(m_last_link, 1, offset);
  set(offset, 1, id);
  set(pci::status, 2, read(pci::status, 2) | pci::status_capabilities);
  m_last_link = offset + 1;
  m_next_capability = (offset + length + 3) & ~3u;
  return offset;
}

unsigned PciConfigSpace::add_extended_capability(std::uint16_t id, unsigned version,
                                                 unsigned length) {
  const unsigned offset = m_next_extended;
  if (offset + length > size())
    throw std::length_error("no room for another extended PCI capability");
  set(offset, 4, id | version << pci::extended_version_shift);
  if (m_last_extended != 0)
    set(m_last_extended, 4,
        read(m_last_extended, 4) | std::uint32_t{offset} << pci::extended_next_shift);
  m_last_extended = offset;
  m_next_extended = (offset + length + 3) & ~3u;
  return offset;
}

void PciConfigSpace::clear_writable() {
  for (unsigned i = 0; i < size(); ++i)
    m_value[i] = static_cast<std::uint8_t>(m_value[i] & ~(m_writable[i] | m_write_1_clears[i]));
}

}  // namespace apicsim
