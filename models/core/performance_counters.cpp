#include "models/core/performance_counters.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/core/cpuid.h"
#include "models/fabric/unmodelled.h"

namespace apicsim {

namespace {

constexpr u64 mask_of(unsigned width) { return (u64{1} << width) - 1; }
constexpr unsigned fixed_status_bit = 32;

}  // namespace

PerformanceShape PerformanceShape::of(const CpuModel& model) {
  PerformanceShape shape;
  const CpuidResult leaf = cpuid_of_model(model, 0xA, 0);
  const bool exists = cpuid_of_model(model, 0, 0).eax >= 0xA;
  if (!exists || bits(leaf.eax, 7, 0) == 0) return shape;
  shape.version = static_cast<unsigned>(bits(leaf.eax, 7, 0));
  shape.general = static_cast<unsigned>(
      std::min<u64>(bits(leaf.eax, 15, 8), PerformanceCounters::most_general));
  shape.general_width = static_cast<unsigned>(std::clamp<u64>(bits(leaf.eax, 23, 16), 32, 63));
  const auto listed = static_cast<unsigned>(std::min<u64>(bits(leaf.eax, 31, 24), 32));
  shape.absent_events = leaf.ebx | ~u64{0} << listed;
  if (shape.version >= 2) {
    shape.fixed =
        static_cast<unsigned>(std::min<u64>(bits(leaf.edx, 4, 0), PerformanceCounters::most_fixed));
    shape.fixed_width = static_cast<unsigned>(std::clamp<u64>(bits(leaf.edx, 12, 5), 32, 63));
  }
  const bool capabilities = bit(cpuid_of_model(model, 1, 0).ecx, 15);
  shape.full_width_writes = capabilities && (model.perf_capabilities & perf_capability::full_width);
  return shape;
}

PerformanceCounters::PerformanceCounters(const CpuModel& model, unsigned width)
    : m_shape(PerformanceShape::of(model)), m_width(width) {
  reset();
}

/// Power-up: SDM Vol. 3 table 9-1; the general counters are enabled globally.
void PerformanceCounters::reset() {
  m_general = {};
  m_fixed = {};
  m_select = {};
  m_fixed_control = m_status = 0;
  m_global_control = (u64{1} << m_shape.general) - 1;
  m_freeze_on_interrupt = m_freeze_due = m_interrupt_due = false;
  configure();
}

// --- counting -----------------------------------------------------------------------------------

void PerformanceCounters::advance(const EventTotals& totals, bool user, bool frozen) {
  if (m_counting && !frozen) {
    const auto grown = [&](const Counter& c) {
      const auto kind = static_cast<unsigned>(c.kind);
      return totals[kind] - m_last[kind];
    };
    for (unsigned n = 0; n < m_shape.general; ++n)
      if (m_general[n].active && at_level(m_general[n], user))
        add(m_general[n], grown(m_general[n]), m_shape.general_width, n);
    for (unsigned n = 0; n < m_shape.fixed; ++n)
      if (m_fixed[n].active && at_level(m_fixed[n], user))
        add(m_fixed[n], grown(m_fixed[n]), m_shape.fixed_width, fixed_status_bit + n);
  }
  m_last = totals;
  if (m_freeze_due) freeze();
}

void PerformanceCounters::add(Counter& counter, u64 amount, unsigned width, unsigned status_bit) {
  const u64 sum = counter.value + amount;
  counter.value = sum & mask_of(width);
  if (sum != counter.value) overflowed(counter, status_bit);
}

/// The interrupt of a version-1 processor has no status register to tell by.
void PerformanceCounters::overflowed(const Counter& counter, unsigned status_bit) {
  if (m_shape.version >= 2) m_status |= u64{1} << status_bit;
  if (!counter.interrupt) return;
  m_interrupt_due = true;
  m_freeze_due = m_freeze_on_interrupt && m_shape.version >= 2;
}

void PerformanceCounters::freeze() {
  m_freeze_due = false;
  m_global_control = 0;
  configure();
}

u64 PerformanceCounters::until_overflow(Counted kind, bool user) const {
  u64 least = ~u64{0};
  const auto ask = [&](const Counter& c, unsigned width) {
    if (c.active && c.interrupt && c.kind == kind && at_level(c, user))
      least = std::min(least, mask_of(width) - c.value + 1);
  };
  for (unsigned n = 0; n < m_shape.general; ++n) ask(m_general[n], m_shape.general_width);
  for (unsigned n = 0; n < m_shape.fixed; ++n) ask(m_fixed[n], m_shape.fixed_width);
  return least;
}

// --- registers ----------------------------------------------------------------------------------

/// SDM Vol. 3 §18.2.3: the upper bits become copies of bit 31.
bool PerformanceCounters::write_general(unsigned n, u64 value) {
  const u64 extended = static_cast<u64>(static_cast<i64>(static_cast<i32>(value)));
  m_general[n].value = extended & mask_of(m_shape.general_width);
  return true;
}

/// §18.2.6: through IA32_A_PMCx all bits of the counter can be written.
bool PerformanceCounters::write_general_full(unsigned n, u64 value) {
  if (value & ~mask_of(m_shape.general_width)) return false;
  m_general[n].value = value;
  return true;
}

bool PerformanceCounters::write_fixed(unsigned n, u64 value) {
  if (value & ~mask_of(m_shape.fixed_width)) return false;
  m_fixed[n].value = value;
  return true;
}

bool PerformanceCounters::write_event_select(unsigned n, u64 value) {
  const u64 reserved = ~u64{0xFFFFFFFF} | (m_shape.version < 3 ? event_select::any_thread : 0);
  if (value & reserved) return false;
  Counter probe;
  if (value & event_select::enable) choose_event(value, probe);
  m_select[n] = value;
  configure();
  return true;
}

bool PerformanceCounters::write_fixed_control(u64 value) {
  using namespace fixed_control;
  const u64 field = system | user | interrupt | (m_shape.version >= 3 ? any_thread : 0);
  u64 known = 0;
  for (unsigned n = 0; n < m_shape.fixed; ++n) known |= field << 4 * n;
  if (value & ~known) return false;
  constexpr u64 any_of_all = any_thread * 0x111;
  if ((value & any_of_all) && m_shares_core)
    throw Unmodelled(fmt::format(
        "IA32_FIXED_CTR_CTRL {:#x}: counting both threads of a core (AnyThread) is not modelled",
        value));
  m_fixed_control = value;
  configure();
  return true;
}

bool PerformanceCounters::write_global_control(u64 value) {
  if (value & ~m_shape.counters_mask()) return false;
  m_global_control = value;
  configure();
  return true;
}

/// IA32_PERF_GLOBAL_OVF_CTRL: counters, OvfUncore (61), OvfBuf (62), CondChgd (63), of which the
/// last three are never set.
bool PerformanceCounters::clear_status(u64 bits) {
  constexpr u64 never_set = u64{7} << 61;
  if (bits & ~(m_shape.counters_mask() | never_set)) return false;
  m_status &= ~bits;
  return true;
}

// --- configuration ------------------------------------------------------------------------------

/// Version 1 has no global control (§18.2.1).
bool PerformanceCounters::globally_enabled(unsigned bit_number) const {
  return m_shape.version < 2 || bit(m_global_control, bit_number);
}

void PerformanceCounters::configure() {
  for (unsigned n = 0; n < m_shape.general; ++n) configure_general(n);
  for (unsigned n = 0; n < m_shape.fixed; ++n) configure_fixed(n);
  m_counting = false;
  m_kinds = {};
  const auto note = [this](const Counter& c) {
    m_counting |= c.active;
    if (c.active) m_kinds[static_cast<unsigned>(c.kind)] = true;
  };
  for (const Counter& c : m_general) note(c);
  for (const Counter& c : m_fixed) note(c);
}

void PerformanceCounters::configure_general(unsigned n) {
  Counter& c = m_general[n];
  const u64 select = m_select[n];
  c.user = select & event_select::user;
  c.system = select & event_select::system;
  c.interrupt = select & event_select::interrupt;
  c.active = (select & event_select::enable) && globally_enabled(n) && (c.user || c.system) &&
             choose_event(select, c);
}

void PerformanceCounters::configure_fixed(unsigned n) {
  Counter& c = m_fixed[n];
  const u64 control = m_fixed_control >> 4 * n;
  c.kind = fixed_events[n];
  c.system = control & fixed_control::system;
  c.user = control & fixed_control::user;
  c.interrupt = control & fixed_control::interrupt;
  c.active = globally_enabled(fixed_status_bit + n) && (c.user || c.system);
}

const ArchitecturalEvent* PerformanceCounters::find_event(u64 select) const {
  for (const ArchitecturalEvent& event : architectural_events)
    if (event.select == bits(select, 7, 0) && event.umask == bits(select, 15, 8)) return &event;
  return nullptr;
}

/// The event of a general counter; false: it counts nothing, as the processor does not have it.
bool PerformanceCounters::choose_event(u64 select, Counter& counter) const {
  const ArchitecturalEvent* event = find_event(select);
  if (event == nullptr)
    throw Unmodelled(fmt::format("performance event {:#04x}, unit mask {:#04x}, is not modelled",
                                 bits(select, 7, 0), bits(select, 15, 8)));
  if (bit(m_shape.absent_events, event->absent_bit)) return false;
  if ((select & event_select::any_thread) && m_shares_core)
    throw Unmodelled(fmt::format(
        "performance event {}: counting both threads of a core (AnyThread) is not modelled",
        event->name));
  return apply_threshold(select, *event, counter);
}

/// Counter mask, INV and edge detection (§18.2.1.1): cycles in which the event happens at least so
/// often, or not. Known without a look at single cycles are the extremes: more than ever happens,
/// and once where more than once cannot be.
bool PerformanceCounters::apply_threshold(u64 select, const ArchitecturalEvent& event,
                                          Counter& counter) const {
  counter.kind = event.kind;
  const u64 threshold = bits(select, 31, event_select::threshold_shift);
  const bool invert = select & event_select::invert;
  if (threshold == 0 && !(select & event_select::edge)) return true;
  const bool of_clock = event.kind == Counted::core_cycles || event.kind == Counted::bus_cycles;
  const u64 most = of_clock ? 1 : m_width;
  if (!(select & event_select::edge)) {
    if (threshold > most) {
      counter.kind = Counted::core_cycles;
      return invert;
    }
    if (threshold == 1 && most == 1 && !invert) return true;
  }
  throw Unmodelled(fmt::format("performance event {}: counter mask {}{}{} is not modelled",
                               event.name, threshold, invert ? ", inverted" : "",
                               select & event_select::edge ? ", edges only" : ""));
}

}  // namespace apicsim
