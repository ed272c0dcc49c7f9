#include "models/core/operands.h"

namespace apicsim {

namespace {

/// Near transfers truncate RIP to the operand size outside 64-bit mode (SDM Vol. 2, JMP).
u64 truncate(const Op* op, u64 target) {
  return op->operand_bits == 64 ? target : target & ((u64{1} << op->operand_bits) - 1);
}
u64 relative_target(Cpu& cpu, const Op* op) {
  return truncate(op, cpu.next_rip(op) + static_cast<u64>(op->imm));
}

/// A near branch to a non-canonical address, or beyond the limit of CS, faults itself (SDM Vol. 2,
/// JMP, CALL, RET).
bool target_valid(Cpu& cpu, u64 target) {
  return cpu.mode64() ? canonical(target) : target <= cpu.segment(Seg::cs).limit;
}

const Op* jmp_relative(Cpu& cpu, const Op* op) {
  const u64 target = relative_target(cpu, op);
  if (!target_valid(cpu, target)) return cpu.raise(op, Fault::gp());
  return cpu.jump(op, target, 0);
}

template <unsigned Condition>
struct Jcc {
  static const Op* run(Cpu& cpu, const Op* op) {
    if (!condition_met(cpu.status, Condition)) return cpu.jump(op, cpu.next_rip(op), 1);
    return jmp_relative(cpu, op);
  }
};

template <class S>
struct JmpIndirect {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      T target;
      if (!S::load(cpu, op, target)) return cpu.leave(op);
      if (!target_valid(cpu, target)) return cpu.raise(op, Fault::gp());
      return cpu.jump_indirect(op, target);
    }
  };
};

template <class T>
bool push_return_address(Cpu& cpu, const Op* op) {
  const u64 top = cpu.rsp() - sizeof(T);
  if (!cpu.store_stack<T>(top, static_cast<T>(cpu.next_rip(op)))) return false;
  cpu.set_stack_pointer(top);
  return true;
}

template <class T>
struct CallRelative {
  static const Op* run(Cpu& cpu, const Op* op) {
    const u64 target = relative_target(cpu, op);
    if (!target_valid(cpu, target)) return cpu.raise(op, Fault::gp());
    if (!push_return_address<T>(cpu, op)) return cpu.leave(op);
    return cpu.jump(op, target, 0);
  }
};

template <class S>
struct CallIndirect {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      T target;
      if (!S::load(cpu, op, target)) return cpu.leave(op);
      if (!target_valid(cpu, target)) return cpu.raise(op, Fault::gp());
      if (!push_return_address<T>(cpu, op)) return cpu.leave(op);
      return cpu.jump_indirect(op, target);
    }
  };
};

template <class T>
struct Ret {
  static const Op* run(Cpu& cpu, const Op* op) {
    T target;
    if (!cpu.load_stack<T>(cpu.rsp(), target)) return cpu.leave(op);
    if (!target_valid(cpu, target)) return cpu.raise(op, Fault::gp());
    cpu.set_stack_pointer(cpu.rsp() + sizeof(T) + static_cast<u16>(op->imm));
    return cpu.jump_indirect(op, target);
  }
};

u64 count_mask(const Op* op) {
  return op->address_bits == 64 ? ~u64{0} : (u64{1} << op->address_bits) - 1;
}

/// LOOP (condition 0), LOOPE (1), LOOPNE (2).
template <unsigned Kind>
const Op* loop(Cpu& cpu, const Op* op) {
  const u64 mask = count_mask(op);
  const u64 count = (cpu.registers[1] - 1) & mask;
  const bool met = count != 0 && (Kind == 0 || cpu.status.zf() == (Kind == 1));
  const u64 target = relative_target(cpu, op);
  if (met && !target_valid(cpu, target)) return cpu.raise(op, Fault::gp());
  if (mask == 0xFFFF)
    cpu.set_reg<u16>(slot::rcx, static_cast<u16>(count));
  else
    cpu.registers[1] = count;
  return met ? cpu.jump(op, target, 0) : cpu.jump(op, cpu.next_rip(op), 1);
}

