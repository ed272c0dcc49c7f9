#pragma once

#include <Zydis/Zydis.h>

#include "models/core/op.h"

namespace apicsim {

/// A segment register by Zydis' name; DS for any other.
Seg segment_of(ZydisRegister reg);

enum class OperandKind : u8 { none, reg, mem, imm };

/// What a decoded instruction looks like to the functions that choose its handler.
struct Shape {
  const ZydisDecodedInstruction& insn;
  const ZydisDecodedOperand* operands;  ///< the visible ones first
  ZydisMnemonic mnemonic;
  OperandKind dst = OperandKind::none, src = OperandKind::none, third = OperandKind::none;
  u8 size = 0;      ///< bytes of the first operand
  u8 src_size = 0;  ///< bytes of the second operand
  u8 code_size = 64;
};

/// A handler and whether it always leaves the block (returns nullptr or jumps). `handler` is null
/// when the group does not know the mnemonic.
struct Selection {
  Handler handler = nullptr;
  bool ends_block = false;
};

// One function per instruction group. The operand fields of `op` (dst, src, memory operand, imm of
// the last immediate) are filled in already; a function may set `detail`, `condition` and others.
Selection select_alu(const Shape& shape, Op& op);    ///< ADD ... CMP, TEST, INC, DEC, NEG, NOT
Selection select_shift(const Shape& shape, Op& op);  ///< SHL ... RCR, SHLD, SHRD
Selection select_muldiv(const Shape& shape, Op& op);
Selection select_data(const Shape& shape, Op& op);    ///< MOV, LEA, PUSH, POP, CMOVcc, SETcc, ...
Selection select_bit(const Shape& shape, Op& op);     ///< BT*, BSF, BSR, POPCNT, BSWAP
Selection select_atomic(const Shape& shape, Op& op);  ///< XCHG, XADD, CMPXCHG*
Selection select_string(const Shape& shape, Op& op);
Selection select_branch(const Shape& shape, Op& op);   ///< near transfers
Selection select_flag(const Shape& shape, Op& op);     ///< CLC ..., PUSHF, POPF, LAHF, CLI, STI
Selection select_far(const Shape& shape, Op& op);      ///< far transfers, INT n, IRET, SYSCALL, ...
Selection select_segment(const Shape& shape, Op& op);  ///< MOV/PUSH/POP Sreg, LGDT, LTR, LAR, ...
Selection select_system(const Shape& shape, Op& op);  ///< CR, DR, MSR, CPUID, HLT, TLB, fences, ...
Selection select_processor(const Shape& shape,
                           Op& op);                   ///< CPUID, MSRs, counters, HLT, MWAIT, XCR0
Selection select_legacy(const Shape& shape, Op& op);  ///< AAA ... DAS, PUSHA, POPA, BOUND, ARPL
Selection select_fpu(const Shape& shape, Op& op);     ///< FNINIT ... FXRSTOR, LDMXCSR, WAIT
Selection select_vector_move(const Shape& shape, Op& op);
Selection select_vector_integer(const Shape& shape, Op& op);
Selection select_translation(const Shape& shape, Op& op);  ///< STAC, CLAC, INVPCID
Selection select_io(const Shape& shape, Op& op);           ///< IN, OUT, INS, OUTS
/// Whatever no other group knew: faults as the architecture says, else ends the simulation.
Selection select_unmodelled(const Shape& shape, Op& op);

}  // namespace apicsim
