#include "guest/arch/apic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/interrupt.h"
#include "guest/arch/irq_vectors.h"
#include "guest/arch/irqflags.h"
#include "guest/arch/msr.h"
#include "guest/arch/percpu.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/time.h"
#include "guest/sched/tick.h"

namespace {

constexpr u32 kDivideBy1 = 0xb;  // SDM Vol. 3 §10.5.4, figure 10-10
bool use_deadline;
u32 ticks_per_jiffy;  // of the APIC timer
u64 cycles_per_jiffy;

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

}  // namespace

DEFINE_PER_CPU(u64, next_deadline);

namespace {

void timer_interrupt(pt_regs*) {
  apic_eoi();
  apic_timer_rearm();
  tick();
}

}  // namespace

void init_apic_timer() {
  set_system_vector(kLocalTimerVector, timer_interrupt);
  use_deadline = boot_cpu_data.tsc_deadline;
  cycles_per_jiffy = static_cast<u64>(tsc_khz) * 1000 / kHz;
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
    const u64 deadline = rdtsc() + cycles_per_jiffy;
    this_cpu_write(next_deadline, deadline);
    wrmsr(kMsrTscDeadline, deadline);
    return;
  }
  apic_write(kApicDivide, kDivideBy1);
  apic_write(kApicLvtTimer, kLvtPeriodic | kLocalTimerVector);
  apic_write(kApicInitialCount, ticks_per_jiffy);
}

u64 apic_timer_once(int vector, u64 cycles) {
  if (use_deadline) {
    apic_write(kApicLvtTimer, kLvtTscDeadline | static_cast<u32>(vector));
    const u64 due = rdtsc() + cycles;
    wrmsr(kMsrTscDeadline, due);
    return due;
  }
  const u64 ticks = cycles * ticks_per_jiffy / cycles_per_jiffy;
  apic_write(kApicLvtTimer, static_cast<u32>(vector));
  const u64 start = rdtsc();
  apic_write(kApicInitialCount, static_cast<u32>(ticks));
  return start + ticks * cycles_per_jiffy / ticks_per_jiffy;
}

void apic_timer_rearm() {
  if (!use_deadline) return;
  u64 deadline = this_cpu_read(next_deadline) + cycles_per_jiffy;
  // After a long stretch with interrupts off the lost ticks are not made up for.
  const u64 now = rdtsc();
  if (deadline <= now) deadline = now + cycles_per_jiffy;
  this_cpu_write(next_deadline, deadline);
  wrmsr(kMsrTscDeadline, deadline);
}
