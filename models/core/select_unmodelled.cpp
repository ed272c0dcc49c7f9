#include <fmt/format.h>

#include "models/core/cpuid.h"
#include "models/core/operands.h"
#include "models/fabric/unmodelled.h"

namespace apicsim {

namespace {

/// Groups of instructions with the same conditions for #UD and #NM (SDM Vol. 3 §2.5, table 2-1 of
/// Vol. 2 chapter 2; Vol. 3 §13.1).
enum class Group : u8 { other, x87, mmx, sse, fxsave, vex, xsave, vmx, absent };

[[noreturn]] void stop(const Op* op, const Cpu& cpu) {
  const char* name = ZydisMnemonicGetString(static_cast<ZydisMnemonic>(op->detail));
  throw Unmodelled(
      fmt::format("instruction {} at {:#x} is not modelled", name ? name : "?", cpu.rip_of(op)));
}

const Op* unavailable(Cpu& cpu, const Op* op) {
  return cpu.raise(op, Fault::simple(vector::device_not_available));
}

const Op* execute_x87(Cpu& cpu, const Op* op) {
  if (cpu.cr0 & (cr0::em | cr0::ts)) return unavailable(cpu, op);
  stop(op, cpu);
}
const Op* execute_mmx(Cpu& cpu, const Op* op) {
  if (cpu.cr0 & cr0::em) return cpu.raise(op, Fault::ud());
  if (cpu.cr0 & cr0::ts) return unavailable(cpu, op);
  stop(op, cpu);
}
const Op* execute_sse(Cpu& cpu, const Op* op) {
  if ((cpu.cr0 & cr0::em) || !(cpu.cr4 & cr4::osfxsr)) return cpu.raise(op, Fault::ud());
  if (cpu.cr0 & cr0::ts) return unavailable(cpu, op);
  stop(op, cpu);
}
const Op* execute_vex(Cpu& cpu, const Op* op) {
  constexpr u64 sse_and_avx = 6;
  const bool enabled = (cpu.cr4 & cr4::osxsave) && (cpu.msr.xcr0 & sse_and_avx) == sse_and_avx;
  if (!enabled || !cpu.protected_mode()) return cpu.raise(op, Fault::ud());
  if (cpu.cr0 & cr0::ts) return unavailable(cpu, op);
  stop(op, cpu);
}
const Op* execute_xsave(Cpu& cpu, const Op* op) {
  if (!(cpu.cr4 & cr4::osxsave)) return cpu.raise(op, Fault::ud());
  if (cpu.cr0 & cr0::ts) return unavailable(cpu, op);
  stop(op, cpu);
}
/// VMX and SMX instructions: #UD until CR4 enables them (SDM Vol. 3 §23.7).
const Op* execute_vmx(Cpu& cpu, const Op* op) {
  if (!(cpu.cr4 & (cr4::vmxe | cr4::smxe)) || !cpu.protected_mode())
    return cpu.raise(op, Fault::ud());
  if (cpu.cpl != 0) return cpu.raise(op, Fault::gp());
  stop(op, cpu);
}
const Op* execute_other(Cpu& cpu, const Op* op) { stop(op, cpu); }
const Op* absent(Cpu& cpu, const Op* op) { return cpu.raise(op, Fault::ud()); }

/// Instruction sets and the CPUID flag that announces them.
struct SetRow {
  ZydisISASet set;
  CpuidFeature feature;
  Group group;
};
constexpr SetRow sets[] = {
    {ZYDIS_ISA_SET_X87, {1, 3, 0}, Group::x87},
    {ZYDIS_ISA_SET_FCMOV, {1, 3, 0}, Group::x87},
    {ZYDIS_ISA_SET_PENTIUMMMX, {1, 3, 23}, Group::mmx},
    {ZYDIS_ISA_SET_FXSAVE, {1, 3, 24}, Group::fxsave},
    {ZYDIS_ISA_SET_FXSAVE64, {1, 3, 24}, Group::fxsave},
    {ZYDIS_ISA_SET_SSE, {1, 3, 25}, Group::sse},
    {ZYDIS_ISA_SET_SSEMXCSR, {1, 3, 25}, Group::sse},
    {ZYDIS_ISA_SET_SSE2, {1, 3, 26}, Group::sse},
    {ZYDIS_ISA_SET_SSE2MMX, {1, 3, 26}, Group::mmx},
    {ZYDIS_ISA_SET_SSE3, {1, 2, 0}, Group::sse},
    {ZYDIS_ISA_SET_SSE3X87, {1, 2, 0}, Group::x87},
    {ZYDIS_ISA_SET_SSSE3, {1, 2, 9}, Group::sse},
    {ZYDIS_ISA_SET_SSSE3MMX, {1, 2, 9}, Group::mmx},
    {ZYDIS_ISA_SET_SSE4, {1, 2, 19}, Group::sse},
    {ZYDIS_ISA_SET_SSE42, {1, 2, 20}, Group::sse},
    {ZYDIS_ISA_SET_PCLMULQDQ, {1, 2, 1}, Group::sse},
    {ZYDIS_ISA_SET_AES, {1, 2, 25}, Group::sse},
    {ZYDIS_ISA_SET_XSAVE, {1, 2, 26}, Group::xsave},
    {ZYDIS_ISA_SET_XSAVEOPT, {0xD, 0, 0}, Group::xsave},
    {ZYDIS_ISA_SET_AVX, {1, 2, 28}, Group::vex},
    {ZYDIS_ISA_SET_AVXAES, {1, 2, 28}, Group::vex},
    {ZYDIS_ISA_SET_F16C, {1, 2, 29}, Group::vex},
    {ZYDIS_ISA_SET_FMA, {1, 2, 12}, Group::vex},
    {ZYDIS_ISA_SET_AVX2, {7, 1, 5}, Group::vex},
    {ZYDIS_ISA_SET_RDRAND, {1, 2, 30}, Group::other},
    {ZYDIS_ISA_SET_RDSEED, {7, 1, 18}, Group::other},
    {ZYDIS_ISA_SET_MOVBE, {1, 2, 22}, Group::other},
    {ZYDIS_ISA_SET_BMI1, {7, 1, 3}, Group::other},
    {ZYDIS_ISA_SET_BMI2, {7, 1, 8}, Group::other},
    {ZYDIS_ISA_SET_ADOX_ADCX, {7, 1, 19}, Group::other},
    {ZYDIS_ISA_SET_LZCNT, {0x80000001, 2, 5}, Group::other},
    {ZYDIS_ISA_SET_RTM, {7, 1, 11}, Group::other},
    {ZYDIS_ISA_SET_SHA, {7, 1, 29}, Group::sse},
    {ZYDIS_ISA_SET_VTX, {1, 2, 5}, Group::vmx},
    {ZYDIS_ISA_SET_SMX, {1, 2, 6}, Group::vmx},
    {ZYDIS_ISA_SET_SVM, {0x80000001, 2, 2}, Group::other},
    {ZYDIS_ISA_SET_PKU, {7, 2, 3}, Group::other},
    {ZYDIS_ISA_SET_RDPID, {7, 2, 22}, Group::other},
    {ZYDIS_ISA_SET_CLFLUSHOPT, {7, 1, 23}, Group::other},
    {ZYDIS_ISA_SET_CLWB, {7, 1, 24}, Group::other},
    {ZYDIS_ISA_SET_XSAVEC, {0xD, 0, 1}, Group::xsave},
    {ZYDIS_ISA_SET_XSAVES, {0xD, 0, 3}, Group::xsave},
};

Handler handler_of(Group group) {
  switch (group) {
    case Group::x87:
      return execute_x87;
    case Group::mmx:
      return execute_mmx;
    case Group::sse:
      return execute_sse;
    case Group::fxsave:
      return execute_x87;  // #NM by EM or TS, as for x87
    case Group::vex:
      return execute_vex;
    case Group::xsave:
      return execute_xsave;
    case Group::vmx:
      return execute_vmx;
    case Group::absent:
      return absent;
    default:
      return execute_other;
  }
}

/// `imm` is free in these operations: it becomes the row of `sets` plus one.
template <Group group>
const Op* gated(Cpu& cpu, const Op* op) {
  const SetRow& row = sets[op->imm];
  if (!has_feature(cpu.environment().model, row.feature)) return absent(cpu, op);
  return handler_of(group)(cpu, op);
}

Handler gated_handler(Group group) {
  switch (group) {
    case Group::x87:
      return gated<Group::x87>;
    case Group::mmx:
      return gated<Group::mmx>;
    case Group::sse:
      return gated<Group::sse>;
    case Group::fxsave:
      return gated<Group::fxsave>;
    case Group::vex:
      return gated<Group::vex>;
    case Group::xsave:
      return gated<Group::xsave>;
    case Group::vmx:
      return gated<Group::vmx>;
    default:
      return gated<Group::other>;
  }
}

/// Encodings that no modelled processor has.
bool foreign_encoding(ZydisInstructionEncoding encoding) {
  return encoding == ZYDIS_INSTRUCTION_ENCODING_EVEX ||
         encoding == ZYDIS_INSTRUCTION_ENCODING_MVEX ||
         encoding == ZYDIS_INSTRUCTION_ENCODING_XOP || encoding == ZYDIS_INSTRUCTION_ENCODING_3DNOW;
}

/// Sets whose instructions a processor of these configurations may have without a CPUID flag of
/// `sets`. Any other set (WAITPKG, CET, SGX, AMD's, ...) none of them has.
bool may_exist(ZydisISASet set) {
  switch (set) {
    case ZYDIS_ISA_SET_I86:
    case ZYDIS_ISA_SET_I186:
    case ZYDIS_ISA_SET_I286REAL:
    case ZYDIS_ISA_SET_I286PROTECTED:
    case ZYDIS_ISA_SET_I386:
    case ZYDIS_ISA_SET_I486:
    case ZYDIS_ISA_SET_I486REAL:
    case ZYDIS_ISA_SET_PENTIUMREAL:
    case ZYDIS_ISA_SET_PPRO:
    case ZYDIS_ISA_SET_LONGMODE:
    case ZYDIS_ISA_SET_CMOV:
    case ZYDIS_ISA_SET_CMPXCHG16B:
    case ZYDIS_ISA_SET_FAT_NOP:
    case ZYDIS_ISA_SET_PAUSE:
    case ZYDIS_ISA_SET_LAHF:
    case ZYDIS_ISA_SET_RDPMC:
    case ZYDIS_ISA_SET_RDTSCP:
    case ZYDIS_ISA_SET_MONITOR:
    case ZYDIS_ISA_SET_POPCNT:
    case ZYDIS_ISA_SET_INVPCID:
    case ZYDIS_ISA_SET_SMAP:
    case ZYDIS_ISA_SET_RDWRFSGS:
    case ZYDIS_ISA_SET_CLFSH:
    case ZYDIS_ISA_SET_SSE_PREFETCH:
    case ZYDIS_ISA_SET_PREFETCH_NOP:
      return true;
    default:
      return false;
  }
}

}  // namespace

Selection select_unmodelled(const Shape& shape, Op& op) {
  op.detail = static_cast<u16>(shape.mnemonic);
  if (foreign_encoding(shape.insn.encoding)) return {absent, true};
  for (const SetRow& row : sets) {
    if (row.set != shape.insn.meta.isa_set) continue;
    op.imm = &row - sets;
    return {gated_handler(row.group), true};
  }
  return {may_exist(shape.insn.meta.isa_set) ? execute_other : absent, true};
}

}  // namespace apicsim
