#include "models/core/control_registers.h"

#include <algorithm>

#include "models/core/cpuid.h"
#include "models/core/descriptor.h"

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

/// §4.4.1: with these control registers PAE paging is in use, and a change of one of the bits that
/// the section lists loads the PDPTEs.
bool reload_pdptes(Cpu& cpu, u64 new_cr0, u64 new_cr4) {
  constexpr u64 bits0 = cr0::cd | cr0::nw | cr0::pg;
  constexpr u64 bits4 = cr4::pae | cr4::pge | cr4::pse | cr4::smep;
  const bool in_use = (new_cr0 & cr0::pg) && (new_cr4 & cr4::pae) && !(cpu.msr.efer & efer::lme);
  const bool changed = ((new_cr0 ^ cpu.cr0) & bits0) != 0 || ((new_cr4 ^ cpu.cr4) & bits4) != 0;
  return !in_use || !changed || load_pdptes(cpu, cpu.cr3);
}

}  // namespace

bool load_pdptes(Cpu& cpu, u64 cr3) {
  PhysicalPort& memory = cpu.environment().physical;
  const u64 table = cr3 & 0xFFFFFFE0;
  u64 loaded[4];
  for (u64 n = 0; n < 4; ++n) {
    loaded[n] = ~u64{0};  // nobody answers
    if (const std::byte* host = memory.host(table + 8 * n)) std::memcpy(&loaded[n], host, 8);
    const u64 reserved = pae_pdpte_reserved(cpu.environment().model.physical_address_bits);
    if ((loaded[n] & 1) && (loaded[n] & reserved)) return refuse(cpu);
  }
  std::copy(loaded, loaded + 4, cpu.pdpte);
  return true;
}

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
  }
  if (!reload_pdptes(cpu, value, cpu.cr4)) return false;
  if (changed & cr0::pg) set_long_mode_active(cpu, (value & cr0::pg) && (cpu.msr.efer & efer::lme));
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
  } else if ((cpu.cr0 & cr0::pg) && (cpu.cr4 & cr4::pae)) {
    if (!load_pdptes(cpu, value)) return false;
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
  if (!reload_pdptes(cpu, cpu.cr0, value)) return false;
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
