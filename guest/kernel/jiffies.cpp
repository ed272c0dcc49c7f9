#include "guest/kernel/jiffies.h"

#include "guest/arch/atomic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/spinlock.h"
#include "guest/kernel/time.h"

u64 jiffies;

namespace {

u64 tsc_at_start;
u64 period;
SpinLock lock;

}  // namespace

void start_jiffies() {
  period = static_cast<u64>(tsc_khz) * 1000 / kHz;
  tsc_at_start = rdtsc();
}

void update_jiffies() {
  if (period == 0) return;
  SpinLockIrqGuard guard(lock);
  const u64 now = (rdtsc() - tsc_at_start) / period;
  if (now > jiffies) write_once(jiffies, now);
}

u64 tsc_of_jiffy(u64 number) { return tsc_at_start + number * period; }
u64 cycles_per_jiffy() { return period; }
