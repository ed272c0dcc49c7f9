#include "guest/idle/nohz.h"

#include "guest/arch/apic.h"
#include "guest/arch/atomic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/percpu.h"
#include "guest/idle/idle_options.h"
#include "guest/kernel/jiffies.h"
#include "guest/kernel/time.h"
#include "guest/kernel/timekeeping.h"
#include "guest/sched/tick.h"

namespace {

struct Tick {
  u64 next;        // of the tick, also while it is stopped
  u64 programmed;  // what the timer is set to
  bool stopped;
};

constexpr int kNobody = -1;
// Which CPU's tick keeps jiffies (tick_do_timer_cpu); nobody's while that one sleeps.
int keeper;

}  // namespace

DEFINE_PER_CPU(Tick, this_tick);

namespace {

void program(Tick* tick, u64 event) {
  tick->programmed = event;
  apic_timer_program(event);
}

// The first multiple of the period that is still to come; ticks that were missed are not made up.
void forward(Tick* tick) {
  const u64 now = rdtsc();
  if (tick->next > now) return;
  const u64 period = cycles_per_jiffy();
  tick->next += ((now - tick->next) / period + 1) * period;
}

void keep_jiffies() {
  const int self = smp_processor_id();
  if (read_once(keeper) == kNobody) atomic_cmpxchg(keeper, kNobody, self);
  if (read_once(keeper) == self) update_jiffies();
}

}  // namespace

void tick_start() {
  Tick* tick = this_cpu_ptr(&this_tick);
  tick->next = rdtsc() + cycles_per_jiffy();
  tick->stopped = false;
  program(tick, tick->next);
}

void tick_interrupt() {
  Tick* tick = this_cpu_ptr(&this_tick);
  if (tick->stopped) {
    tick->programmed = kNoTimerEvent;
    update_jiffies();
    run_tick();
    return;
  }
  keep_jiffies();
  run_tick();
  forward(tick);
  program(tick, tick->next);
}

void nohz_stop_tick() {
  Tick* tick = this_cpu_ptr(&this_tick);
  if (!idle_options().nohz || tick->next == 0) return;
  if (tick->stopped) update_jiffies();
  const u64 due = first_sleeper();
  if (due != kNoSleeper && due <= read_once(jiffies) + 1) {
    nohz_restart_tick();
    return;
  }
  if (!tick->stopped) {
    tick->stopped = true;
    atomic_cmpxchg(keeper, smp_processor_id(), kNobody);
  }
  const u64 event = due == kNoSleeper ? kNoTimerEvent : tsc_of_jiffy(due);
  if (event != tick->programmed) program(tick, event);
}

void nohz_restart_tick() {
  Tick* tick = this_cpu_ptr(&this_tick);
  if (!tick->stopped) return;
  tick->stopped = false;
  update_jiffies();
  forward(tick);
  program(tick, tick->next);
}

u64 next_timer_event() { return this_cpu_ptr(&this_tick)->programmed; }

u64 nohz_sleep_length_ns() {
  const u64 event = next_timer_event();
  const u64 now = rdtsc();
  if (event == kNoTimerEvent) return kNoTimerEvent;
  return event > now ? tsc_to_ns(event - now) : 0;
}
