#include "models/core/hidden_operand.h"
#include "models/core/operands.h"

namespace apicsim {

namespace {

template <class D, class S>
struct Move {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      T value;
      if (!S::load(cpu, op, value) || !D::store(cpu, op, value)) return cpu.leave(op);
      return op + 1;
    }
  };
};

Handler select_mov(const Shape& shape) {
  if (shape.dst == OperandKind::reg) {
    if (shape.src == OperandKind::reg) return by_size<Move<DstReg, SrcReg>::Family>(shape.size);
    if (shape.src == OperandKind::imm) return by_size<Move<DstReg, SrcImm>::Family>(shape.size);
    return by_size<Move<DstReg, Mem>::Family>(shape.size);
  }
  return shape.src == OperandKind::imm ? by_size<Move<Mem, SrcImm>::Family>(shape.size)
                                       : by_size<Move<Mem, SrcReg>::Family>(shape.size);
}

bool general_purpose(const ZydisDecodedOperand& operand) {
  if (operand.type != ZYDIS_OPERAND_TYPE_REGISTER) return true;
  switch (ZydisRegisterGetClass(operand.reg.value)) {
    case ZYDIS_REGCLASS_GPR8:
    case ZYDIS_REGCLASS_GPR16:
    case ZYDIS_REGCLASS_GPR32:
    case ZYDIS_REGCLASS_GPR64:
      return true;
    default:
      return false;
  }
}

template <class S, class From, bool Sign>
struct Extend {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      From value;
      if (!S::load(cpu, op, value)) return cpu.leave(op);
      if constexpr (Sign)
        cpu.set_reg<T>(op->dst, static_cast<T>(static_cast<i64>(static_cast<Signed<From>>(value))));
      else
        cpu.set_reg<T>(op->dst, static_cast<T>(value));
      return op + 1;
    }
  };
};

template <class S, bool Sign>
Handler extend_from(const Shape& shape) {
  switch (shape.src_size) {
    case 1:
      return by_size<Extend<S, u8, Sign>::template Family>(shape.size);
    case 2:
      return by_size<Extend<S, u16, Sign>::template Family>(shape.size);
    default:
      return by_size<Extend<S, u32, Sign>::template Family>(shape.size);
  }
}
template <bool Sign>
Handler extend(const Shape& shape) {
  return shape.src == OperandKind::mem ? extend_from<Mem, Sign>(shape)
                                       : extend_from<SrcReg, Sign>(shape);
}

template <class T>
struct Lea {
  static const Op* run(Cpu& cpu, const Op* op) {
    u64 address = cpu.effective_address(op);
    if (op->address_bits != 64) address &= (u64{1} << op->address_bits) - 1;
    cpu.set_reg<T>(op->dst, static_cast<T>(address));
    return op + 1;
  }
};

template <class S>
struct Push {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      T value;
      const u64 top = cpu.rsp() - sizeof(T);
      if (!S::load(cpu, op, value) || !cpu.store_stack<T>(top, value)) return cpu.leave(op);
      cpu.set_stack_pointer(top);
      return op + 1;
    }
  };
};

template <class T>
struct PopReg {
  static const Op* run(Cpu& cpu, const Op* op) {
    T value;
    if (!cpu.load_stack<T>(cpu.rsp(), value)) return cpu.leave(op);
    cpu.set_stack_pointer(cpu.rsp() + sizeof(T));
    cpu.set_reg<T>(op->dst, value);
    return op + 1;
  }
};

/// An address based on RSP is computed after the increment (SDM Vol. 2, POP).
template <class T>
struct PopMem {
  static const Op* run(Cpu& cpu, const Op* op) {
    T value;
    if (!cpu.load_stack<T>(cpu.rsp(), value)) return cpu.leave(op);
    const u64 before = cpu.rsp();
    cpu.set_stack_pointer(before + sizeof(T));
    if (cpu.store_operand<T>(op, value)) return op + 1;
    cpu.registers[4] = before;
    return cpu.leave(op);
  }
};

Handler select_push(const Shape& shape) {
  const unsigned size = shape.insn.operand_width / 8;
  if (shape.dst == OperandKind::reg) return by_size<Push<DstReg>::Family>(size);
  if (shape.dst == OperandKind::imm) return by_size<Push<SrcImm>::Family>(size);
  return by_size<Push<Mem>::Family>(size);
}

