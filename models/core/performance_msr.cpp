#include <fmt/format.h>

#include "models/core/cpu.h"
#include "models/core/msr_access.h"
#include "models/fabric/unmodelled.h"

namespace apicsim::msr_access {

namespace {

/// The counters as of `now`.
PerformanceCounters& current(Cpu& cpu, Cycle now) {
  cpu.count_up(now);
  return cpu.performance();
}

bool changed(Cpu& cpu, bool accepted) {
  if (accepted) cpu.counters_changed();
  return accepted;
}

}  // namespace

u64 read_counter(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now) {
  return current(cpu, now).general(index - spec.first);
}
bool write_counter(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now) {
  return current(cpu, now).write_general(index - spec.first, value);
}
bool write_full_counter(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now) {
  return current(cpu, now).write_general_full(index - spec.first, value);
}

u64 read_event_select(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle) {
  return cpu.performance().event_select(index - spec.first);
}
bool write_event_select(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now) {
  return changed(cpu, current(cpu, now).write_event_select(index - spec.first, value));
}

u64 read_fixed_counter(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now) {
  return current(cpu, now).fixed(index - spec.first);
}
bool write_fixed_counter(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now) {
  return current(cpu, now).write_fixed(index - spec.first, value);
}
u64 read_fixed_control(Cpu& cpu, const MsrSpec&, u32, Cycle) {
  return cpu.performance().fixed_control();
}
bool write_fixed_control(Cpu& cpu, const MsrSpec&, u32, u64 value, Cycle now) {
  return changed(cpu, current(cpu, now).write_fixed_control(value));
}

u64 read_global_status(Cpu& cpu, const MsrSpec&, u32, Cycle now) {
  return current(cpu, now).global_status();
}
u64 read_global_control(Cpu& cpu, const MsrSpec&, u32, Cycle now) {
  return current(cpu, now).global_control();
}
bool write_global_control(Cpu& cpu, const MsrSpec&, u32, u64 value, Cycle now) {
  return changed(cpu, current(cpu, now).write_global_control(value));
}
bool write_overflow_control(Cpu& cpu, const MsrSpec&, u32, u64 value, Cycle now) {
  return current(cpu, now).clear_status(value);
}

u64 read_perf_capabilities(Cpu& cpu, const MsrSpec&, u32, Cycle) {
  return cpu.environment().model.perf_capabilities;
}

/// SDM Vol. 3 §17.4.1. Freezing the last-branch records has nothing to freeze.
bool write_debug_control(Cpu& cpu, const MsrSpec&, u32, u64 value, Cycle now) {
  using namespace debug_control;
  constexpr u64 modelled = branch_step | freeze_lbrs | freeze_counters | freeze_in_smm;
  if (value & ~modelled)
    throw Unmodelled(fmt::format(
        "WRMSR of IA32_DEBUGCTL (MSR 0x1d9), value {:#x}: bits {:#x} (branch records, branch "
        "trace, uncore interrupt) are not modelled",
        value, value & ~modelled));
  PerformanceCounters& counters = current(cpu, now);
  cpu.msr.debug_control = value;
  counters.freeze_on_interrupt(value & freeze_counters);
  cpu.counters_changed();
  return true;
}

}  // namespace apicsim::msr_access
