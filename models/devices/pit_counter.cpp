#include "models/devices/pit_counter.h"

namespace apicsim {

using pit::Access;

void PitCounter::write_control(std::uint8_t control, std::uint64_t) {
  m_control = control & 0x3F;
  const unsigned mode = (control & pit::mode_bits) >> 1;
  m_mode = mode > 5 ? mode - 4 : mode;  // modes 2 and 3 have a don't-care bit (Figure 7)
  m_bcd = (control & pit::bcd) != 0;
  m_access = static_cast<Access>(control >> pit::access_shift & 3);
  m_run = Run{};
  m_next = Run{};
  m_write_high = m_read_high = false;
  m_count_latched = m_status_latched = false;
}

void PitCounter::write_count(std::uint8_t byte, std::uint64_t tick) {
  settle(tick);
  switch (m_access) {
    case Access::low:
      load(byte, tick);
      break;
    case Access::high:
      load(static_cast<std::uint16_t>(byte << 8), tick);
      break;
    default:
      if (!m_write_high) {
        m_written_low = byte;
        // Writing the first byte of a new count stops mode 0 (data sheet, "Mode 0").
        if (m_mode == 0) m_run = Run{};
      } else {
        load(static_cast<std::uint16_t>(byte << 8 | m_written_low), tick);
      }
      m_write_high = !m_write_high;
  }
}

void PitCounter::load(std::uint16_t value, std::uint64_t tick) {
  std::uint64_t count = value;
  if (m_bcd)
    count =
        (value >> 12) * 1000u + (value >> 8 & 15) * 100u + (value >> 4 & 15) * 10u + (value & 15);
  Run run;
  run.initial = count == 0 ? modulus() : count;
  run.start = tick + 1;  // loaded on the next clock pulse
  run.loaded = true;
  run.counting = m_gate && !triggered();
  if (triggered()) {
    // Waits for the gate; a one-shot under way is not disturbed.
    m_next = run;
    m_next.start = no_tick;
  } else if (periodic() && m_run.loaded && m_run.counting) {
    m_next = run;  // the current period is finished first
    m_next.start = period_end(tick);
  } else {
    m_run = run;
    m_next = Run{};
  }
}

void PitCounter::set_gate(bool high, std::uint64_t tick) {
  settle(tick);
  const bool rising = high && !m_gate;
  const bool falling = !high && m_gate;
  m_gate = high;
  if (triggered()) {
    if (rising && m_next.loaded) m_run = m_next;
    if (rising && m_run.loaded) {
      m_run.start = tick + 1;
      m_run.counting = true;
    }
    return;
  }
  if (!m_run.loaded) return;
  if (falling) {
    m_run.elapsed = elapsed(m_run, tick);
    m_run.counting = false;
  } else if (rising) {
    if (m_next.loaded) m_run = m_next;
    m_next = Run{};
    // Modes 2 and 3 start over, 0 and 4 go on where they stood.
    m_run.start = periodic() ? tick + 1 : tick - m_run.elapsed;
    m_run.counting = true;
  }
}

std::uint64_t PitCounter::elapsed(const Run& run, std::uint64_t tick) {
  if (!run.counting) return run.elapsed;
  return tick < run.start ? 0 : tick - run.start;
}

/// First tick after `tick` at which a periodic mode reloads.
std::uint64_t PitCounter::period_end(std::uint64_t tick) const {
  const std::uint64_t gone = elapsed(m_run, tick);
  return m_run.start + (gone / m_run.initial + 1) * m_run.initial;
}

const PitCounter::Run& PitCounter::run_at(std::uint64_t tick) const {
  return m_next.loaded && tick >= m_next.start ? m_next : m_run;
}

void PitCounter::settle(std::uint64_t tick) {
  if (!m_next.loaded || tick < m_next.start) return;
  m_run = m_next;
  m_next = Run{};
}

bool PitCounter::output(std::uint64_t tick) const {
  const Run& run = run_at(tick);
  if (m_mode == 0) return run.loaded && elapsed(run, tick) >= run.initial;
  if (!run.loaded || !run.counting || tick < run.start) return true;
  const std::uint64_t gone = elapsed(run, tick);
  switch (m_mode) {
    case 1:
      return gone >= run.initial;
    case 2:
      return gone % run.initial != run.initial - 1;
    case 3:
      return gone % run.initial < (run.initial + 1) / 2;
    default:
      return gone != run.initial;
  }
}

std::uint64_t PitCounter::next_change(std::uint64_t tick) const {
  const Run& run = run_at(tick);
  std::uint64_t change = no_tick;
  if (run.loaded && run.counting) {
    const std::uint64_t from = tick < run.start ? run.start : tick;
    const std::uint64_t gone = from - run.start;
    const std::uint64_t in_period = gone % run.initial;
    const std::uint64_t period_start = from - in_period;
    std::uint64_t turn = run.initial;  // modes 0, 1, 4, 5: at the end of the count
    switch (m_mode) {
      case 2:
        turn = in_period < run.initial - 1 ? run.initial - 1 : run.initial;
        change = period_start + turn;
        break;
      case 3: {
        const std::uint64_t half = (run.initial + 1) / 2;
        turn = in_period < half ? half : run.initial;
        change = period_start + turn;
        break;
      }
      default:
        if (m_mode == 1 && tick < run.start)
          change = run.start;
        else if (gone < run.initial)
          change = run.start + turn;
        else if (m_mode >= 4 && gone == run.initial)
          change = run.start + turn + 1;
    }
  }
  if (m_next.loaded && tick < m_next.start && m_next.start < change) change = m_next.start;
  return change;
}

/// The value in the code that the control word asks for.
std::uint16_t PitCounter::coded(std::uint64_t value) const {
  value %= modulus();
  if (!m_bcd) return static_cast<std::uint16_t>(value);
  return static_cast<std::uint16_t>(value / 1000 << 12 | value / 100 % 10 << 8 |
                                    value / 10 % 10 << 4 | value % 10);
}

std::uint16_t PitCounter::count(std::uint64_t tick) const {
  const Run& run = run_at(tick);
  if (!run.loaded) return 0;
  const std::uint64_t gone = elapsed(run, tick);
  switch (m_mode) {
    case 2:
      return coded(run.initial - gone % run.initial);
    case 3: {
      // Counts by two, twice per period; an odd count starts one lower (data sheet, "Mode 3").
      const std::uint64_t half = (run.initial + 1) / 2;
      const std::uint64_t in_period = gone % run.initial;
      const std::uint64_t in_half = in_period < half ? in_period : in_period - half;
      return coded((run.initial & ~std::uint64_t{1}) - 2 * in_half);
    }
    default:
      return coded(run.initial + modulus() - gone % modulus());
  }
}

void PitCounter::latch_count(std::uint64_t tick) {
  if (m_count_latched) return;  // a second latch before the read is ignored
  settle(tick);
  m_latched_count = count(tick);
  m_count_latched = true;
}

void PitCounter::latch_status(std::uint64_t tick) {
  if (m_status_latched) return;
  m_latched_status = status(tick);
  m_status_latched = true;
}

std::uint8_t PitCounter::status(std::uint64_t tick) const {
  const bool waiting = m_next.loaded && tick < m_next.start;
  const bool null_count = !m_run.loaded || tick < m_run.start || waiting;
  return static_cast<std::uint8_t>((output(tick) ? pit::status_output : 0) |
                                   (null_count ? pit::status_null_count : 0) | m_control);
}

std::uint8_t PitCounter::read(std::uint64_t tick) {
  if (m_status_latched) {
    m_status_latched = false;
    return m_latched_status;
  }
  const std::uint16_t value = m_count_latched ? m_latched_count : count(tick);
  const bool both = m_access == Access::low_then_high;
  const bool high = m_access == Access::high || (both && m_read_high);
  if (both) m_read_high = !m_read_high;
  if (!both || high) m_count_latched = false;
  return static_cast<std::uint8_t>(high ? value >> 8 : value);
}

}  // namespace apicsim
