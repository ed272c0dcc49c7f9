#pragma once

#include "models/core/msr.h"

namespace apicsim::msr_access {

// Behaviour of the registers in the table; names say what they are, signatures are MsrSpec's.

u64 read_kept(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_kept(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
bool write_canonical(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
bool write_ignored(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
u64 read_unmodelled(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_unmodelled(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);

u64 read_tsc(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_tsc(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
bool write_tsc_adjust(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
u64 read_apic_base(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_apic_base(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
u64 read_tsc_deadline(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_tsc_deadline(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);

bool write_efer_register(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
bool write_misc_enable(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
bool write_pat(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
u64 read_segment_base(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_segment_base(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);

u64 read_mtrr_fixed(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_mtrr_fixed(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
u64 read_mtrr_variable(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_mtrr_variable(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
bool write_mtrr_def_type(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);

// Machine-check banks (machine_check.cpp): SDM Vol. 3 §15.3.2.
u64 read_bank(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_bank(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
u64 read_bank_control2(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_bank_control2(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);

u64 read_smi_count(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
u64 read_smbase(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);

// Thermal sensors of core and package (thermal_msr.cpp): SDM Vol. 3 §14.7.
u64 read_thermal_status(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_thermal_status(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
u64 read_thermal_interrupt(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_thermal_interrupt(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
u64 read_temperature_target(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_clock_modulation(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);

// Performance counters (performance_msr.cpp): SDM Vol. 3 §18.2.
u64 read_counter(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_counter(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
bool write_full_counter(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
u64 read_event_select(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_event_select(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
u64 read_fixed_counter(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_fixed_counter(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
u64 read_fixed_control(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_fixed_control(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
u64 read_global_status(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
u64 read_global_control(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_global_control(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
bool write_overflow_control(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
u64 read_perf_capabilities(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
bool write_debug_control(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);

u64 read_platform_info(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
u64 read_perf_status(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
/// MSR_PKG_CST_CONFIG_CONTROL, with its lock.
bool write_package_cst(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now);
/// Residency counters of the CPU's core and package, in ticks of the time-stamp counter.
u64 read_core_residency(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);
u64 read_package_residency(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now);

}  // namespace apicsim::msr_access