const Op* jump_if_count_zero(Cpu& cpu, const Op* op) {
  if (cpu.registers[1] & count_mask(op)) return cpu.jump(op, cpu.next_rip(op), 1);
  return jmp_relative(cpu, op);
}

constexpr ZydisMnemonic jcc_mnemonics[16] = {
    ZYDIS_MNEMONIC_JO, ZYDIS_MNEMONIC_JNO, ZYDIS_MNEMONIC_JB,  ZYDIS_MNEMONIC_JNB,
    ZYDIS_MNEMONIC_JZ, ZYDIS_MNEMONIC_JNZ, ZYDIS_MNEMONIC_JBE, ZYDIS_MNEMONIC_JNBE,
    ZYDIS_MNEMONIC_JS, ZYDIS_MNEMONIC_JNS, ZYDIS_MNEMONIC_JP,  ZYDIS_MNEMONIC_JNP,
    ZYDIS_MNEMONIC_JL, ZYDIS_MNEMONIC_JNL, ZYDIS_MNEMONIC_JLE, ZYDIS_MNEMONIC_JNLE};
constexpr Handler jcc_handlers[16] = {Jcc<0>::run,  Jcc<1>::run,  Jcc<2>::run,  Jcc<3>::run,
                                      Jcc<4>::run,  Jcc<5>::run,  Jcc<6>::run,  Jcc<7>::run,
                                      Jcc<8>::run,  Jcc<9>::run,  Jcc<10>::run, Jcc<11>::run,
                                      Jcc<12>::run, Jcc<13>::run, Jcc<14>::run, Jcc<15>::run};

bool far_transfer(const Shape& shape) {
  return shape.insn.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR;
}

/// Near branches in 64-bit mode have 64-bit operands whatever the prefixes (Intel).
void set_width(const Shape& shape, Op& op) {
  if (shape.code_size == 64) op.operand_bits = 64;
}

Selection select_jump_or_call(const Shape& shape, const Op& op, bool call) {
  const unsigned size = op.operand_bits / 8;
  if (shape.dst == OperandKind::imm)
    return {call ? by_size<CallRelative>(size) : jmp_relative, true};
  if (shape.dst == OperandKind::mem)
    return {
        call ? by_size<CallIndirect<Mem>::Family>(size) : by_size<JmpIndirect<Mem>::Family>(size),
        true};
  return {call ? by_size<CallIndirect<DstReg>::Family>(size)
               : by_size<JmpIndirect<DstReg>::Family>(size),
          true};
}

}  // namespace

Selection select_branch(const Shape& shape, Op& op) {
  if (far_transfer(shape)) return {};
  for (unsigned code = 0; code < 16; ++code)
    if (shape.mnemonic == jcc_mnemonics[code]) {
      set_width(shape, op);
      op.condition = static_cast<u8>(code);
      return {jcc_handlers[code], true};
    }
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_JMP:
    case ZYDIS_MNEMONIC_CALL:
      set_width(shape, op);
      return select_jump_or_call(shape, op, shape.mnemonic == ZYDIS_MNEMONIC_CALL);
    case ZYDIS_MNEMONIC_RET:
      set_width(shape, op);
      return {by_size<Ret>(op.operand_bits / 8), true};
    case ZYDIS_MNEMONIC_LOOP:
      set_width(shape, op);
      return {loop<0>, true};
    case ZYDIS_MNEMONIC_LOOPE:
      set_width(shape, op);
      return {loop<1>, true};
    case ZYDIS_MNEMONIC_LOOPNE:
      set_width(shape, op);
      return {loop<2>, true};
    case ZYDIS_MNEMONIC_JCXZ:
    case ZYDIS_MNEMONIC_JECXZ:
    case ZYDIS_MNEMONIC_JRCXZ:
      set_width(shape, op);
      return {jump_if_count_zero, true};
    default:
      return {};
  }
}

}  // namespace apicsim
