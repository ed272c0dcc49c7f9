#include "models/apic/local_apic.h"

namespace apicsim {

using namespace lapic;

namespace {

constexpr std::uint32_t lint_offset(unsigned pin) {
  return pin == 0 ? reg::lvt_lint0 : reg::lvt_lint1;
}

DeliveryMode delivery_mode(std::uint32_t entry) {
  return static_cast<DeliveryMode>(entry >> lvt::delivery_mode_shift & 7);
}

/// SDM Vol. 3 §11.5.1: the trigger mode counts for fixed delivery only, and LINT1 has no
/// level-sensitive interrupts.
bool is_level(std::uint32_t offset, std::uint32_t entry) {
  return offset == reg::lvt_lint0 && (entry & lvt::level_triggered) != 0 &&
         delivery_mode(entry) == DeliveryMode::fixed;
}

/// §11.5.1: INIT and ExtINT are for the pins.
bool is_supported(std::uint32_t offset, DeliveryMode mode) {
  const bool pin = offset == reg::lvt_lint0 || offset == reg::lvt_lint1;
  return pin || (mode != DeliveryMode::init && mode != DeliveryMode::ext_int);
}

}  // namespace

void LocalApic::write_lvt(std::uint32_t offset, std::uint32_t value, Cycle now) {
  if (offset == reg::lvt_timer) m_timer.skip(now);  // what a masked timer has done meanwhile
  std::uint32_t entry = value;
  if (!software_enabled()) entry |= lvt::mask;
  if ((entry & lvt::level_triggered) == 0) entry &= ~lvt::remote_irr;
  stored(offset) = entry;
  if (offset == reg::lvt_timer) {
    m_timer.set_mode(timer_mode(), now);
    update_divider(now);
  }
  if (offset == reg::lvt_lint0) sample_lint(0, now);
  if (offset == reg::lvt_lint1) sample_lint(1, now);
  update_ext_int_pin(now);
  schedule();
}

/// §11.5.4; the 82489DX has a mode of one bit and chooses its time base in bits 19:18.
ApicTimer::Mode LocalApic::timer_mode() const {
  const unsigned modes = m_config.generation == ApicGeneration::i82489dx ? 1 : 3;
  return static_cast<ApicTimer::Mode>(stored(reg::lvt_timer) >> lvt::timer_mode_shift & modes);
}

/// Before the divider of an 82489DX two bases are the undivided clock.
void LocalApic::update_divider(Cycle now) {
  const bool through =
      m_config.generation != ApicGeneration::i82489dx ||
      (stored(reg::lvt_timer) >> lvt::time_base_shift & 3) == lvt::time_base_divided;
  m_timer.set_divide(through ? stored(reg::divide) : ApicTimer::divide_by_one, now);
}

void LocalApic::mask_all_lvts() {
  stored(reg::lvt_cmci) |= lvt::mask;
  for (std::uint32_t offset = reg::lvt_timer; offset <= reg::lvt_error; offset += 0x10)
    stored(offset) |= lvt::mask;
  m_ext_int_pin = false;
}

bool LocalApic::deliver_lvt(std::uint32_t offset, Cycle now) {
  const std::uint32_t entry = stored(offset);
  if ((entry & lvt::mask) != 0 || !enabled()) return false;
  if (!is_supported(offset, delivery_mode(entry))) return false;
  switch (delivery_mode(entry)) {
    case DeliveryMode::fixed:
      ++m_counters.local;
      accept_fixed(static_cast<std::uint8_t>(entry & lvt::vector), is_level(offset, entry), now);
      return true;
    case DeliveryMode::nmi:
      ++m_counters.local;
      latch_nmi(now);
      return true;
    case DeliveryMode::init:
      ++m_counters.local;
      latch_init(now);
      return true;
    case DeliveryMode::ext_int:
      ++m_counters.local;
      latch_ext_int(now);
      return true;
    case DeliveryMode::smi:
      ++m_counters.local;
      latch_smi(now);
      return true;
    default:
      return false;  // reserved codes deliver nothing
  }
}

void LocalApic::signal(LocalSource source, Cycle now) {
  advance(now);
  switch (source) {
    case LocalSource::cmci:
      if (has(Feature::cmci)) deliver_lvt(reg::lvt_cmci, now);
      break;
    case LocalSource::thermal:
      if (has(Feature::thermal)) deliver_lvt(reg::lvt_thermal, now);
      break;
    case LocalSource::performance:
      if (!has(Feature::performance)) break;
      // §20.6.3.5.8: the mask is set by the interrupt, software has to clear it.
      if (deliver_lvt(reg::lvt_performance, now)) stored(reg::lvt_performance) |= lvt::mask;
      break;
  }
}

bool LocalApic::lint_active(unsigned pin) const {
  return m_lint_high[pin] != ((stored(lint_offset(pin)) & lvt::active_low) != 0);
}

void LocalApic::set_lint(unsigned pin, bool high, Cycle now) {
  if (pin > 1) return;
  advance(now);
  const bool was_high = m_lint_high[pin];
  const bool was_active = lint_active(pin);
  m_lint_high[pin] = high;
  update_ext_int_pin(now);
  if (!enabled()) {
    if (pin == 1 && high && !was_high) {
      ++m_counters.local;
      latch_nmi(now);
    }
    return;
  }
  const std::uint32_t entry = stored(lint_offset(pin));
  if (is_level(lint_offset(pin), entry))
    sample_lint(pin, now);
  else if (lint_active(pin) && !was_active && delivery_mode(entry) != DeliveryMode::ext_int)
    deliver_lvt(lint_offset(pin), now);
}

// The 8259 takes its output back when it is acknowledged, not when the interrupt is latched.
void LocalApic::update_ext_int_pin(Cycle now) {
  const bool before = m_ext_int_pin;
  m_ext_int_pin = !enabled() && m_lint_high[0];
  for (unsigned pin = 0; pin < 2 && enabled(); ++pin) {
    const std::uint32_t entry = stored(lint_offset(pin));
    const bool passes = (entry & lvt::mask) == 0 && delivery_mode(entry) == DeliveryMode::ext_int;
    m_ext_int_pin = m_ext_int_pin || (passes && lint_active(pin));
  }
  if (m_ext_int_pin && !before) m_listener.attention(m_config.cpu, now);
}

// A level-triggered pin interrupts once; remote IRR holds further ones back until EOI.
void LocalApic::sample_lint(unsigned pin, Cycle now) {
  std::uint32_t& entry = stored(lint_offset(pin));
  if (!is_level(lint_offset(pin), entry) || !lint_active(pin) || (entry & lvt::remote_irr) != 0)
    return;
  if (deliver_lvt(lint_offset(pin), now)) entry |= lvt::remote_irr;
}

void LocalApic::end_lint(std::uint8_t vector, Cycle now) {
  for (unsigned pin = 0; pin < 2; ++pin) {
    std::uint32_t& entry = stored(lint_offset(pin));
    if ((entry & lvt::remote_irr) == 0 || (entry & lvt::vector) != vector) continue;
    entry &= ~lvt::remote_irr;
    sample_lint(pin, now);
  }
}

}  // namespace apicsim
