#include <algorithm>

#include "models/apic/local_apic.h"

namespace apicsim {

using namespace lapic;

namespace {

constexpr std::uint32_t class_mask = 0xF0;

}  // namespace

// SDM Vol. 3 §11.8.3.1. Where the classes of TPR and of the vector in service are equal, the
// sub-class is model specific; here it is TPR's.
std::uint32_t LocalApic::ppr() const {
  const auto in_service = static_cast<std::uint32_t>(std::max(m_isr.highest(), 0));
  const std::uint32_t tpr = stored(reg::tpr);
  return (tpr & class_mask) >= (in_service & class_mask) ? tpr : in_service & class_mask;
}

void LocalApic::update_pending(Cycle now) {
  const bool before = m_interrupt_pending;
  const int highest = m_irr.highest();
  m_interrupt_pending = enabled() && highest >= 0 &&
                        (static_cast<std::uint32_t>(highest) & class_mask) > (ppr() & class_mask);
  if (m_interrupt_pending && !before) m_listener.attention(m_config.cpu, now);
}

std::uint8_t LocalApic::acknowledge(Cycle now) {
  advance(now);
  if (!m_interrupt_pending) {
    ++m_counters.spurious;
    return static_cast<std::uint8_t>(stored(reg::svr) & svr::vector);
  }
  const auto vector = static_cast<std::uint8_t>(m_irr.highest());
  m_irr.reset(vector);
  m_isr.set(vector);
  ++m_counters.acknowledged;
  update_pending(now);
  return vector;
}

void LocalApic::write_eoi(Cycle now) {
  const int highest = m_isr.highest();
  if (highest < 0) return;
  const auto vector = static_cast<std::uint8_t>(highest);
  m_isr.reset(vector);
  ++m_counters.end_of_interrupt;
  if (m_tmr.test(vector)) {
    // §11.8.5: directed EOI leaves the I/O APIC to software.
    if ((stored(reg::svr) & svr::suppress_eoi_broadcast) == 0)
      m_fabric.end_of_interrupt(m_config.cpu, vector, now);
    end_lint(vector, now);
  }
  update_pending(now);
}

void LocalApic::set_tpr(std::uint8_t value, Cycle now) {
  stored(reg::tpr) = value;
  update_pending(now);
}

// §11.8.6: CR8 is TPR[7:4], TPR[3:0] becomes zero.
std::uint8_t LocalApic::cr8() const { return static_cast<std::uint8_t>(stored(reg::tpr) >> 4); }

void LocalApic::set_cr8(std::uint8_t value, Cycle now) {
  advance(now);
  set_tpr(static_cast<std::uint8_t>((value & 15) << 4), now);
}

}  // namespace apicsim
