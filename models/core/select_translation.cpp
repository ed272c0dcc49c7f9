// Instructions about translations beside INVLPG: STAC, CLAC, INVPCID.
#include "models/core/cpuid.h"
#include "models/core/operands.h"

namespace apicsim {

namespace {

template <bool value>
const Op* set_alignment_flag(Cpu& cpu, const Op* op) {
  if (!has_feature(cpu.environment().model, feature::smap) || cpu.cpl != 0)
    return cpu.raise(op, Fault::ud());
  const u64 flags = cpu.flags();
  cpu.set_flags(value ? flags | rflags::ac : flags & ~rflags::ac);
  return op + 1;
}

/// Types of INVPCID, SDM Vol. 2.
enum : u64 { individual_address = 0, single_context = 1, all_with_global = 2, all_contexts = 3 };

struct InvpcidDescriptor {
  u64 pcid, linear;
};

bool valid_invpcid(const Cpu& cpu, u64 type, const InvpcidDescriptor& d) {
  if (type > all_contexts || d.pcid >> 12 != 0) return false;
  if (type <= single_context && d.pcid != 0 && !(cpu.cr4 & cr4::pcide)) return false;
  return type != individual_address || canonical(d.linear);
}

/// Translations are not kept apart by PCID: whichever context is named, the current one is dropped.
void invalidate(Cpu& cpu, u64 type, const InvpcidDescriptor& d) {
  if (type == individual_address)
    cpu.flush_tlb_page(d.linear);
  else
    cpu.flush_tlb(type != all_with_global);
}

const Op* invalidate_context(Cpu& cpu, const Op* op) {
  if (!has_feature(cpu.environment().model, feature::invpcid) || cpu.real_addressing())
    return cpu.raise(op, cpu.virtual_8086() ? Fault::gp() : Fault::ud());
  if (cpu.cpl != 0) return cpu.raise(op, Fault::gp());
  u64 offset = cpu.effective_address(op);
  if (op->address_bits < 64) offset &= (u64{1} << op->address_bits) - 1;
  InvpcidDescriptor d;
  u64 first, second;
  if (!cpu.segment_address(op->segment, offset, 8, Access::read, first) ||
      !cpu.segment_address(op->segment, offset + 8, 8, Access::read, second) ||
      !cpu.load<u64>(op->segment, first, d.pcid) || !cpu.load<u64>(op->segment, second, d.linear))
    return cpu.leave(op);
  const u64 type = cpu.mode64() ? cpu.reg<u64>(op->dst) : cpu.reg<u32>(op->dst);
  if (!valid_invpcid(cpu, type, d)) return cpu.raise(op, Fault::gp());
  invalidate(cpu, type, d);
  return cpu.complete(op);
}

}  // namespace

Selection select_translation(const Shape& shape, Op&) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_STAC:
      return {set_alignment_flag<true>};
    case ZYDIS_MNEMONIC_CLAC:
      return {set_alignment_flag<false>};
    case ZYDIS_MNEMONIC_INVPCID:
      return {invalidate_context, true};
    default:
      return {};
  }
}

}  // namespace apicsim
