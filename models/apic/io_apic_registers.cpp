#include "models/apic/io_apic.h"

namespace apicsim {

using namespace ioapic;

namespace {

constexpr std::uint64_t low_half = 0xFFFFFFFF;
constexpr std::uint64_t all_ones = ~std::uint64_t{0};

std::uint32_t pin_of(std::uint32_t index) { return (index - index::redirection) / 2; }
bool is_high_half(std::uint32_t index) { return (index & 1) != 0; }

}  // namespace

std::uint64_t IoApic::read_register(std::uint64_t offset, unsigned size, Cycle now) {
  return peek_register(offset, size, now);
}

// 82093AA §3.1: IOREGSEL counts in its low byte, IOWIN is a doubleword. Other accesses are not
// decoded.
std::uint64_t IoApic::peek_register(std::uint64_t offset, unsigned size, Cycle now) const {
  if (offset == window::select) return m_select;
  if (offset == window::data && size == 4) return read_indexed(m_select, now);
  return all_ones;
}

void IoApic::write_register(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  if (offset == window::select)
    m_select = static_cast<std::uint32_t>(value & 0xFF);
  else if (offset == window::data && size == 4)
    write_indexed(m_select, static_cast<std::uint32_t>(value), now);
  else if (offset == window::eoi && has_eoi_register())
    eoi(static_cast<std::uint8_t>(value), now);
}

std::uint32_t IoApic::read_indexed(std::uint32_t index, Cycle now) const {
  switch (index) {
    case index::id:
      return m_id;
    case index::version:
      return m_config.version | (m_config.pins - 1) << last_entry_shift;
    case index::arbitration:
      return m_id;
    default:
      break;
  }
  if (index < index::redirection || pin_of(index) >= m_pins.size()) return 0;
  const Pin& pin = m_pins[pin_of(index)];
  if (is_high_half(index)) return static_cast<std::uint32_t>(pin.entry >> 32);
  return static_cast<std::uint32_t>(now < pin.accepted_at ? pin.entry | rte::status : pin.entry);
}

void IoApic::write_indexed(std::uint32_t index, std::uint32_t value, Cycle now) {
  if (index == index::id) m_id = value & writable_id(m_generation);
  if (index < index::redirection || pin_of(index) >= m_pins.size()) return;
  Pin& pin = m_pins[pin_of(index)];
  const std::uint64_t wide = value;
  write_entry(
      pin,
      is_high_half(index) ? (pin.entry & low_half) | wide << 32 : (pin.entry & ~low_half) | wide,
      now);
}

void IoApic::write_entry(Pin& pin, std::uint64_t value, Cycle now) {
  const std::uint64_t writable = writable_entry(m_generation);
  pin.entry = (value & writable) | (pin.entry & ~writable);
  // An entry that is edge triggered has nothing to wait for: software's way to end an interrupt
  // on chips without EOI register.
  if ((pin.entry & rte::level) == 0) pin.entry &= ~rte::remote_irr;
  service_level(pin, now);
}

}  // namespace apicsim
