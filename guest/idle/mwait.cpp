#include "guest/idle/mwait.h"

#include "guest/arch/atomic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/irqflags.h"
#include "guest/arch/percpu.h"
#include "guest/sched/task.h"

namespace {

ALWAYS_INLINE void monitor(const void* line) {
  asm volatile("monitor" : : "a"(line), "c"(0), "d"(0) : "memory");
}
ALWAYS_INLINE void mwait(u32 hint, u32 extensions) {
  asm volatile("mwait" : : "a"(hint), "c"(extensions) : "memory");
}
// STI holds interrupts off for one more instruction (SDM Vol. 2, STI).
ALWAYS_INLINE void enable_and_mwait(u32 hint) {
  asm volatile("sti\n\tmwait" : : "a"(hint), "c"(0) : "memory");
}

// Who stores to `needed` first and then sees `polling` sends no interrupt.
void set_polling(ReschedWord* word, bool polling) {
  write_once(word->polling, u8{polling});
  smp_mb();
}

}  // namespace

void mwait_until_resched(u8 hint, bool break_on_interrupt) {
  ReschedWord* word = this_cpu_ptr(&need_resched_flag);
  set_polling(word, true);
  if (!need_resched()) {
    monitor(word);
    smp_mb();
    if (!need_resched()) {
      if (break_on_interrupt)
        mwait(hint, 1);
      else
        enable_and_mwait(hint);
    }
  }
  set_polling(word, false);
}

void poll_until_resched() {
  ReschedWord* word = this_cpu_ptr(&need_resched_flag);
  set_polling(word, true);
  local_irq_enable();
  while (!need_resched()) cpu_relax();
  set_polling(word, false);
}
