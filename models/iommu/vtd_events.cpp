#include "models/iommu/vtd_events.h"

#include "models/fabric/msi_decode.h"
#include "models/fabric/spec/msi.h"

namespace apicsim {
namespace {

// From an event's control register to its data, address and upper address.
constexpr std::uint32_t data_offset = vtd::fedata - vtd::fectl;
constexpr std::uint32_t address_offset = vtd::feaddr - vtd::fectl;
constexpr std::uint32_t upper_offset = vtd::feuaddr - vtd::fectl;

}  // namespace

void VtdEvents::raise(std::uint32_t control, Cycle now) {
  m_registers.set_bits(control, vtd::interrupt_pending);
  unmask(control, now);
}

void VtdEvents::unmask(std::uint32_t control, Cycle now) {
  const std::uint32_t value = m_registers.low(control);
  if ((value & vtd::interrupt_pending) == 0 || (value & vtd::interrupt_mask) != 0) return;
  m_registers.clear_bits(control, vtd::interrupt_pending);
  send(control, now);
}

/// The unit's own messages are not remapped.
void VtdEvents::send(std::uint32_t control, Cycle now) {
  const std::uint32_t address = m_registers.low(control + address_offset);
  const std::uint32_t data = m_registers.low(control + data_offset);
  const std::uint32_t upper = m_registers.low(control + upper_offset);
  if ((address & ~(msi::window_size - 1)) != msi::window_base) {
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    m_dma.write(std::uint64_t{upper} << 32 | address, &data, sizeof data, delay);
    return;
  }
  auto message = decode_msi(address, data);
  if (!message) return;
  if (m_extended) {
    message->wide_destination = true;
    message->destination |= upper & ~std::uint32_t{0xFF};
  }
  m_interrupts.send(*message, now);
}

}  // namespace apicsim
