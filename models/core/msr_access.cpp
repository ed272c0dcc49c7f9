#include "models/core/msr_access.h"

#include <fmt/format.h>

#include "models/core/control_registers.h"
#include "models/core/cpu.h"
#include "models/fabric/unmodelled.h"

namespace apicsim::msr_access {

namespace {

constexpr u32 tsc_deadline_index = 0x6E0;

u64& cell(Cpu& cpu, const MsrSpec& spec, u32 index) {
  if (spec.field) return cpu.msr.*spec.field;
  return cpu.msr.other[spec.slot + (index - spec.first)];
}

/// The APIC compares its own TSC clock, which knows no offset; 0 means disarmed in both, so a
/// deadline that has passed before the clock's zero becomes 1.
u64 to_apic_deadline(const Cpu& cpu, u64 value) {
  if (value == 0) return 0;
  const u64 ticks = value - cpu.tsc_offset;
  const bool before_zero = static_cast<i64>(cpu.tsc_offset) > 0 && value <= cpu.tsc_offset;
  return before_zero || ticks == 0 ? 1 : ticks;
}

u64 guest_deadline(Cpu& cpu, Cycle now) {
  const auto ticks = cpu.apic().read_msr(tsc_deadline_index, now);
  return !ticks || *ticks == 0 ? 0 : *ticks + cpu.tsc_offset;
}

/// Moves the time-stamp counter; an armed deadline keeps its value in the new count.
void move_tsc(Cpu& cpu, u64 offset, Cycle now) {
  const u64 deadline = guest_deadline(cpu, now);
  cpu.tsc_offset = offset;
  if (deadline != 0) cpu.apic().write_msr(tsc_deadline_index, to_apic_deadline(cpu, deadline), now);
}

u64 above_physical(Cpu& cpu) { return ~u64{0} << cpu.environment().model.physical_address_bits; }

}  // namespace

u64 read_kept(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle) { return cell(cpu, spec, index); }

bool write_kept(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle) {
  cell(cpu, spec, index) = value;
  return true;
}

bool write_canonical(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now) {
  return canonical(value) && write_kept(cpu, spec, index, value, now);
}

bool write_ignored(Cpu&, const MsrSpec&, u32, u64, Cycle) { return true; }

u64 read_unmodelled(Cpu&, const MsrSpec& spec, u32 index, Cycle) {
  throw Unmodelled(fmt::format("RDMSR of {} (MSR {:#x}) is not modelled", spec.name, index));
}

bool write_unmodelled(Cpu&, const MsrSpec& spec, u32 index, u64 value, Cycle) {
  throw Unmodelled(fmt::format("WRMSR of {} (MSR {:#x}), value {:#x}, is not modelled", spec.name,
                               index, value));
}

u64 read_tsc(Cpu& cpu, const MsrSpec&, u32, Cycle now) { return cpu.tsc(now); }

/// SDM Vol. 3 §17.17.3: what is added to the counter is added to IA32_TSC_ADJUST.
bool write_tsc(Cpu& cpu, const MsrSpec&, u32, u64 value, Cycle now) {
  const u64 delta = value - cpu.tsc(now);
  move_tsc(cpu, cpu.tsc_offset + delta, now);
  cpu.msr.tsc_adjust += delta;
  return true;
}

bool write_tsc_adjust(Cpu& cpu, const MsrSpec&, u32, u64 value, Cycle now) {
  move_tsc(cpu, cpu.tsc_offset + (value - cpu.msr.tsc_adjust), now);
  cpu.msr.tsc_adjust = value;
  return true;
}

u64 read_apic_base(Cpu& cpu, const MsrSpec&, u32, Cycle) { return cpu.apic().apic_base(); }

bool write_apic_base(Cpu& cpu, const MsrSpec&, u32, u64 value, Cycle now) {
  if (!cpu.apic().write_apic_base(value, now)) return false;
  cpu.flush_tlb(false);  // another page may be the APIC's now
  return true;
}

u64 read_tsc_deadline(Cpu& cpu, const MsrSpec&, u32, Cycle now) { return guest_deadline(cpu, now); }

bool write_tsc_deadline(Cpu& cpu, const MsrSpec&, u32, u64 value, Cycle now) {
  return cpu.apic().write_msr(tsc_deadline_index, to_apic_deadline(cpu, value), now);
}

bool write_efer_register(Cpu& cpu, const MsrSpec&, u32, u64 value, Cycle) {
  return write_efer(cpu, value);
}

bool write_misc_enable(Cpu& cpu, const MsrSpec&, u32, u64 value, Cycle) {
  const u64 fixed =
      misc_enable::bts_unavailable | misc_enable::pebs_unavailable | misc_enable::perf_monitoring;
  cpu.msr.misc_enable = (value & ~fixed) | (cpu.msr.misc_enable & fixed);
  return true;
}

bool write_pat(Cpu& cpu, const MsrSpec&, u32, u64 value, Cycle) {
  for (unsigned n = 0; n < 8; ++n)
    if (!valid_pat_type(bits(value, 8 * n + 7, 8 * n))) return false;
  cpu.msr.pat = value;
  return true;
}

u64 read_segment_base(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle) {
  return cpu.segment(index == spec.first ? Seg::fs : Seg::gs).base;
}

bool write_segment_base(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle) {
  if (!canonical(value)) return false;
  cpu.segment(index == spec.first ? Seg::fs : Seg::gs).base = value;
  cpu.update_mode();
  return true;
}

/// The eleven fixed-range registers have gaps between their indices (SDM Vol. 3 table 11-9).
u64& mtrr_fixed(Cpu& cpu, u32 index) {
  if (index == 0x250) return cpu.msr.mtrr_fixed[0];
  if (index < 0x260) return cpu.msr.mtrr_fixed[1 + index - 0x258];
  return cpu.msr.mtrr_fixed[3 + index - 0x268];
}

u64 read_mtrr_fixed(Cpu& cpu, const MsrSpec&, u32 index, Cycle) { return mtrr_fixed(cpu, index); }

bool write_mtrr_fixed(Cpu& cpu, const MsrSpec&, u32 index, u64 value, Cycle) {
  for (unsigned n = 0; n < 8; ++n)
    if (!valid_mtrr_type(bits(value, 8 * n + 7, 8 * n))) return false;
  mtrr_fixed(cpu, index) = value;
  return true;
}

u64 read_mtrr_variable(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle) {
  return cpu.msr.mtrr_variable[index - spec.first];
}

/// SDM Vol. 3 §11.11.2.3: even indices are IA32_MTRR_PHYSBASEn, odd ones IA32_MTRR_PHYSMASKn.
bool write_mtrr_variable(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle) {
  const bool mask = (index - spec.first) & 1;
  const u64 reserved = above_physical(cpu) | (mask ? 0x7FF : 0xF00);
  if (value & reserved) return false;
  if (!mask && !valid_mtrr_type(value & 0xFF)) return false;
  cpu.msr.mtrr_variable[index - spec.first] = value;
  return true;
}

bool write_mtrr_def_type(Cpu& cpu, const MsrSpec&, u32, u64 value, Cycle) {
  if (!valid_mtrr_type(value & 0xFF)) return false;
  cpu.msr.mtrr_def_type = value;
  return true;
}

u64 read_smi_count(Cpu& cpu, const MsrSpec&, u32, Cycle) { return cpu.smm.count; }
u64 read_smbase(Cpu& cpu, const MsrSpec&, u32, Cycle) { return cpu.smm.base; }

u64 read_platform_info(Cpu& cpu, const MsrSpec&, u32, Cycle) {
  return cpu.environment().model.platform_info;
}

/// The ratio at which the core runs: the base ratio, as frequency does not change.
u64 read_perf_status(Cpu& cpu, const MsrSpec&, u32, Cycle) {
  return cpu.environment().model.platform_info & 0xFF00;
}

/// Bit 15 locks the register until the next reset (SDM Vol. 4 table 2-20, CFG Lock).
bool write_package_cst(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now) {
  constexpr u64 locked = 1u << 15;
  if (cell(cpu, spec, index) & locked) return false;
  return write_kept(cpu, spec, index, value, now);
}

/// Without modelled C-states no core ever gets below C1.
u64 read_core_residency(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now) {
  constexpr CState states[] = {CState::c3, CState::c6, CState::c7};
  const PowerModel* power = cpu.environment().power;
  return power ? power->core_residency(cpu.number(), states[index - spec.first], now) : 0;
}

u64 read_package_residency(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle now) {
  constexpr PackageState states[] = {PackageState::pc3, PackageState::pc6, PackageState::pc7};
  const PackageState state = spec.count == 1 ? PackageState::pc2 : states[index - spec.first];
  const PowerModel* power = cpu.environment().power;
  return power ? power->package_residency(cpu.number(), state, now) : 0;
}

}  // namespace apicsim::msr_access
