#include "models/apic/local_apic.h"

namespace apicsim {

using namespace lapic;

namespace {

constexpr std::uint64_t mode_bits = base::enable | base::extended;
constexpr std::uint64_t page_mask = 0xFFF;

}  // namespace

// SDM Vol. 3 §11.12.5, Figure 11-27: EXTD needs EN; x2APIC is entered from xAPIC only and left
// to the disabled state only. Reserved bits (§11.4.4) raise #GP as well.
bool LocalApic::allows_apic_base(std::uint64_t value) const {
  std::uint64_t legal = base::bootstrap | base::enable;
  if (m_config.x2apic) legal |= base::extended;
  legal |= ((std::uint64_t{1} << m_config.physical_bits) - 1) & ~page_mask;
  if ((value & ~legal) != 0) return false;

  const std::uint64_t to = value & mode_bits;
  if (to == base::extended) return false;
  if (to == mode_bits) return enabled();
  return !(x2apic_mode() && to == base::enable);
}

bool LocalApic::write_apic_base(std::uint64_t value, Cycle now) {
  if (!has_apic_base() || !allows_apic_base(value)) return false;
  advance(now);
  const std::uint64_t from = m_apic_base & mode_bits;
  const std::uint64_t to = value & mode_bits;
  m_apic_base = value;
  if (from == to) return true;

  if (to == 0) leave();
  if (to == mode_bits) enter_x2apic();
  m_fabric.routing_changed();
  update_ext_int_pin(now);
  update_pending(now);
  schedule();
  return true;
}

// §11.4.3 and §11.12.5.1: the state is lost. CR8 is the processor's and stays. On a serial bus the
// arbitration is lost, too, until a hardware reset.
void LocalApic::leave() {
  const std::uint32_t tpr = stored(reg::tpr);
  clear_registers();
  stored(reg::tpr) = tpr;
  stored(reg::id) = m_config.apic_id << 24;
  m_off_bus = before_xapic();
}

// §11.12.5.2: LDR, a written ID and the high half of ICR are not preserved; nor are bits that the
// MSRs do not have.
void LocalApic::enter_x2apic() {
  stored(reg::id) = m_config.apic_id << 24;
  stored(reg::ldr) = 0;
  stored(reg::icr_high) = 0;
  for (const std::uint32_t offset : {reg::svr, reg::icr})
    stored(offset) &= static_cast<std::uint32_t>(masks(*find_register(offset)).legal);
}

std::optional<std::uint64_t> LocalApic::page() const {
  if (!enabled() || x2apic_mode()) return std::nullopt;
  return m_apic_base & ~page_mask;
}

// §11.4.7.1; the ID is left alone, as INIT does.
void LocalApic::clear_registers() {
  const std::uint32_t id = stored(reg::id);
  m_registers.fill(0);
  for (const RegisterSpec& spec : registers()) stored(spec.offset) = spec.reset;
  stored(reg::id) = id;
  m_counters.forgotten += m_irr.count();
  m_irr.clear();
  m_isr.clear();
  m_tmr.clear();
  m_timer.reset();
  update_divider(0);
  m_error_causes = 0;
  m_error_signalled = false;
  m_interrupt_pending = false;
  m_ext_int_message = false;
}

void LocalApic::reset() {
  m_apic_base = base::default_address | base::enable;
  if (m_config.bootstrap) m_apic_base |= base::bootstrap;
  clear_registers();
  stored(reg::id) = m_config.apic_id << 24;
  m_counters.discarded += m_arrivals.size();
  m_arrivals.clear();
  m_nmi_pending = false;
  m_smi_pending = false;
  m_init_pending = false;
  m_start_up_vector.reset();
  m_lint_high = {};
  m_off_bus = false;
  m_unsent = 0;
  m_send_end = 0;
  m_ext_int_pin = false;
  m_fabric.routing_changed();
  schedule();
}

// IA32_APIC_BASE, and with it the mode, survives (§11.4.7.3, §11.12.5.1); messages under way too.
void LocalApic::init() {
  clear_registers();
  m_nmi_pending = false;
  m_smi_pending = false;
  m_ext_int_pin = m_ext_int_pin && !enabled();  // the entry of LINT0 is masked now
  m_fabric.routing_changed();
  schedule();
}

// §11.12.10.2: cluster in the high half, one bit of 16 in the low half.
std::uint32_t LocalApic::logical_x2apic_id() const {
  return (m_config.apic_id >> 4) << 16 | 1u << (m_config.apic_id & 15);
}

}  // namespace apicsim
