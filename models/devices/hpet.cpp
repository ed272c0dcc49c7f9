#include "models/devices/hpet.h"

#include <algorithm>
#include <stdexcept>

#include "models/devices/register_bytes.h"
#include "models/fabric/notify_at.h"

namespace apicsim {
namespace {

constexpr std::uint64_t low_half = 0xFFFFFFFF;
/// Outputs 0..31 are pins of the I/O APIC; these two those of legacy replacement.
constexpr unsigned legacy_outputs = 32;
constexpr unsigned output_count = 34;

/// The period that software reads, rounded to the nearest femtosecond.
std::uint64_t period_of(std::uint64_t hz) { return (hpet::femtoseconds_per_second + hz / 2) / hz; }

std::uint64_t capabilities_of(const Hpet::Config& config) {
  // Frequencies from 10 MHz on: the period is at most 0x05F5E100 fs (§2.3.4).
  if (config.timers == 0 || config.timers > hpet::max_timers || config.hz < 10'000'000 ||
      config.periodic_timers > config.timers)
    throw std::invalid_argument("HPET: 1 to 32 timers and a frequency of at least 10 MHz");
  const std::uint64_t count = std::uint64_t{config.timers - 1} << hpet::timers_shift;
  const std::uint64_t rest = config.capabilities & ~(hpet::timers_mask << hpet::timers_shift);
  return period_of(config.hz) << hpet::period_shift | rest | count;
}

}  // namespace

Hpet::Hpet(const sc_core::sc_module_name& name, const Timebase& timebase, const Config& config,
           std::vector<InterruptLine*> pins)
    : sc_module(name),
      registers("registers", timebase, *this, {&Hpet::read, &Hpet::write, &Hpet::peek}),
      dma("dma", config.requester_id),
      m_timebase(timebase),
      m_config(config),
      m_clock(config.hz, timebase.hz()),
      m_pins(std::move(pins)),
      m_capabilities(capabilities_of(config)),
      m_timers(config.timers) {
  for (unsigned i = 0; i < config.timers; ++i) {
    std::uint64_t& fixed = m_timers[i].configuration;
    const std::uint32_t route = i < config.route_capabilities.size() ? config.route_capabilities[i]
                                                                     : config.route_capability;
    fixed = std::uint64_t{route} << hpet::route_capability_shift | hpet::wide;
    if (i < config.periodic_timers) fixed |= hpet::periodic_capable;
    if (config.messages) fixed |= hpet::fsb_capable;
  }
  const auto pin = [this](unsigned number) {
    return number < m_pins.size() ? m_pins[number] : nullptr;
  };
  set_legacy_outputs(pin(hpet::legacy_timer_0), pin(hpet::legacy_timer_1));
  SC_METHOD(match_due);
  sensitive << m_match_event;
  dont_initialize();
}

// --- registers -----------------------------------------------------------------------------------

std::uint64_t Hpet::peek(std::uint64_t offset, unsigned size, Cycle now) const {
  if (size < 4 || offset % size != 0) return 0;
  return quad(offset & ~std::uint64_t{7}, now) >> (8 * (offset & 7));
}

std::uint64_t Hpet::quad(std::uint64_t offset, Cycle now) const {
  switch (offset) {
    case hpet::capabilities:
      return m_capabilities;
    case hpet::configuration:
      return m_configuration;
    case hpet::interrupt_status:
      return m_status;
    case hpet::main_counter:
      return counter(now);
    default:
      return timer_quad(offset);
  }
}

std::uint64_t Hpet::timer_quad(std::uint64_t offset) const {
  if (offset < hpet::timers) return 0;
  const std::uint64_t index = (offset - hpet::timers) / hpet::timer_stride;
  if (index >= m_timers.size()) return 0;
  const Timer& timer = m_timers[index];
  switch ((offset - hpet::timers) % hpet::timer_stride) {
    case hpet::timer_configuration:
      return timer.configuration;
    case hpet::timer_comparator:
      return timer.comparator;
    case hpet::timer_fsb_route:
      return timer.fsb_route;
    default:
      return 0;
  }
}

std::uint64_t Hpet::read(std::uint64_t offset, unsigned size, Cycle now) {
  settle(now);
  return peek(offset, size, now);
}

void Hpet::write(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  if (size < 4 || offset % size != 0) return;
  settle(now);
  const std::uint64_t place = offset & 7;
  write_quad(offset - place, {placed(place, size, value), placed(place, size, ~std::uint64_t{0})},
             now);
  for (Timer& timer : m_timers) find_match(timer, m_clock.ticks(now));
  drive_outputs(now);
  schedule();
}

void Hpet::write_quad(std::uint64_t offset, const Written& written, Cycle now) {
  switch (offset) {
    case hpet::configuration:
      write_enable(written.over(m_configuration), now);
      return;
    case hpet::interrupt_status:
      m_status &= ~written.bits;
      return;
    case hpet::main_counter:
      if (!enabled()) m_count = written.over(m_count);
      return;
    default:
      break;
  }
  if (offset < hpet::timers) return;
  const std::uint64_t index = (offset - hpet::timers) / hpet::timer_stride;
  if (index < m_timers.size())
    write_timer(m_timers[index], (offset - hpet::timers) % hpet::timer_stride, written);
}

void Hpet::write_timer(Timer& timer, std::uint64_t reg, const Written& written) {
  if (reg == hpet::timer_configuration)
    write_timer_configuration(timer, written.over(timer.configuration));
  else if (reg == hpet::timer_comparator)
    write_comparator(timer, written);
  else if (reg == hpet::timer_fsb_route && m_config.messages)
    timer.fsb_route = written.over(timer.fsb_route);
}

void Hpet::write_comparator(Timer& timer, const Written& written) {
  const bool periodic = (timer.configuration & hpet::periodic) != 0;
  if (periodic) timer.period = written.over(timer.period) & width_mask(timer);
  // A periodic timer's accumulator is only written under Tn_VAL_SET_CNF (§2.3.8).
  if (!periodic || (timer.configuration & hpet::set_value) != 0)
    timer.comparator = written.over(timer.comparator) & width_mask(timer);
  timer.configuration &= ~hpet::set_value;
}

void Hpet::write_timer_configuration(Timer& timer, std::uint64_t value) {
  std::uint64_t writable = hpet::level | hpet::interrupt_enable | hpet::set_value | hpet::force_32;
  if ((timer.configuration & hpet::periodic_capable) != 0) writable |= hpet::periodic;
  if ((timer.configuration & hpet::fsb_capable) != 0) writable |= hpet::fsb_enable;
  // A route that the timer does not have does not stick (§2.3.8, Tn_INT_ROUTE_CNF).
  const std::uint64_t route = value >> hpet::route_shift & hpet::route_mask;
  if ((timer.configuration >> (hpet::route_capability_shift + route) & 1) != 0)
    writable |= hpet::route_mask << hpet::route_shift;
  timer.configuration = (timer.configuration & ~writable) | (value & writable);
  timer.comparator &= width_mask(timer);
}

void Hpet::write_enable(std::uint64_t value, Cycle now) {
  m_count = counter(now);
  m_count_tick = m_clock.ticks(now);
  const std::uint64_t writable =
      (m_capabilities & hpet::legacy_capable) != 0 ? hpet::enable | hpet::legacy : hpet::enable;
  m_configuration = value & writable;
  for (LegacyOutput& output : m_legacy)
    output.set_replaced((value & writable & hpet::legacy) != 0, now);
}

// --- counting ------------------------------------------------------------------------------------

std::uint64_t Hpet::counter(Cycle now) const {
  return enabled() ? m_count + (m_clock.ticks(now) - m_count_tick) : m_count;
}

std::uint64_t Hpet::width_mask(const Timer& timer) {
  return (timer.configuration & hpet::force_32) != 0 ? low_half : ~std::uint64_t{0};
}

/// When the counter, seen in the timer's width, reaches the comparator after `tick`.
void Hpet::find_match(Timer& timer, std::uint64_t tick) const {
  timer.match = no_tick;
  if (!enabled()) return;
  const std::uint64_t mask = width_mask(timer);
  const std::uint64_t count = m_count + (tick - m_count_tick);
  std::uint64_t distance = (timer.comparator - count) & mask;
  if (distance == 0) distance = mask == low_half ? low_half + 1 : no_tick;
  timer.match = distance < no_tick - tick ? tick + distance : no_tick;
}

/// Takes all matches up to `now`, each at its own cycle, earliest first.
void Hpet::settle(Cycle now) {
  const std::uint64_t tick = m_clock.ticks(now);
  for (;;) {
    const auto earliest =
        std::min_element(m_timers.begin(), m_timers.end(),
                         [](const Timer& a, const Timer& b) { return a.match < b.match; });
    if (earliest->match > tick) break;
    const Cycle at = m_clock.edge(earliest->match);
    const auto index = static_cast<unsigned>(earliest - m_timers.begin());
    fire(index, at);
    // Without an interrupt nobody sees single matches: periods that have passed count as one.
    const bool seen = (earliest->configuration & hpet::interrupt_enable) != 0;
    advance(*earliest, seen ? earliest->match : tick);
  }
}

/// Puts the comparator of a timer that has matched ahead of `tick`.
void Hpet::advance(Timer& timer, std::uint64_t tick) const {
  if ((timer.configuration & hpet::periodic) != 0 && timer.period != 0) {
    const std::uint64_t periods = (tick - timer.match) / timer.period + 1;
    timer.comparator = (timer.comparator + periods * timer.period) & width_mask(timer);
    timer.match += periods * timer.period;
  } else {
    find_match(timer, tick);
  }
}

void Hpet::schedule() {
  std::uint64_t next = no_tick;
  for (const Timer& timer : m_timers)
    if ((timer.configuration & hpet::interrupt_enable) != 0) next = std::min(next, timer.match);
  notify_at(m_timebase, m_match_event, next == no_tick ? never : m_clock.edge(next));
}

void Hpet::match_due() {
  settle(m_timebase.now());
  schedule();
}

// --- interrupts ----------------------------------------------------------------------------------

void Hpet::fire(unsigned index, Cycle at) {
  const Timer& timer = m_timers[index];
  const bool level = (timer.configuration & hpet::level) != 0;
  if (level) m_status |= std::uint64_t{1} << index;
  if ((timer.configuration & hpet::interrupt_enable) == 0) return;
  if ((timer.configuration & hpet::fsb_enable) != 0) {
    send_message(timer, at);
  } else if (level) {
    drive_outputs(at);
  } else if (const unsigned output = output_of(index); output >= legacy_outputs) {
    m_legacy[output - legacy_outputs].edge(at);
  } else {
    set_output(output, true, at);
    set_output(output, false, at);
  }
}

unsigned Hpet::output_of(unsigned index) const {
  if ((m_configuration & hpet::legacy) != 0 && index < m_legacy.size())
    return legacy_outputs + index;
  return static_cast<unsigned>(m_timers[index].configuration >> hpet::route_shift &
                               hpet::route_mask);
}

/// Level-triggered timers hold their output while their status bit is set (§2.3.6).
void Hpet::drive_outputs(Cycle now) {
  std::uint64_t wanted = 0;
  for (unsigned i = 0; i < m_timers.size(); ++i) {
    const std::uint64_t configuration = m_timers[i].configuration;
    const bool holds = (m_status >> i & 1) != 0 && (configuration & hpet::level) != 0 &&
                       (configuration & hpet::interrupt_enable) != 0 &&
                       (configuration & hpet::fsb_enable) == 0;
    if (holds) wanted |= std::uint64_t{1} << output_of(i);
  }
  const std::uint64_t changed = wanted ^ m_driven;
  m_driven = wanted;
  for (unsigned output = 0; output < output_count; ++output)
    if ((changed >> output & 1) != 0) set_output(output, (wanted >> output & 1) != 0, now);
  release_legacy_outputs(now);
}

/// An edge leaves its line high; a timer that no longer makes edges there does not.
void Hpet::release_legacy_outputs(Cycle now) {
  for (unsigned i = 0; i < m_legacy.size() && i < m_timers.size(); ++i) {
    const std::uint64_t configuration = m_timers[i].configuration;
    const bool edges = (configuration & hpet::interrupt_enable) != 0 &&
                       (configuration & (hpet::level | hpet::fsb_enable)) == 0;
    const bool held = (m_driven >> (legacy_outputs + i) & 1) != 0;
    if (!edges && !held) m_legacy[i].set_timer(false, now);
  }
}

void Hpet::set_output(unsigned output, bool active, Cycle at) {
  if (output >= legacy_outputs)
    m_legacy[output - legacy_outputs].set_timer(active, at);
  else if (output < m_pins.size() && m_pins[output] != nullptr)
    m_pins[output]->set(active, at);
}

void Hpet::set_legacy_outputs(InterruptLine* irq_0, InterruptLine* irq_8) {
  m_legacy[0].connect(irq_0);
  m_legacy[1].connect(irq_8);
}

void Hpet::LegacyOutput::set(bool active, Cycle at) {
  m_old = active;
  if (!m_replaced) show(at);
}

void Hpet::LegacyOutput::set_timer(bool active, Cycle at) {
  m_timer = active;
  if (m_replaced) show(at);
}

void Hpet::LegacyOutput::edge(Cycle at) {
  set_timer(false, at);
  set_timer(true, at);
}

void Hpet::LegacyOutput::set_replaced(bool replaced, Cycle at) {
  if (replaced == m_replaced) return;
  m_replaced = replaced;
  show(at);
}

void Hpet::LegacyOutput::show(Cycle at) const {
  if (m_output != nullptr) m_output->set(m_replaced ? m_timer : m_old, at);
}

void Hpet::send_message(const Timer& timer, Cycle at) {
  // Address in the upper half of the route register, data in the lower (§2.3.10).
  const std::uint32_t data = static_cast<std::uint32_t>(timer.fsb_route);
  const sc_core::sc_time start = m_timebase.to_sc_time(at);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  sc_core::sc_time delay = start > now ? start - now : sc_core::SC_ZERO_TIME;
  dma.write(timer.fsb_route >> 32, &data, sizeof data, delay);
}

}  // namespace apicsim
