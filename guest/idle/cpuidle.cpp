// Which state an idle CPU enters, and how long it was there: drivers/cpuidle/cpuidle.c, the idle
// loop's part of arch/x86/kernel/process.c.
#include "guest/idle/cpuidle.h"

#include "guest/arch/atomic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/irqflags.h"
#include "guest/arch/percpu.h"
#include "guest/idle/idle_options.h"
#include "guest/idle/intel_idle.h"
#include "guest/idle/menu.h"
#include "guest/idle/mwait.h"
#include "guest/idle/nohz.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/release.h"
#include "guest/kernel/time.h"
#include "guest/lib/string.h"
#include "guest/sched/task.h"

namespace {

// No request for low latency: PM_QOS_CPU_DMA_LAT_DEFAULT_VALUE, microseconds.
constexpr u32 kLatencyLimit = 2000000000;

const IdleDriver* driver;
bool default_mwait;  // without a driver: MWAIT with hint 0 instead of HLT

struct StateUsage {
  u64 count;
  u64 time_us;
};
struct CpuUsage {
  StateUsage states[kMaxIdleStates];
};

}  // namespace

DEFINE_PER_CPU(MenuGovernor, menu_governor);
DEFINE_PER_CPU(CpuUsage, cpuidle_usage);

namespace {

u32 to_us(u64 ns) { return static_cast<u32>(min_of<u64>(ns / 1000, 0xffffffff)); }

void enter_state(int index) {
  const u64 start = sched_clock_ns();
  if (index == 0)
    poll_until_resched();
  else
    driver->enter(driver->states[index]);
  const u32 slept = to_us(sched_clock_ns() - start);
  local_irq_enable();
  StateUsage& usage = this_cpu_ptr(&cpuidle_usage)->states[index];
  ++usage.count;
  usage.time_us += slept;
  menu_reflect(this_cpu_ptr(&menu_governor), slept);
}

// 3.2 waits by MWAIT where C1 has it (mwait_usable()); 3.13 halts.
void choose_default() {
  const IdleOverride chosen = idle_options().override_choice;
  if (!release::is_3_2 || chosen == IdleOverride::kPoll || chosen == IdleOverride::kHalt) return;
  if (!boot_cpu_data.mwait || cpuid(0).eax < 5) return;
  const CpuidResult leaf = cpuid(5);
  default_mwait = (leaf.ecx & 1) == 0 || (leaf.edx & 0xf0) != 0;
  if (default_mwait) printk(msg::kUsingMwait);
}

void default_idle() {
  if (!default_mwait) {
    enable_and_halt();
    return;
  }
  mwait_until_resched(0, false);
  local_irq_enable();
}

// The states that were left at least once.
void show_cpu(int cpu) {
  char text[160];
  int length = 0;
  for (int i = 0; i < driver->count; ++i) {
    const StateUsage& usage = per_cpu(cpuidle_usage, cpu).states[i];
    const u64 count = read_once(usage.count);
    if (count == 0) continue;
    length += snprintf(text + length, sizeof(text) - static_cast<size_t>(length),
                       "%s %s %llu times %llu us", length == 0 ? "" : ",", driver->states[i].name,
                       static_cast<unsigned long long>(count),
                       static_cast<unsigned long long>(read_once(usage.time_us)));
  }
  if (length != 0) pr_info("cpuidle: CPU %d:%s\n", cpu, text);
}

}  // namespace

void cpuidle_init() {
  choose_default();
  if (idle_options().cpuidle_off) return;
  printk(msg::kUsingGovernor, "ladder");
  printk(msg::kUsingGovernor, "menu");
  write_once(driver, intel_idle_init());
}

void idle_wait() {
  if (idle_options().override_choice == IdleOverride::kPoll) {
    poll_until_resched();
    return;
  }
  const IdleDriver* now = read_once(driver);
  if (now == nullptr) {
    default_idle();
    return;
  }
  const int index = menu_select(this_cpu_ptr(&menu_governor), now->states, now->count,
                                to_us(nohz_sleep_length_ns()), kLatencyLimit);
  enter_state(index);
}

void cpuidle_show() {
  pr_info("cpuidle: driver %s\n", driver != nullptr ? driver->name : "none");
  if (driver == nullptr) return;
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) {
    if (cpu_online(cpu)) show_cpu(cpu);
  }
}
