#include "guest/idle/broadcast.h"

#include "guest/acpi/acpi.h"
#include "guest/arch/apic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/interrupt.h"
#include "guest/arch/io.h"
#include "guest/arch/ioapic.h"
#include "guest/arch/irq_vectors.h"
#include "guest/arch/percpu.h"
#include "guest/arch/spinlock.h"
#include "guest/idle/nohz.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/timekeeping.h"
#include "guest/mm/kernel_map.h"

namespace {

// IA-PC HPET specification 1.0a §2.3: general registers, then timer 0.
constexpr u32 kPeriod = 0x004, kCapabilities = 0x000, kConfiguration = 0x010, kCounter = 0x0f0;
constexpr u32 kTimerConfiguration = 0x100, kComparator = 0x108;
constexpr u32 kLegacyCapable = 1u << 15;
constexpr u32 kEnable = 1u << 0, kLegacyReplacement = 1u << 1;
constexpr u32 kInterruptEnable = 1u << 2, kForce32 = 1u << 8;
constexpr u64 kFemtosecondsPerNs = 1000000;

constexpr u64 kShortest = 2000;      // ns: the comparator must be written before it is met
constexpr u64 kLongest = 100000000;  // ns; what is due later is looked at again
constexpr int kBroadcastCpu = 0;

volatile u8* hpet;
u32 period_fs;
SpinLock lock;
u64 events[kMaxCpus];  // reading of the time stamp counter; kNoTimerEvent: not handed over

u32 read_hpet(u32 reg) { return readl(hpet + reg); }
void write_hpet(u32 reg, u32 value) { writel(value, hpet + reg); }

u64 first_event() {
  u64 first = kNoTimerEvent;
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) first = min_of(first, events[cpu]);
  return first;
}

void program(u64 event) {
  if (event == kNoTimerEvent) return;
  const u64 now = rdtsc();
  const u64 ns = event > now ? min_of(tsc_to_ns(event - now), kLongest) : 0;
  const u32 ticks = static_cast<u32>(max_of(ns, kShortest) * kFemtosecondsPerNs / period_fs + 1);
  write_hpet(kComparator, read_hpet(kCounter) + ticks);
}

// Passes on the events that are due; true if one of them is this CPU's.
bool pass_on() {
  const SpinLockIrqGuard guard(lock);
  const u64 now = rdtsc();
  bool own = false;
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) {
    if (events[cpu] > now) continue;
    events[cpu] = kNoTimerEvent;
    if (cpu == smp_processor_id())
      own = true;
    else
      apic_send_ipi(cpu_physical_id(cpu), kLocalTimerVector);
  }
  program(first_event());
  return own;
}

void hpet_interrupt(pt_regs*) {
  apic_eoi();
  if (pass_on()) tick_interrupt();
}

bool map_hpet() {
  const AcpiHeader* header = acpi_find_table("HPET");
  if (header == nullptr || header->length < sizeof(AcpiHpet)) return false;
  const auto& table = *reinterpret_cast<const AcpiHpet*>(header);
  hpet = static_cast<volatile u8*>(ioremap(table.address.address, 0x400));
  if (hpet == nullptr || (read_hpet(kCapabilities) & kLegacyCapable) == 0) return false;
  period_fs = read_hpet(kPeriod);
  return period_fs != 0 && period_fs != ~0u;
}

}  // namespace

bool broadcast_init() {
  if (!map_hpet() || !route_isa_irq(0, kBroadcastCpu, kIrq0Vector)) return false;
  for (u64& event : events) event = kNoTimerEvent;
  set_system_vector(kIrq0Vector, hpet_interrupt);
  write_hpet(kConfiguration, 0);
  write_hpet(kTimerConfiguration, kInterruptEnable | kForce32);
  write_hpet(kConfiguration, kEnable | kLegacyReplacement);
  printk(msg::kHpetRegistered);
  return true;
}

void broadcast_enter() {
  const SpinLockIrqGuard guard(lock);
  const u64 event = next_timer_event();
  const bool first = event < first_event();
  events[smp_processor_id()] = event;
  apic_timer_program(kNoTimerEvent);
  if (first) program(event);
}

void broadcast_exit() {
  const SpinLockIrqGuard guard(lock);
  u64& event = events[smp_processor_id()];
  // One that was passed on already comes as an interrupt.
  if (event != kNoTimerEvent) apic_timer_program(event);
  event = kNoTimerEvent;
}
