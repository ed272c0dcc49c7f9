// Which MWAIT states an idle CPU may use: drivers/idle/intel_idle.c.
#include "guest/idle/intel_idle.h"

#include "guest/arch/atomic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/msr.h"
#include "guest/arch/percpu.h"
#include "guest/idle/idle_options.h"
#include "guest/idle/mwait.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/release.h"
#include "guest/lib/string.h"
#include "guest/mm/kernel_map.h"
#include "guest/sched/smp.h"
#include "guest/sched/task.h"

namespace {

constexpr u32 kMwaitLeaf = 5;
constexpr u32 kMwaitExtensions = 1u << 0, kMwaitInterruptBreak = 1u << 1;  // CPUID.5:ECX
constexpr u32 kAlwaysReliable = ~0u;
constexpr u64 kC1ePromotion = 1u << 1;

IdleDriver driver;
const IntelIdleModel* model;
u32 substates;  // CPUID.5:EDX
// Bit N: the local APIC timer runs in MWAIT C-state N; C1 for all (LAPIC_TIMER_ALWAYS_RELIABLE).
u32 reliable_states = 1u << 1;

u32 cstate_of(u8 hint) { return (hint >> 4) + 1u; }

void enter(const IdleState& state) {
  // What runs next may not rely on the TLB that the state loses (leave_mm()).
  if (state.tlb_flushed && read_cr3() != kernel_cr3()) write_cr3(kernel_cr3());
  mwait_until_resched(state.hint, true);
}

bool timer_stops(const IdleState& state) {
  return (reliable_states >> cstate_of(state.hint) & 1) == 0;
}

const IntelIdleModel* find_model() {
  if (strcmp(boot_cpu_data.vendor, "GenuineIntel") != 0 || boot_cpu_data.family != 6)
    return nullptr;
  for (int i = 0; i < intel_idle_model_count; ++i) {
    if (intel_idle_models[i].model == boot_cpu_data.model) return &intel_idle_models[i];
  }
  printk(msg::kIntelIdleUnknown, boot_cpu_data.family, boot_cpu_data.model);
  return nullptr;
}

bool probe() {
  if (idle_options().intel_max_cstate == 0) {
    printk(msg::kIntelIdleDisabled);
    return false;
  }
  // A processor without MWAIT is none that the driver's table of processors matches.
  if (!boot_cpu_data.mwait) return false;
  model = find_model();
  if (model == nullptr || cpuid(0).eax < kMwaitLeaf) return false;
  const CpuidResult leaf = cpuid(kMwaitLeaf);
  substates = leaf.edx;
  const u32 wanted = kMwaitExtensions | kMwaitInterruptBreak;
  if ((leaf.ecx & wanted) != wanted || substates == 0) return false;
  printk(msg::kIntelIdleSubstates, substates);
  if (boot_cpu_data.arat) reliable_states = kAlwaysReliable;
  printk(msg::kIntelIdleVersion, boot_cpu_data.model);
  printk(msg::kIntelIdleReliable, reliable_states);
  return true;
}

// 3.2 asks whether the C-state has any sub-state, 3.13 whether it has this one.
bool enumerated(const IdleState& state) {
  const u32 available = substates >> (4 * cstate_of(state.hint)) & 0xf;
  if (release::is_3_2) return available != 0;
  return available > (state.hint & 0xfu);
}

// Once for the driver and once for each CPU's device (intel_idle_cpu_init()).
void report_limit(int limit) {
  for (int i = 0; i <= num_online_cpus(); ++i) printk(msg::kIntelIdleLimit, limit);
}

// The states up to the limit; those that the processor does not enumerate are left out but counted.
void choose_states() {
  driver.name = "intel_idle";
  driver.enter = enter;
  driver.states[0] = {"POLL", "CPUIDLE CORE POLL IDLE", 0, false, 0, 0};
  driver.count = 1;
  const int limit = idle_options().intel_max_cstate;
  for (int i = 0; model->states[i].name != nullptr && driver.count < kMaxIdleStates; ++i) {
    if (i + 1 > limit) {
      report_limit(limit);
      return;
    }
    if (enumerated(model->states[i]) && !timer_stops(model->states[i]))
      driver.states[driver.count++] = model->states[i];
  }
}

void set_up_this_cpu(void*) {
  if (model->auto_demotion != 0)
    wrmsr(kMsrPackageCstConfig, rdmsr(kMsrPackageCstConfig) & ~model->auto_demotion);
  if (model->no_c1e_promotion) wrmsr(kMsrPowerControl, rdmsr(kMsrPowerControl) & ~kC1ePromotion);
}

}  // namespace

const IdleDriver* intel_idle_init() {
  if (idle_options().override_choice != IdleOverride::kNone || !probe()) return nullptr;
  choose_states();
  on_each_cpu(set_up_this_cpu, nullptr, true);
  return &driver;
}