/// The source is read, and a 32-bit destination extended, whether or not the condition holds.
template <class S>
struct Cmov {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      T value;
      if (!S::load(cpu, op, value)) return cpu.leave(op);
      cpu.set_reg<T>(op->dst,
                     condition_met(cpu.status, op->condition) ? value : cpu.reg<T>(op->dst));
      return op + 1;
    }
  };
};

template <class D>
const Op* setcc(Cpu& cpu, const Op* op) {
  if (!D::template store<u8>(cpu, op, condition_met(cpu.status, op->condition)))
    return cpu.leave(op);
  return op + 1;
}

/// CBW, CWDE, CDQE: extends the lower half of the accumulator into all of it.
template <class T, class Half>
const Op* extend_accumulator(Cpu& cpu, const Op* op) {
  cpu.set_reg<T>(
      slot::rax,
      static_cast<T>(static_cast<i64>(static_cast<Signed<Half>>(cpu.reg<Half>(slot::rax)))));
  return op + 1;
}
/// CWD, CDQ, CQO: fills rDX with the accumulator's sign.
template <class T>
const Op* sign_to_rdx(Cpu& cpu, const Op* op) {
  cpu.set_reg<T>(slot::rdx,
                 bit(cpu.reg<T>(slot::rax), bits_of<T> - 1) ? static_cast<T>(~T{0}) : T{0});
  return op + 1;
}

template <class T>
struct Leave {
  static const Op* run(Cpu& cpu, const Op* op) {
    T frame;
    const u64 top = cpu.registers[5] & cpu.stack_mask();
    if (!cpu.load_stack<T>(top, frame)) return cpu.leave(op);
    cpu.set_stack_pointer(top + sizeof(T));
    cpu.set_reg<T>(slot::rbp, frame);
    return op + 1;
  }
};

/// ENTER with nesting level 0..31 (SDM Vol. 2, ENTER); the level is in `detail`.
template <class T>
struct Enter {
  static const Op* run(Cpu& cpu, const Op* op) {
    const unsigned level = op->detail & 31;
    u64 top = cpu.rsp() - sizeof(T);
    if (!cpu.store_stack<T>(top, cpu.reg<T>(slot::rbp))) return cpu.leave(op);
    const u64 frame = top;
    u64 display = cpu.registers[5];
    for (unsigned i = 1; i < level; ++i) {
      T link;
      display -= sizeof(T);
      top -= sizeof(T);
      if (!cpu.load_stack<T>(display, link) || !cpu.store_stack<T>(top, link)) return cpu.leave(op);
    }
    if (level > 0) {
      top -= sizeof(T);
      if (!cpu.store_stack<T>(top, static_cast<T>(frame))) return cpu.leave(op);
    }
    top -= static_cast<u16>(op->imm);
    // The page of the final stack pointer must be writable: the fault belongs to this instruction.
    T probe;
    u64 linear;
    if (!cpu.segment_address(Seg::ss, top & cpu.stack_mask(), sizeof(T), Access::write, linear) ||
        !cpu.load_for_write<T>(Seg::ss, linear, probe))
      return cpu.leave(op);
    cpu.set_reg<T>(slot::rbp, static_cast<T>(frame));
    cpu.set_stack_pointer(top);
    return op + 1;
  }
};

const Op* xlat(Cpu& cpu, const Op* op) {
  const u64 mask = op->address_bits == 64 ? ~u64{0} : (u64{1} << op->address_bits) - 1;
  const u64 offset = (cpu.registers[3] + cpu.reg<u8>(slot::rax)) & mask;
  u64 linear;
  u8 value;
  if (!cpu.segment_address(op->segment, offset, 1, Access::read, linear) ||
      !cpu.load<u8>(op->segment, linear, value))
    return cpu.leave(op);
  cpu.set_reg<u8>(slot::rax, value);
  return op + 1;
}

const Op* nop(Cpu&, const Op* op) { return op + 1; }

/// Condition codes by mnemonic, in the order of their encoding.
constexpr ZydisMnemonic cmov_mnemonics[16] = {
    ZYDIS_MNEMONIC_CMOVO, ZYDIS_MNEMONIC_CMOVNO, ZYDIS_MNEMONIC_CMOVB,  ZYDIS_MNEMONIC_CMOVNB,
    ZYDIS_MNEMONIC_CMOVZ, ZYDIS_MNEMONIC_CMOVNZ, ZYDIS_MNEMONIC_CMOVBE, ZYDIS_MNEMONIC_CMOVNBE,
    ZYDIS_MNEMONIC_CMOVS, ZYDIS_MNEMONIC_CMOVNS, ZYDIS_MNEMONIC_CMOVP,  ZYDIS_MNEMONIC_CMOVNP,
    ZYDIS_MNEMONIC_CMOVL, ZYDIS_MNEMONIC_CMOVNL, ZYDIS_MNEMONIC_CMOVLE, ZYDIS_MNEMONIC_CMOVNLE};
