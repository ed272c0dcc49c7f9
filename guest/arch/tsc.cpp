#include "guest/acpi/acpi.h"
#include "guest/arch/cpu.h"
#include "guest/arch/io.h"
#include "guest/arch/irqflags.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/time.h"
#include "guest/kernel/timekeeping.h"
#include "guest/sched/task.h"

namespace {

constexpr u64 kPmTimerHz = 3579545;  // ACPI §4.8.3.3
constexpr u64 kPitHz = 1193182;
constexpr u32 kPmTicks = 35796;   // 10 ms
constexpr u16 kPitTicks = 11932;  // 10 ms

// Time stamp and reading of the PM timer just after it moved on.
struct Sample {
  u64 tsc;
  u32 count;
};

bool sample_edge(u16 port, u32 mask, Sample* sample) {
  const u32 before = inl(port) & mask;
  for (int i = 0; i < 100000; ++i) {
    const u32 now = inl(port) & mask;
    if (now == before) continue;
    *sample = {rdtsc(), now};
    return true;
  }
  return false;
}

u32 rate(u64 cycles, u64 ticks, u64 ticks_hz) {
  // kHz, rounded; 10 ms of cycles times 3.6 MHz stays far below 2^64.
  const u64 divisor = ticks * 1000;
  return static_cast<u32>((cycles * ticks_hz + divisor / 2) / divisor);
}

u32 calibrate_by_pm_timer() {
  const u16 port = acpi_pm_timer_port();
  if (port == 0) return 0;
  const u32 mask = acpi_pm_timer_32bit() ? 0xffffffff : 0x00ffffff;
  Sample start;
  if (!sample_edge(port, mask, &start)) return 0;
  for (;;) {
    const u32 now = inl(port) & mask;
    const u64 tsc = rdtsc();
    const u32 ticks = (now - start.count) & mask;
    if (ticks >= kPmTicks) return rate(tsc - start.tsc, ticks, kPmTimerHz);
  }
}

// Channel 2 in mode 0 raises its output, bit 5 of port 0x61, when it has counted down.
u32 calibrate_by_pit() {
  constexpr u16 kControl = 0x61, kMode = 0x43, kChannel2 = 0x42;
  outb(static_cast<u8>((inb(kControl) & ~0x02) | 0x01), kControl);
  outb(0xb0, kMode);
  outb(kPitTicks & 0xff, kChannel2);
  outb(kPitTicks >> 8, kChannel2);
  const u64 start = rdtsc();
  // A port that nobody answers reads as ready at once; one that never gets ready is given up.
  constexpr int kFewestPolls = 10, kMostPolls = 20000000;
  for (int i = 0; i < kMostPolls; ++i) {
    if ((inb(kControl) & 0x20) == 0) continue;
    return i < kFewestPolls ? 0 : rate(rdtsc() - start, kPitTicks, kPitHz);
  }
  return 0;
}

}  // namespace

u32 calibrate_tsc() {
  IrqGuard no_interrupts;
  u32 khz = calibrate_by_pm_timer();
  if (khz != 0) {
    printk(msg::kTscReference, "PMTIMER");
  } else {
    khz = calibrate_by_pit();
    if (khz == 0) {
      printk(msg::kTscNoReference);
      return 0;
    }
    printk(msg::kTscByPit);
  }
  printk(msg::kTscDetected, static_cast<unsigned long>(khz / 1000),
         static_cast<unsigned long>(khz % 1000));
  return khz;
}

void udelay(u64 microseconds) {
  const u64 start = rdtsc();
  const u64 cycles = microseconds * tsc_khz / 1000;
  while (rdtsc() - start < cycles) cpu_relax();
}
