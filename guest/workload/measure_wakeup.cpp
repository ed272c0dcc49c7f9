// How long a sleeping thread on an idle CPU takes to run: what C-states cost.
#include "guest/arch/atomic.h"
#include "guest/sched/task.h"
#include "guest/workload/measure.h"

namespace {

constexpr u32 kLongestPause = 10;  // milliseconds
constexpr u64 kPatience = 1u << 24;

/// On the page that the CPUs share.
struct WakeUp {
  Completion go;
  u64 woken_at;  ///< TSC of the thread's first instruction
  u64 rounds;    ///< how often it has run
  u32 over;
};

WakeUp* wake_up_of(const Measurement& m) { return static_cast<WakeUp*>(m.shared()); }

/// 1 to kLongestPause, the same in every run.
u32 next_pause(u64* state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return 1 + static_cast<u32>((*state >> 33) % kLongestPause);
}

bool await_round(const WakeUp& wake_up, u64 before) {
  for (u64 i = 0; i < kPatience; ++i) {
    if (load_acquire(wake_up.rounds) != before) return true;
    cpu_relax();
  }
  return false;
}

/// The CPU that answers idles for the pause; then its thread is woken.
void take_wake_up(Measurement& m) {
  WakeUp* wake_up = wake_up_of(m);
  u64 random = 1;
  for (u64 i = 0; i < m.count(); ++i) {
    msleep(next_pause(&random));
    const u64 before = load_acquire(wake_up->rounds);
    const u64 start = tsc_begin();
    complete(&wake_up->go);
    if (!await_round(*wake_up, before)) {
      m.fail("the thread did not wake up");
      break;
    }
    m.add(wake_up->woken_at - start);
  }
  store_release(wake_up->over, 1u);
  complete(&wake_up->go);
}

void serve_wake_up(Measurement& m) {
  if (m.cpu() != m.partner()) return;
  WakeUp* wake_up = wake_up_of(m);
  for (;;) {
    wait_for_completion(&wake_up->go);
    const u64 now = tsc_begin();
    if (load_acquire(wake_up->over) != 0) return;
    wake_up->woken_at = now;
    store_release(wake_up->rounds, wake_up->rounds + 1);
  }
}

MEASURE_ROWS const MeasureRow wake_up_rows[] = {
    {"wake-up", take_wake_up, 1, Partners::socket, serve_wake_up},
    {"wake-up-sibling", take_wake_up, 1, Partners::sibling, serve_wake_up},
    {"wake-up-cross", take_wake_up, 1, Partners::cross, serve_wake_up},
};

}  // namespace
