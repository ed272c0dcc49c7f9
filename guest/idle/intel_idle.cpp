// The driver of MWAIT states on this machine: drivers/idle/intel_idle.c.
#include "guest/idle/intel_idle.h"

#include "guest/arch/cpu.h"
#include "guest/arch/msr.h"
#include "guest/idle/broadcast.h"
#include "guest/idle/mwait.h"
#include "guest/mm/kernel_map.h"
#include "guest/sched/smp.h"

namespace {

constexpr u64 kC1ePromotion = 1u << 1;

IdleDriver driver;
IntelIdleChoice choice;

void enter(const IdleState& state) {
  // What runs next may not rely on the TLB that the state loses (leave_mm()).
  if (state.tlb_flushed && read_cr3() != kernel_cr3()) write_cr3(kernel_cr3());
  const bool stops = timer_stops(choice, state);
  if (stops) broadcast_enter();
  mwait_until_resched(state.hint, true);
  if (stops) broadcast_exit();
}

IdleProcessor this_processor() {
  IdleProcessor processor = {};
  processor.vendor = boot_cpu_data.vendor;
  processor.family = boot_cpu_data.family;
  processor.model = boot_cpu_data.model;
  processor.mwait = boot_cpu_data.mwait;
  processor.arat = boot_cpu_data.arat;
  processor.max_leaf = cpuid(0).eax;
  processor.online = num_online_cpus();
  if (processor.max_leaf >= 5) {
    const CpuidResult leaf = cpuid(5);
    processor.mwait_ecx = leaf.ecx;
    processor.mwait_edx = leaf.edx;
  }
  return processor;
}

void set_up_this_cpu(void*) {
  const IntelIdleModel& model = *choice.model;
  if (model.auto_demotion != 0)
    wrmsr(kMsrPackageCstConfig, rdmsr(kMsrPackageCstConfig) & ~model.auto_demotion);
  if (model.no_c1e_promotion) wrmsr(kMsrPowerControl, rdmsr(kMsrPowerControl) & ~kC1ePromotion);
}

}  // namespace

const IdleDriver* intel_idle_init() {
  if (!intel_idle_choose(this_processor(), idle_options(), broadcast_init, &choice)) return nullptr;
  driver.name = "intel_idle";
  driver.enter = enter;
  driver.count = choice.count;
  for (int i = 0; i < choice.count; ++i) driver.states[i] = choice.states[i];
  on_each_cpu(set_up_this_cpu, nullptr, true);
  return &driver;
}
