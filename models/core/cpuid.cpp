#include "models/core/cpuid.h"

#include <algorithm>

#include "models/core/cpu.h"
#include "models/core/msr.h"

namespace apicsim {

namespace {

constexpr u32 extended_group = 0x80000000;
constexpr u32 topology_leaf = 0xB;

const CpuidLeaf* find(const CpuModel& model, u32 leaf, u32 subleaf) {
  for (const CpuidLeaf& row : model.cpuid)
    if (row.leaf == leaf && (row.any_subleaf || row.subleaf == subleaf)) return &row;
  return nullptr;
}

u32 highest(const CpuModel& model, u32 group) {
  const CpuidLeaf* row = find(model, group, 0);
  return row ? row->eax : group;
}

/// Leaf that answers for `leaf`.
u32 effective_leaf(const CpuModel& model, u32 leaf) {
  const u32 last_basic = highest(model, 0);
  if (leaf <= last_basic) return leaf;
  const bool extended = (leaf & 0xFFFF0000) == extended_group;
  return extended && leaf <= highest(model, extended_group) ? leaf : last_basic;
}

void set_bit(u32& word, unsigned n, bool value) {
  word = (word & ~(1u << n)) | (value ? 1u << n : 0);
}

u32 output(const CpuidResult& r, u8 index) {
  const u32 words[] = {r.eax, r.ebx, r.ecx, r.edx};
  return words[index & 3];
}

void put_in_leaf_1(Cpu& cpu, CpuidResult& r) {
  r.ebx = (r.ebx & 0x00FFFFFF) | cpu.apic_id() << 24;
  set_bit(r.ecx, 27, cpu.cr4 & cr4::osxsave);
  set_bit(r.edx, 9, cpu.apic().announced());
  if (!(cpu.msr.misc_enable & misc_enable::monitor)) set_bit(r.ecx, 3, false);
}

}  // namespace

CpuidResult cpuid_of_model(const CpuModel& model, u32 leaf, u32 subleaf) {
  const u32 effective = effective_leaf(model, leaf);
  if (const CpuidLeaf* row = find(model, effective, subleaf))
    return {row->eax, row->ebx, row->ecx, row->edx};
  CpuidResult none;
  // A level that does not exist still returns its number (SDM Vol. 2, CPUID, leaf 0BH).
  if (effective == topology_leaf && find(model, topology_leaf, 0)) none.ecx = subleaf & 0xFF;
  return none;
}

CpuidResult cpuid_of(Cpu& cpu, u32 leaf, u32 subleaf) {
  const CpuModel& model = cpu.environment().model;
  const bool limited = cpu.msr.misc_enable & misc_enable::limit_cpuid;
  if (limited && leaf > 3 && leaf < extended_group) leaf = 3;
  CpuidResult r = cpuid_of_model(model, leaf, subleaf);
  const u32 effective = effective_leaf(model, leaf);
  if (effective == 0 && limited) r.eax = std::min(r.eax, 3u);
  if (effective == 1) put_in_leaf_1(cpu, r);
  if (effective == topology_leaf && find(model, topology_leaf, 0)) r.edx = cpu.apic_id();
  if (effective == extended_group + 1) {
    if (cpu.msr.misc_enable & misc_enable::no_execute_disable) set_bit(r.edx, 20, false);
    if (!cpu.mode64()) set_bit(r.edx, 11, false);  // SYSCALL: available in 64-bit mode only
  }
  return r;
}

bool has_feature(const CpuModel& model, const CpuidFeature& f) {
  if (effective_leaf(model, f.leaf) != f.leaf) return false;
  return bit(output(cpuid_of_model(model, f.leaf, 0), f.output), f.bit);
}

}  // namespace apicsim
