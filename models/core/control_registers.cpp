#include "models/core/control_registers.h"

#include "models/core/cpuid.h"
#include "models/core/descriptor.h"
#include "models/fabric/unmodelled.h"

namespace apicsim {

namespace {

bool refuse(Cpu& cpu) {
  cpu.set_fault(Fault::gp());
  return false;
}

constexpr u64 cr0_bits = cr0::pe | cr0::mp | cr0::em | cr0::ts | cr0::et | cr0::ne | cr0::wp |
                         cr0::am | cr0::nw | cr0::cd | cr0::pg;

/// SDM Vol. 3 §9.8.5: what switching to IA-32e mode requires.
bool may_activate_long_mode(Cpu& cpu) {
  return (cpu.cr4 & cr4::pae) && !cpu.segment(Seg::cs).long_mode && (cpu.task.type & 8);
}
/// §9.8.5.4, §4.10.1: leaving it from compatibility mode only, and without PCIDs.
bool may_disable_paging(const Cpu& cpu) { return !cpu.mode64() && !(cpu.cr4 & cr4::pcide); }

void set_long_mode_active(Cpu& cpu, bool active) {
  cpu.msr.efer = active ? cpu.msr.efer | efer::lma : cpu.msr.efer & ~efer::lma;
}

/// Bits of CR3 that must be zero: above MAXPHYADDR in 64-bit mode (§4.5, table 4-12).
u64 cr3_reserved(Cpu& cpu) { return ~u64{0} << cpu.environment().model.physical_address_bits; }

/// Features of CR4 that the simulator cannot follow where the processor has them.
void stop_on_unmodelled(const Cpu& cpu, u64 value) {
  if ((value & ~cpu.cr4) & cr4::pvi)
    throw Unmodelled("CR4.PVI: protected-mode virtual interrupts are not modelled");
}

}  // namespace

bool write_cr0(Cpu& cpu, u64 value) {
  if (value >> 32) return refuse(cpu);
  value = (value & cr0_bits) | cr0::et;
  const u64 changed = value ^ cpu.cr0;
  if ((value & cr0::pg) && !(value & cr0::pe)) return refuse(cpu);
  if ((value & cr0::nw) && !(value & cr0::cd)) return refuse(cpu);
  if (changed & cr0::pg) {
    const bool on = value & cr0::pg;
    const bool to_long = on && (cpu.msr.efer & efer::lme);
    if (to_long && !may_activate_long_mode(cpu)) return refuse(cpu);
    if (!on && !may_disable_paging(cpu)) return refuse(cpu);
    set_long_mode_active(cpu, to_long);
  }
  cpu.cr0 = value;
  // The cached translations hold rights that WP decides, so its change drops them, too.
  if (changed & (cr0::pg | cr0::wp | cr0::pe)) cpu.flush_tlb(false);
  cpu.update_mode();
  cpu.update_tlb_view();
  return true;
}

bool write_cr3(Cpu& cpu, u64 value) {
  if (cpu.long_mode()) {
    constexpr u64 no_flush = u64{1} << 63;  // with PCIDs: keep what is cached; we need not
    if (cpu.cr4 & cr4::pcide) value &= ~no_flush;
    if (value & cr3_reserved(cpu)) return refuse(cpu);
  }
  cpu.cr3 = value;
  cpu.flush_tlb(true);
  return true;
}

u64 cr4_bits(const CpuModel& model) {
  struct Row {
    u64 bits;
    CpuidFeature feature;
  };
  static constexpr Row rows[] = {{cr4::vme | cr4::pvi, feature::vme},
                                 {cr4::tsd, feature::tsc},
                                 {cr4::de, feature::de},
                                 {cr4::pse, feature::pse},
                                 {cr4::pae, feature::pae},
                                 {cr4::mce, feature::mce},
                                 {cr4::pge, feature::pge},
                                 {cr4::osfxsr, feature::fxsr},
                                 {cr4::osxmmexcpt, feature::sse},
                                 {cr4::umip, feature::umip},
                                 {cr4::vmxe, feature::vmx},
                                 {cr4::smxe, feature::smx},
                                 {cr4::fsgsbase, feature::fsgsbase},
                                 {cr4::pcide, feature::pcid},
                                 {cr4::osxsave, feature::xsave},
                                 {cr4::smep, feature::smep},
                                 {cr4::smap, feature::smap}};
  u64 known = cr4::pce;
  for (const Row& row : rows)
    if (has_feature(model, row.feature)) known |= row.bits;
  return known;
}

bool write_cr4(Cpu& cpu, u64 value) {
  if (value & ~cr4_bits(cpu.environment().model)) return refuse(cpu);
  const u64 changed = value ^ cpu.cr4;
  if (cpu.long_mode() && !(value & cr4::pae)) return refuse(cpu);
  if (changed & value & cr4::pcide)
    if (!cpu.long_mode() || (cpu.cr3 & 0xFFF)) return refuse(cpu);
  stop_on_unmodelled(cpu, value);
  cpu.cr4 = value;
  if (changed & (cr4::pse | cr4::pae | cr4::pge | cr4::pcide | cr4::smep | cr4::smap))
    cpu.flush_tlb(false);
  return true;
}

bool write_cr8(Cpu& cpu, u64 value, Cycle now) {
  if (value > 15) return refuse(cpu);
  cpu.apic().set_cr8(static_cast<u8>(value), now);
  return true;
}

u64 efer_bits(const CpuModel& model) {
  u64 known = 0;
  if (has_feature(model, feature::syscall)) known |= efer::sce;
  if (has_feature(model, feature::long_mode)) known |= efer::lme;
  if (has_feature(model, feature::no_execute)) known |= efer::nxe;
  return known;
}

bool write_efer(Cpu& cpu, u64 value) {
  if (value & ~(efer_bits(cpu.environment().model) | efer::lma)) return false;
  const u64 changed = value ^ cpu.msr.efer;
  if ((changed & efer::lme) && (cpu.cr0 & cr0::pg)) return false;
  cpu.msr.efer = (value & ~efer::lma) | (cpu.msr.efer & efer::lma);
  if (changed & efer::nxe) cpu.flush_tlb(false);
  return true;
}

}  // namespace apicsim
