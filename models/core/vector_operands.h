#pragma once

#include "models/core/operands.h"

namespace apicsim {

/// SSE instruction sets as `detail` of an operation carries them: what the processor must have.
enum class SseLevel : u8 { sse, sse2 };

/// Conditions of SSE instructions on registers and memory (SDM Vol. 2 table 2-21 ff., Vol. 3 §2.5).
/// False: the fault is recorded.
inline bool vector_available(Cpu& cpu, const Op* op) {
  const CpuEnvironment& environment = cpu.environment();
  const bool present =
      op->detail == static_cast<u16>(SseLevel::sse) ? environment.sse : environment.sse2;
  if (!present || (cpu.cr0 & cr0::em) || !(cpu.cr4 & cr4::osfxsr)) {
    cpu.set_fault(Fault::ud());
    return false;
  }
  if (!(cpu.cr0 & cr0::ts)) return true;
  cpu.set_fault(Fault::simple(vector::device_not_available));
  return false;
}

/// The 128 bits of an XMM register or of memory.
struct Vector128 {
  u64 q[2];
};

/// Linear address of a 16-byte operand. `aligned`: #GP(0) where it is not (SDM Vol. 2, MOVAPS).
inline bool vector_address(Cpu& cpu, const Op* op, Access access, bool aligned, u64& linear) {
  u64 offset = cpu.effective_address(op);
  if (op->address_bits < 64) offset &= (u64{1} << op->address_bits) - 1;
  if (!cpu.segment_address(op->segment, offset, 16, access, linear)) return false;
  if (!aligned || (linear & 15) == 0) return true;
  cpu.set_fault(Fault::gp());
  return false;
}

inline Vector128 load_xmm(const Cpu& cpu, u8 number) {
  return {{cpu.vectors.xmm[number][0], cpu.vectors.xmm[number][1]}};
}
inline void store_xmm(Cpu& cpu, u8 number, const Vector128& value) {
  cpu.vectors.xmm[number][0] = value.q[0];
  cpu.vectors.xmm[number][1] = value.q[1];
}

struct XmmSource {
  static bool load(Cpu& cpu, const Op* op, Vector128& value) {
    value = load_xmm(cpu, op->src);
    return true;
  }
};

template <bool aligned>
struct VectorMemory {
  static bool load(Cpu& cpu, const Op* op, Vector128& value) {
    u64 linear;
    return vector_address(cpu, op, Access::read, aligned, linear) &&
           cpu.load<u64>(op->segment, linear, value.q[0]) &&
           cpu.load<u64>(op->segment, linear + 8, value.q[1]);
  }
  /// Both halves are checked before the first is written.
  static bool store(Cpu& cpu, const Op* op, const Vector128& value) {
    u64 linear, old;
    return vector_address(cpu, op, Access::write, aligned, linear) &&
           cpu.load_for_write<u64>(op->segment, linear + 8, old) &&
           cpu.store<u64>(op->segment, linear, value.q[0]) &&
           cpu.store<u64>(op->segment, linear + 8, value.q[1]);
  }
};

inline bool is_xmm(const ZydisDecodedOperand& operand) {
  return operand.type == ZYDIS_OPERAND_TYPE_REGISTER &&
         ZydisRegisterGetClass(operand.reg.value) == ZYDIS_REGCLASS_XMM;
}

/// Legacy-encoded SSE or SSE2: sets `detail`. False: something else.
inline bool choose_vector_set(const Shape& shape, Op& op) {
  if (shape.insn.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY) return false;
  const ZydisISASet set = shape.insn.meta.isa_set;
  if (set != ZYDIS_ISA_SET_SSE && set != ZYDIS_ISA_SET_SSE2) return false;
  op.detail = static_cast<u16>(set == ZYDIS_ISA_SET_SSE ? SseLevel::sse : SseLevel::sse2);
  return true;
}

}  // namespace apicsim
