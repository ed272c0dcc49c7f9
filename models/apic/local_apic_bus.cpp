#include <algorithm>

#include "models/apic/local_apic.h"

/// What only APICs on a serial bus have: those of the time before the Pentium 4.
namespace apicsim {

using namespace lapic;

namespace {

constexpr std::uint32_t class_mask = 0xF0;

/// SDM Vol. 3 §11.8.4: the Pentium and P6 family keep two interrupts per class in IRR and ISR.
constexpr unsigned slots_per_class = 2;

}  // namespace

// SDM Vol. 3 §11.6.2.4; its AND of the classes of TPR and ISRV is taken as the operation on bits.
std::uint32_t LocalApic::apr() const {
  const std::uint32_t tpr = stored(reg::tpr);
  const auto requested = static_cast<std::uint32_t>(std::max(m_irr.highest(), 0)) & class_mask;
  const auto in_service = static_cast<std::uint32_t>(std::max(m_isr.highest(), 0)) & class_mask;
  const std::uint32_t task = tpr & class_mask;
  if (task >= requested && task > in_service) return tpr;
  return std::max(task & in_service, requested);
}

bool LocalApic::has_room(std::uint8_t vector) const {
  if (m_irr.test(vector)) return true;
  const unsigned first = vector & class_mask;
  return m_irr.count_class(first) + m_isr.count_class(first) < slots_per_class;
}

std::uint8_t LocalApic::arbitration_id() const {
  return static_cast<std::uint8_t>(stored(reg::id) >> 24 & 0xF);
}

bool LocalApic::is_focus(std::uint8_t vector) const {
  if ((stored(reg::svr) & svr::no_focus_check) != 0) return false;
  return m_irr.test(vector) || m_isr.test(vector);
}

// §11.8.2: NMI, SMI, INIT, ExtINT and SIPI go past the slots.
BusAnswer LocalApic::answer(const InterruptMessage& message) const {
  if (!enabled() || m_off_bus) return BusAnswer::refuse;
  if (message.delivery_mode != DeliveryMode::fixed &&
      message.delivery_mode != DeliveryMode::lowest_priority)
    return BusAnswer::accept;
  if (!software_enabled()) return BusAnswer::refuse;
  return has_room(message.vector) ? BusAnswer::accept : BusAnswer::retry;
}

void LocalApic::transmitted(Cycle at, bool accepted) {
  if (m_unsent == 0) return;  // sent before a reset
  --m_unsent;
  m_send_end = at;
  if (!accepted) error(esr::send_accept, at);
}

void LocalApic::saw_unaccepted(Cycle at) {
  if (enabled() && !m_off_bus) error(esr::receive_accept, at);
}

std::uint32_t LocalApic::remote_value(std::uint32_t offset, Cycle at) const {
  const RegisterSpec* spec = implemented(offset);
  if (spec == nullptr) return 0;
  const Access access = spec->access(page_interface());
  const bool readable = access == Access::read_only || access == Access::read_write;
  return readable ? peek(offset, at) : 0;
}

// Bits 17:16 of ICR: 2 valid, 0 invalid.
void LocalApic::remote_read_done(std::uint32_t value, bool valid, Cycle at) {
  static_cast<void>(at);
  stored(reg::icr) &= ~icr::remote_read;
  if (!valid) return;
  stored(reg::icr) |= icr::remote_read_valid;
  stored(reg::rrd) = value;
}

}  // namespace apicsim
