#include "models/devices/nic/nic_causes.h"

namespace apicsim {
namespace {

/// A cause with a vector of its own, and where IVAR has it.
struct RoutedCause {
  std::uint32_t cause;
  unsigned shift;
};
constexpr RoutedCause routed_causes[] = {
    {nic::cause_receive_queue, nic::ivar_receive_shift},
    {nic::cause_transmit_queue, nic::ivar_transmit_shift},
    {nic::cause_other, nic::ivar_other_shift},
};

constexpr std::uint32_t own_causes =
    nic::cause_receive_queue | nic::cause_transmit_queue | nic::cause_other;

}  // namespace

void NicCauses::set(std::uint32_t causes) {
  causes &= nic::cause_all;
  if ((causes & ~(nic::queue_causes | own_causes)) != 0) causes |= nic::cause_other;
  m_causes |= causes;
}

void NicCauses::clear(std::uint32_t causes) {
  m_causes &= ~causes;
  m_told &= ~causes;
}

void NicCauses::reset() { m_causes = m_mask = m_told = 0; }

std::uint32_t NicCauses::read(bool msix) {
  const std::uint32_t seen = value();
  const bool auto_mask = (m_registers.get(nic::ctrl_ext) & nic::ctrl_ext_auto_mask) != 0;
  const bool asserted = pending();
  if (!msix || m_mask == 0 || (asserted && auto_mask)) clear(nic::cause_all);
  if (asserted && auto_mask) disable(m_registers.get(nic::iam));
  return seen;
}

void NicCauses::acknowledge(std::uint32_t causes) {
  const bool auto_mask = (m_registers.get(nic::ctrl_ext) & nic::ctrl_ext_auto_mask) != 0;
  if (pending() && auto_mask) disable(m_registers.get(nic::iam));
  clear(causes);
}

bool NicCauses::take_untold() {
  m_told &= m_causes & m_mask;
  const std::uint32_t untold = m_causes & m_mask & ~m_told;
  m_told |= untold;
  return untold != 0;
}

std::uint32_t NicCauses::take_vectors() {
  std::uint32_t vectors = 0;
  m_told &= m_causes & m_mask;
  for (const RoutedCause& routed : routed_causes) {
    if ((m_causes & m_mask & ~m_told & routed.cause) == 0) continue;
    m_told |= routed.cause;
    const std::uint32_t route = m_registers.get(nic::ivar) >> routed.shift;
    if ((route & nic::ivar_valid) != 0) vectors |= 1u << (route & nic::ivar_vector);
    const std::uint32_t automatic = m_registers.get(nic::eiac) & routed.cause;
    clear(automatic);
    if ((m_registers.get(nic::ctrl_ext) & nic::ctrl_ext_auto_mask) == 0) disable(automatic);
  }
  return vectors;
}

}  // namespace apicsim