constexpr ZydisMnemonic set_mnemonics[16] = {
    ZYDIS_MNEMONIC_SETO, ZYDIS_MNEMONIC_SETNO, ZYDIS_MNEMONIC_SETB,  ZYDIS_MNEMONIC_SETNB,
    ZYDIS_MNEMONIC_SETZ, ZYDIS_MNEMONIC_SETNZ, ZYDIS_MNEMONIC_SETBE, ZYDIS_MNEMONIC_SETNBE,
    ZYDIS_MNEMONIC_SETS, ZYDIS_MNEMONIC_SETNS, ZYDIS_MNEMONIC_SETP,  ZYDIS_MNEMONIC_SETNP,
    ZYDIS_MNEMONIC_SETL, ZYDIS_MNEMONIC_SETNL, ZYDIS_MNEMONIC_SETLE, ZYDIS_MNEMONIC_SETNLE};

Selection select_conditional(const Shape& shape, Op& op) {
  for (u8 code = 0; code < 16; ++code) {
    op.condition = code;
    if (shape.mnemonic == cmov_mnemonics[code])
      return {shape.src == OperandKind::mem ? by_size<Cmov<Mem>::Family>(shape.size)
                                            : by_size<Cmov<SrcReg>::Family>(shape.size)};
    if (shape.mnemonic == set_mnemonics[code])
      return {shape.dst == OperandKind::mem ? setcc<Mem> : setcc<DstReg>};
  }
  return {};
}

Selection select_move(const Shape& shape) {
  if (!general_purpose(shape.operands[0]) || !general_purpose(shape.operands[1])) return {};
  return {select_mov(shape)};
}

}  // namespace

Selection select_data(const Shape& shape, Op& op) {
  const unsigned width = shape.insn.operand_width / 8;
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_MOV:
      return select_move(shape);
    case ZYDIS_MNEMONIC_MOVZX:
      return {extend<false>(shape)};
    case ZYDIS_MNEMONIC_MOVSX:
    case ZYDIS_MNEMONIC_MOVSXD:
      return {extend<true>(shape)};
    case ZYDIS_MNEMONIC_LEA:
      return {by_size<Lea>(shape.size)};
    case ZYDIS_MNEMONIC_PUSH:
      if (!general_purpose(shape.operands[0])) return {};
      return {select_push(shape)};
    case ZYDIS_MNEMONIC_POP:
      if (!general_purpose(shape.operands[0])) return {};
      return {shape.dst == OperandKind::mem ? by_size<PopMem>(width) : by_size<PopReg>(width)};
    case ZYDIS_MNEMONIC_CBW:
      return {extend_accumulator<u16, u8>};
    case ZYDIS_MNEMONIC_CWDE:
      return {extend_accumulator<u32, u16>};
    case ZYDIS_MNEMONIC_CDQE:
      return {extend_accumulator<u64, u32>};
    case ZYDIS_MNEMONIC_CWD:
      return {sign_to_rdx<u16>};
    case ZYDIS_MNEMONIC_CDQ:
      return {sign_to_rdx<u32>};
    case ZYDIS_MNEMONIC_CQO:
      return {sign_to_rdx<u64>};
    case ZYDIS_MNEMONIC_LEAVE:
      return {by_size<Leave>(width)};
    case ZYDIS_MNEMONIC_ENTER:
      op.imm = static_cast<i64>(shape.operands[0].imm.value.u);
      op.detail = static_cast<u16>(shape.operands[1].imm.value.u);
      return {by_size<Enter>(width)};
    case ZYDIS_MNEMONIC_XLAT:
      set_hidden_segment(shape, op);
      return {xlat};
    case ZYDIS_MNEMONIC_NOP:
    case ZYDIS_MNEMONIC_ENDBR32:
    case ZYDIS_MNEMONIC_ENDBR64:
      return {nop};
    default:
      return select_conditional(shape, op);
  }
}

}  // namespace apicsim
