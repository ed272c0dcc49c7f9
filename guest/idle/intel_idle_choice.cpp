// Which MWAIT states idle CPUs may use: intel_idle_probe() and intel_idle_cpuidle_driver_init() of
// drivers/idle/intel_idle.c.
#include "guest/idle/intel_idle.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/release.h"
#include "guest/lib/string.h"

namespace {

constexpr u32 kMwaitLeaf = 5;
constexpr u32 kMwaitExtensions = 1u << 0, kMwaitInterruptBreak = 1u << 1;  // CPUID.5:ECX
constexpr u32 kAlwaysReliable = ~0u;                                       // ARAT
constexpr u32 kReliableInC1 = 1u << 1;

bool is_family_6(const IdleProcessor& processor) {
  return strcmp(processor.vendor, "GenuineIntel") == 0 && processor.family == 6;
}

const IntelIdleModel* find_model(const IdleProcessor& processor) {
  // 3.13 matches processors that have MWAIT; to the others it says the same as to unknown ones.
  for (int i = 0; i < intel_idle_model_count && processor.mwait; ++i) {
    if (intel_idle_models[i].model == processor.model) return &intel_idle_models[i];
  }
  printk(msg::kIntelIdleUnknown, processor.family, processor.model);
  return nullptr;
}

bool mwait_suffices(const IdleProcessor& processor) {
  const u32 wanted = kMwaitExtensions | kMwaitInterruptBreak;
  if (processor.max_leaf < kMwaitLeaf) return false;
  return (processor.mwait_ecx & wanted) == wanted && processor.mwait_edx != 0;
}

// 3.2 looks at MWAIT first and at the model then, 3.13 the other way round.
const IntelIdleModel* probe(const IdleProcessor& processor) {
  if (!is_family_6(processor)) return nullptr;
  const IntelIdleModel* model = nullptr;
  if (!release::is_3_2) {
    model = find_model(processor);
    if (model == nullptr) return nullptr;
  }
  if (!processor.mwait || !mwait_suffices(processor)) return nullptr;
  printk(msg::kIntelIdleSubstates, processor.mwait_edx);
  return release::is_3_2 ? find_model(processor) : model;
}

// 3.2 asks whether the C-state has any sub-state, 3.13 whether it has this one.
bool enumerated(const IdleState& state, u32 substates) {
  const u32 available = substates >> (4 * mwait_cstate(state.hint)) & 0xf;
  if (release::is_3_2) return available != 0;
  return available > (state.hint & 0xfu);
}

// Once for the driver and once for the device of each CPU (intel_idle_cpu_init()).
void report_limit(int limit, int online) {
  for (int i = 0; i <= online; ++i) printk(msg::kIntelIdleLimit, limit);
}

// States that the processor does not enumerate are left out but count for the limit.
void choose_states(const IdleProcessor& processor, int limit, bool broadcast,
                   IntelIdleChoice* choice) {
  choice->states[0] = {"POLL", "CPUIDLE CORE POLL IDLE", 0, false, 0, 0};
  choice->count = 1;
  const IdleState* known = choice->model->states;
  for (int i = 0; known[i].name != nullptr && choice->count < kMaxIdleStates; ++i) {
    if (i + 1 > limit) return report_limit(limit, processor.online);
    if (!enumerated(known[i], processor.mwait_edx)) continue;
    if (timer_stops(*choice, known[i]) && !broadcast) continue;
    choice->states[choice->count++] = known[i];
  }
}

}  // namespace

bool intel_idle_choose(const IdleProcessor& processor, const IdleOptions& options,
                       bool (*broadcast)(), IntelIdleChoice* choice) {
  if (options.override_choice != IdleOverride::kNone) return false;
  if (options.intel_max_cstate == 0) {
    printk(msg::kIntelIdleDisabled);
    return false;
  }
  choice->model = probe(processor);
  if (choice->model == nullptr) return false;
  choice->reliable_states = processor.arat ? kAlwaysReliable : kReliableInC1;
  const bool stand_in = !processor.arat && broadcast();
  printk(msg::kIntelIdleVersion, processor.model);
  printk(msg::kIntelIdleReliable, choice->reliable_states);
  choose_states(processor, options.intel_max_cstate, stand_in, choice);
  return true;
}
