#include "models/apic/local_apic.h"

namespace apicsim {

using namespace lapic;

void LocalApic::accept(const InterruptMessage& message, Cycle arrival) {
  m_arrivals.push({arrival, message.vector, message.delivery_mode, message.level_triggered});
  schedule();
}

// SDM Vol. 3 §11.8.1 (Figure 11-17). An APIC that is disabled by IA32_APIC_BASE takes nothing
// (§11.4.3); one disabled by SVR takes NMI, SMI, INIT, SIPI, but no fixed interrupts (§11.4.7.2).
void LocalApic::take(const Arrival& arrival, Cycle now) {
  ++m_counters.received;
  if (!enabled()) {
    ++m_counters.disabled;
    return;
  }
  switch (arrival.delivery_mode) {
    case DeliveryMode::fixed:
    case DeliveryMode::lowest_priority:
      return accept_fixed(arrival.vector, arrival.level_triggered, now);
    case DeliveryMode::nmi:
      return latch_nmi(now);
    case DeliveryMode::init:
      return latch_init(now);
    case DeliveryMode::start_up:
      return latch_start_up(arrival.vector, now);
    case DeliveryMode::ext_int:
      return latch_ext_int(now);
    case DeliveryMode::remote_read:  // answered by the bus
      break;
    case DeliveryMode::smi:
      return latch_smi(now);
  }
}

void LocalApic::accept_fixed(std::uint8_t vector, bool level_triggered, Cycle now) {
  if (!software_enabled()) {
    ++m_counters.software_disabled;
    return;
  }
  if (vector < first_legal_vector) {
    ++m_counters.illegal;
    return error(esr::receive_illegal_vector, now);
  }
  ++(m_irr.test(vector) ? m_counters.merged : m_counters.accepted);
  if (!m_irr.test(vector)) m_accepted_at[vector] = now;
  m_irr.set(vector);
  m_tmr.assign(vector, level_triggered);  // §11.8.4: with the acceptance into IRR
  update_pending(now);
}

void LocalApic::latch_nmi(Cycle now) {
  ++(m_nmi_pending ? m_counters.merged : m_counters.nmi);
  m_nmi_pending = true;
  m_listener.attention(m_config.cpu, now);
}

void LocalApic::latch_smi(Cycle now) {
  ++(m_smi_pending ? m_counters.merged : m_counters.smi);
  m_smi_pending = true;
  m_listener.attention(m_config.cpu, now);
}

void LocalApic::latch_init(Cycle now) {
  ++(m_init_pending ? m_counters.merged : m_counters.init);
  pulse_init(now);
}

void LocalApic::pulse_init(Cycle now) {
  m_init_pending = true;
  m_start_up_vector.reset();
  m_listener.attention(m_config.cpu, now);
}

void LocalApic::latch_start_up(std::uint8_t vector, Cycle now) {
  ++(m_start_up_vector ? m_counters.merged : m_counters.start_up);
  m_start_up_vector = vector;
  m_listener.attention(m_config.cpu, now);
}

void LocalApic::latch_ext_int(Cycle now) {
  ++(m_ext_int_message ? m_counters.merged : m_counters.ext_int);
  m_ext_int_message = true;
  m_listener.attention(m_config.cpu, now);
}

// §11.5.3: causes gather until a write to ESR shows them; that write also rearms the interrupt.
void LocalApic::error(std::uint32_t cause, Cycle now) {
  if (m_config.generation == ApicGeneration::i82489dx) return;  // it has no ESR
  ++m_counters.errors;
  m_error_causes |= cause;
  if (m_error_signalled) return;
  m_error_signalled = true;
  if (has(Feature::error)) deliver_lvt(reg::lvt_error, now);
}

void LocalApic::write_esr() {
  stored(reg::esr) = m_error_causes;
  m_error_causes = 0;
  m_error_signalled = false;
}

}  // namespace apicsim
