#include "models/apic/local_apic.h"

#include <algorithm>

namespace apicsim {

using namespace lapic;

LocalApicCounters& LocalApicCounters::operator+=(const LocalApicCounters& other) {
  using Counter = std::uint64_t LocalApicCounters::*;
  using C = LocalApicCounters;
  constexpr Counter all[] = {&C::received,
                             &C::local,
                             &C::accepted,
                             &C::merged,
                             &C::disabled,
                             &C::illegal,
                             &C::discarded,
                             &C::acknowledged,
                             &C::forgotten,
                             &C::software_disabled,
                             &C::spurious,
                             &C::nmi,
                             &C::smi,
                             &C::init,
                             &C::start_up,
                             &C::ext_int,
                             &C::timer,
                             &C::errors,
                             &C::end_of_interrupt};
  static_assert(sizeof(C) == sizeof(std::uint64_t) * (sizeof(all) / sizeof(all[0])),
                "every counter is added");
  for (const Counter counter : all) this->*counter += other.*counter;
  return *this;
}

LocalApic::LocalApic(const LocalApicConfig& config, InterruptSink& fabric,
                     AttentionListener& listener)
    : m_timer(config.timer, config.tsc), m_config(config), m_fabric(fabric), m_listener(listener) {
  reset();
}

void LocalApic::take_next_event() {
  const Cycle arrival = m_arrivals.next();
  const Cycle expiry = timer_event();
  if (arrival <= expiry) {
    take(m_arrivals.pop(), arrival);
  } else {
    m_timer.expire();
    ++m_counters.timer;
    deliver_lvt(reg::lvt_timer, expiry);
  }
  schedule();
}

void LocalApic::schedule() {
  const Cycle before = m_next_event;
  m_next_event = std::min(m_arrivals.next(), timer_event());
  if (m_next_event < before) m_listener.attention(m_config.cpu, m_next_event);
}

void LocalApic::stop_timer(Cycle from) {
  m_timer.hold(from);
  schedule();
}

void LocalApic::resume_timer(Cycle at) {
  m_timer.release(at);
  schedule();
}

void LocalApic::set_tsc_offset(std::uint64_t offset, Cycle now) {
  advance(now);
  m_timer.set_tsc_offset(offset, now);
  schedule();
}

}  // namespace apicsim
