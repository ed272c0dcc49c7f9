#include "models/devices/cmos_rtc.h"

#include <algorithm>

#include "models/fabric/notify_at.h"

namespace apicsim {
namespace {

constexpr std::uint64_t no_second = ~std::uint64_t{0};

bool is_time(unsigned index) {
  return index == rtc::seconds || index == rtc::minutes || index == rtc::hours ||
         (index >= rtc::day_of_week && index <= rtc::year) || index == rtc::century;
}

}  // namespace

CmosRtc::CmosRtc(const sc_core::sc_module_name& name, const Timebase& timebase,
                 const Config& config, InterruptLine* line)
    : RegisterTarget(name, timebase),
      m_crystal(rtc::crystal_hz, timebase.hz()),
      m_line(line),
      m_base(config.start_seconds),
      m_seen_second(config.start_seconds) {
  SC_METHOD(request_due);
  sensitive << m_request_event;
  dont_initialize();
}

// --- the two ports -------------------------------------------------------------------------------

std::uint64_t CmosRtc::read_register(std::uint64_t offset, unsigned, Cycle now) {
  return offset == rtc::data ? read_byte(m_index, now) : 0xFF;  // the index cannot be read
}

std::uint64_t CmosRtc::peek_register(std::uint64_t offset, unsigned, Cycle now) const {
  return offset == rtc::data ? peek_byte(m_index, now) : 0xFF;
}

void CmosRtc::write_register(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  for (unsigned i = 0; i < size; ++i) {
    const auto byte = static_cast<std::uint8_t>(value >> (8 * i));
    if (offset + i == rtc::index)
      write_index(byte, now);
    else if (offset + i == rtc::data)
      write_byte(m_index, byte, now);
  }
}

void CmosRtc::write_index(std::uint8_t value, Cycle now) {
  m_index = value % rtc::ram_size;
  if (m_nmi != nullptr) m_nmi->set_masked((value & rtc::nmi_disable) != 0, now);
}

std::uint8_t CmosRtc::peek_byte(unsigned index, Cycle now) const {
  if (is_time(index)) return time_byte(index, halted() ? m_halted_time : time(now));
  switch (index) {
    case rtc::register_a:
      return m_a | (update_soon(now) ? rtc::a_update_in_progress : std::uint8_t{0});
    case rtc::register_b:
      return m_b;
    case rtc::register_c:
      return flags(now);
    case rtc::register_d:
      return rtc::d_valid;
    default:
      return m_ram[index];
  }
}

std::uint8_t CmosRtc::read_byte(unsigned index, Cycle now) {
  const std::uint8_t value = peek_byte(index, now);
  if (index == rtc::register_c) {
    forget_flags(now);
    update_line(now);
  }
  return value;
}

void CmosRtc::write_byte(unsigned index, std::uint8_t value, Cycle now) {
  if (is_time(index)) {
    CalendarTime changed = halted() ? m_halted_time : time(now);
    set_time_byte(index, value, changed);
    if (halted())
      m_halted_time = changed;
    else
      set_time(changed, now);
  } else if (index == rtc::register_a) {
    write_a(value, now);
  } else if (index == rtc::register_b) {
    write_b(value, now);
  } else if (index != rtc::register_c && index != rtc::register_d) {
    m_ram[index] = value;
  }
  update_line(now);
}

/// The divider chain stands at reset with bits 6:4 = 11x; released, it makes the first update half
/// a second later (data sheet, "Divider Control").
void CmosRtc::write_a(std::uint8_t value, Cycle now) {
  const bool was_halted = halted();
  const bool ran = divider_runs();
  const CalendarTime shown = was_halted ? m_halted_time : time(now);
  m_a = static_cast<std::uint8_t>(value & ~rtc::a_update_in_progress);
  if (!ran && divider_runs()) {
    const std::uint64_t in_second = m_crystal.ticks(now) % rtc::crystal_hz;
    m_divider_phase = (rtc::crystal_hz + rtc::crystal_hz / 2 - in_second) % rtc::crystal_hz;
  }
  if (halted())
    m_halted_time = shown;
  else if (was_halted)
    set_time(shown, now);
  if (period_ticks() != 0) m_seen_period = m_crystal.ticks(now) / period_ticks();
}

void CmosRtc::write_b(std::uint8_t value, Cycle now) {
  const bool was_halted = halted();
  const CalendarTime shown = was_halted ? m_halted_time : time(now);
  m_b = value;
  if (halted())
    m_halted_time = shown;
  else if (was_halted)
    set_time(shown, now);
}

// --- time ----------------------------------------------------------------------------------------

std::uint64_t CmosRtc::seconds(Cycle now) const {
  return m_base + (divider_seconds(now) - m_base_tick);
}

std::uint64_t CmosRtc::divider_seconds(Cycle now) const {
  return (m_crystal.ticks(now) + m_divider_phase) / rtc::crystal_hz;
}

CalendarTime CmosRtc::time(Cycle now) const { return to_calendar(seconds(now)); }

void CmosRtc::set_time(const CalendarTime& changed, Cycle now) {
  m_base = to_seconds(changed);
  m_base_tick = divider_seconds(now);
  m_seen_second = m_base;
}

bool CmosRtc::update_soon(Cycle now) const {
  if (halted()) return false;
  const std::uint64_t phase = (m_crystal.ticks(now) + m_divider_phase) % rtc::crystal_hz;
  return phase >= rtc::crystal_hz - rtc::update_lead;
}

std::uint8_t CmosRtc::coded(unsigned value) const {
  return static_cast<std::uint8_t>((m_b & rtc::b_binary) != 0 ? value
                                                              : value / 10 * 16 + value % 10);
}

unsigned CmosRtc::decoded(std::uint8_t value) const {
  return (m_b & rtc::b_binary) != 0 ? value : (value >> 4) * 10u + (value & 15);
}

std::uint8_t CmosRtc::coded_hour(unsigned hour) const {
  if ((m_b & rtc::b_24_hours) != 0) return coded(hour);
  const unsigned twelve = (hour + 11) % 12 + 1;
  return static_cast<std::uint8_t>(coded(twelve) | (hour >= 12 ? rtc::pm : 0));
}

unsigned CmosRtc::decoded_hour(std::uint8_t value) const {
  if ((m_b & rtc::b_24_hours) != 0) return decoded(value);
  const unsigned twelve = decoded(value & static_cast<std::uint8_t>(~rtc::pm)) % 12;
  return twelve + ((value & rtc::pm) != 0 ? 12 : 0);
}

std::uint8_t CmosRtc::time_byte(unsigned index, const CalendarTime& shown) const {
  switch (index) {
    case rtc::seconds:
      return coded(shown.second);
    case rtc::minutes:
      return coded(shown.minute);
    case rtc::hours:
      return coded_hour(shown.hour);
    case rtc::day_of_week:
      return coded(shown.weekday + 1);
    case rtc::day_of_month:
      return coded(shown.day);
    case rtc::month:
      return coded(shown.month);
    case rtc::year:
      return coded(shown.year % 100);
    default:
      return coded(shown.year / 100);
  }
}

void CmosRtc::set_time_byte(unsigned index, std::uint8_t value, CalendarTime& changed) const {
  switch (index) {
    case rtc::seconds:
      changed.second = decoded(value);
      break;
    case rtc::minutes:
      changed.minute = decoded(value);
      break;
    case rtc::hours:
      changed.hour = decoded_hour(value);
      break;
    case rtc::day_of_month:
      changed.day = decoded(value);
      break;
    case rtc::month:
      changed.month = decoded(value);
      break;
    case rtc::year:
      changed.year = changed.year / 100 * 100 + decoded(value);
      break;
    case rtc::century:
      changed.year = decoded(value) * 100 + changed.year % 100;
      break;
    default:
      break;  // the day of the week follows from the date
  }
}

// --- flags and interrupt -------------------------------------------------------------------------

/// Crystal periods between two periodic interrupts, 0 for none (data sheet, Table 5).
std::uint64_t CmosRtc::period_ticks() const {
  const unsigned rate = m_a & rtc::a_rate;
  if (rate == 0 || !divider_runs()) return 0;
  return std::uint64_t{1} << (rate <= 2 ? rate + 6 : rate - 1);
}

bool CmosRtc::alarm_matches(std::uint64_t at_seconds) const {
  const auto any = [](std::uint8_t v) {
    return (v & rtc::alarm_dont_care) == rtc::alarm_dont_care;
  };
  const CalendarTime at = to_calendar(at_seconds);
  const std::uint8_t second = m_ram[rtc::seconds_alarm];
  const std::uint8_t minute = m_ram[rtc::minutes_alarm];
  const std::uint8_t hour = m_ram[rtc::hours_alarm];
  return (any(second) || decoded(second) == at.second) &&
         (any(minute) || decoded(minute) == at.minute) &&
         (any(hour) || decoded_hour(hour) == at.hour);
}

/// The next second after the given one at which the alarm matches, within a day; else no_second.
std::uint64_t CmosRtc::next_alarm(std::uint64_t after_seconds) const {
  for (std::uint64_t s = after_seconds + 1; s <= after_seconds + 86'400; ++s)
    if (alarm_matches(s)) return s;
  return no_second;
}

std::uint8_t CmosRtc::flags(Cycle now) const {
  std::uint8_t set = 0;
  const std::uint64_t period = period_ticks();
  if (period != 0 && m_crystal.ticks(now) / period > m_seen_period) set |= rtc::b_periodic;
  if (!halted() && seconds(now) > m_seen_second) {
    set |= rtc::b_update;
    if (next_alarm(m_seen_second) <= seconds(now)) set |= rtc::b_alarm;
  }
  const bool request = (set & m_b) != 0;
  return request ? set | rtc::c_request : set;
}

void CmosRtc::forget_flags(Cycle now) {
  if (period_ticks() != 0) m_seen_period = m_crystal.ticks(now) / period_ticks();
  if (!halted()) m_seen_second = seconds(now);
}

Cycle CmosRtc::second_edge(std::uint64_t second) const {
  const std::uint64_t turn = second - m_base + m_base_tick;
  return m_crystal.edge(turn * rtc::crystal_hz - m_divider_phase);
}

/// When the next enabled flag will be set.
Cycle CmosRtc::next_request(Cycle now) const {
  Cycle next = never;
  if ((m_b & rtc::b_periodic) != 0 && period_ticks() != 0)
    next = m_crystal.edge((m_crystal.ticks(now) / period_ticks() + 1) * period_ticks());
  if (halted()) return next;
  if ((m_b & rtc::b_update) != 0) next = std::min(next, second_edge(seconds(now) + 1));
  if ((m_b & rtc::b_alarm) != 0) {
    const std::uint64_t alarm = next_alarm(seconds(now));
    if (alarm != no_second) next = std::min(next, second_edge(alarm));
  }
  return next;
}

void CmosRtc::request_due() { update_line(timebase().now()); }

void CmosRtc::update_line(Cycle now) {
  const bool active = (flags(now) & rtc::c_request) != 0;
  if (m_line != nullptr) m_line->set(active, now);
  notify_at(timebase(), m_request_event, active ? never : next_request(now));
}

}  // namespace apicsim
