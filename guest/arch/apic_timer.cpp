#include "guest/arch/apic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/interrupt.h"
#include "guest/arch/irq_vectors.h"
#include "guest/arch/irqflags.h"
#include "guest/arch/msr.h"
#include "guest/arch/percpu.h"
#include "guest/idle/nohz.h"
#include "guest/kernel/jiffies.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/time.h"

namespace {

constexpr u32 kDivideBy1 = 0xb;  // SDM Vol. 3 §10.5.4, figure 10-10
bool use_deadline;
u32 ticks_per_jiffy;  // of the APIC timer

// Against the time stamp counter, which is known by now; a millisecond resolves to one part in ten
// thousand even at 25 MHz.
u32 measure_apic_timer() {
  IrqGuard no_interrupts;
  apic_write(kApicDivide, kDivideBy1);
  apic_write(kApicLvtTimer, kLvtMasked | kLocalTimerVector);
  apic_write(kApicInitialCount, 0xffffffff);
  const u32 first = apic_read(kApicCurrentCount);
  const u64 start = rdtsc();
  while (rdtsc() - start < tsc_khz) cpu_relax();
  const u32 second = apic_read(kApicCurrentCount);
  const u64 cycles = rdtsc() - start;
  apic_write(kApicInitialCount, 0);
  const u64 per_second = static_cast<u64>(first - second) * tsc_khz * 1000 / cycles;
  return static_cast<u32>((per_second + kHz / 2) / kHz);
}

void timer_interrupt(pt_regs*) {
  apic_eoi();
  tick_interrupt();
}

// Ticks of the APIC timer in so many cycles of the time stamp counter, rounded up so that the timer
// is never early.
u32 timer_ticks(u64 cycles) {
  const u64 period = cycles_per_jiffy();
  const u64 whole = cycles / period * ticks_per_jiffy;
  const u64 ticks = whole + (cycles % period * ticks_per_jiffy + period - 1) / period;
  return static_cast<u32>(min_of<u64>(ticks, 0xffffffff));
}

}  // namespace

void init_apic_timer() {
  set_system_vector(kLocalTimerVector, timer_interrupt);
  use_deadline = boot_cpu_data.tsc_deadline;
  start_jiffies();
  if (use_deadline)
    printk(msg::kTscDeadline);
  else
    ticks_per_jiffy = measure_apic_timer();
}

void setup_apic_timer() {
  if (use_deadline) {
    apic_write(kApicLvtTimer, kLvtTscDeadline | kLocalTimerVector);
    // The mode change must be seen before the first deadline is set (SDM Vol. 3 §10.5.4.1).
    asm volatile("mfence" : : : "memory");
  } else {
    apic_write(kApicDivide, kDivideBy1);
    apic_write(kApicLvtTimer, kLocalTimerVector);
  }
  tick_start();
}

void apic_timer_program(u64 event) {
  const bool none = event == kNoTimerEvent;
  if (use_deadline) {
    wrmsr(kMsrTscDeadline, none ? 0 : event);
    return;
  }
  const u64 now = rdtsc();
  const u32 ticks = event > now ? timer_ticks(event - now) : 1;
  apic_write(kApicInitialCount, none ? 0 : ticks);
}

u64 apic_timer_once(int vector, u64 cycles) {
  if (use_deadline) {
    apic_write(kApicLvtTimer, kLvtTscDeadline | static_cast<u32>(vector));
    const u64 due = rdtsc() + cycles;
    wrmsr(kMsrTscDeadline, due);
    return due;
  }
  const u64 ticks = cycles * ticks_per_jiffy / cycles_per_jiffy();
  apic_write(kApicLvtTimer, static_cast<u32>(vector));
  const u64 start = rdtsc();
  apic_write(kApicInitialCount, static_cast<u32>(ticks));
  return start + ticks * cycles_per_jiffy() / ticks_per_jiffy;
}
