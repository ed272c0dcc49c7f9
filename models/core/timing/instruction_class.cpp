#include "models/core/timing/instruction_timing.h"

namespace apicsim {

namespace {

using Class = InstructionClass;

bool is_register(const ZydisDecodedOperand& operand) {
  return operand.type == ZYDIS_OPERAND_TYPE_REGISTER;
}
bool is_memory(const ZydisDecodedOperand& operand) {
  return operand.type == ZYDIS_OPERAND_TYPE_MEMORY;
}
bool is_immediate(const ZydisDecodedOperand& operand) {
  return operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
}
ZydisRegisterClass register_class(const ZydisDecodedOperand& operand) {
  return is_register(operand) ? ZydisRegisterGetClass(operand.reg.value) : ZYDIS_REGCLASS_INVALID;
}
bool general(const ZydisDecodedOperand& operand) {
  const ZydisRegisterClass c = register_class(operand);
  return c == ZYDIS_REGCLASS_GPR8 || c == ZYDIS_REGCLASS_GPR16 || c == ZYDIS_REGCLASS_GPR32 ||
         c == ZYDIS_REGCLASS_GPR64;
}
bool locked(const ZydisDecodedInstruction& insn) {
  return (insn.attributes & ZYDIS_ATTRIB_HAS_LOCK) != 0;
}
bool repeated(const ZydisDecodedInstruction& insn) {
  return (insn.attributes &
          (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE)) != 0;
}
/// The instruction, its operands, and the width of the first one.
struct Form {
  const ZydisDecodedInstruction& insn;
  const ZydisDecodedOperand* operands;
  unsigned bits;
};

/// By width: 8, 16, 32, 64 bits.
Class by_width(unsigned bits, Class c8, Class c16, Class c32, Class c64) {
  return bits == 8 ? c8 : bits == 16 ? c16 : bits == 32 ? c32 : c64;
}

/// XOR r,r and SUB r,r give zero whatever r holds (Intel Optimization Manual, "Dependency Breaking
/// Idioms"); Sandy Bridge knows them for full registers.
Class classify_idiom(const Form& form) {
  const bool same = is_register(form.operands[0]) && is_register(form.operands[1]) &&
                    form.operands[0].reg.value == form.operands[1].reg.value;
  return same && form.bits >= 32 ? Class::zero_idiom : Class::alu;
}

/// More than two components, or an address relative to RIP, takes the slow unit.
Class classify_lea(const Form& form) {
  if (form.bits == 16) return Class::lea_word;
  const ZydisDecodedOperandMem& mem = form.operands[1].mem;
  const bool three =
      mem.base != ZYDIS_REGISTER_NONE && mem.index != ZYDIS_REGISTER_NONE && mem.disp.value != 0;
  const bool relative = mem.base == ZYDIS_REGISTER_RIP || mem.base == ZYDIS_REGISTER_EIP;
  return three || relative ? Class::lea_slow : Class::lea;
}

bool by_one(const Form& form) {
  return is_immediate(form.operands[1]) && form.operands[1].imm.value.u == 1;
}

Class classify_shift(const Form& form) {
  const bool by_cl = is_register(form.operands[1]);
  switch (form.insn.mnemonic) {
    case ZYDIS_MNEMONIC_ROL:
    case ZYDIS_MNEMONIC_ROR:
      return by_cl ? Class::rotate_by_cl : Class::rotate;
    case ZYDIS_MNEMONIC_RCL:
    case ZYDIS_MNEMONIC_RCR:
      return by_one(form) ? Class::rotate_carry_one : Class::rotate_carry;
    case ZYDIS_MNEMONIC_SHLD:
    case ZYDIS_MNEMONIC_SHRD:
      return is_register(form.operands[2]) ? Class::double_shift_by_cl : Class::double_shift;
    default:
      return by_cl ? Class::shift_by_cl : Class::shift;
  }
}

Class classify_multiply(const Form& form) {
  if (form.insn.operand_count_visible == 3 && form.bits == 16)
    return Class::multiply_word_immediate;
  if (form.insn.operand_count_visible > 1) return Class::multiply;
  return by_width(form.bits, Class::multiply, Class::multiply_wide_16, Class::multiply_wide_32,
                  Class::multiply_wide_64);
}

Class classify_bit_test(const Form& form) {
  if (locked(form.insn)) return Class::locked;
  return is_memory(form.operands[0]) && is_register(form.operands[1]) ? Class::bit_test_memory
                                                                      : Class::bit_test;
}

Class classify_move(const Form& form) {
  const ZydisRegisterClass to = register_class(form.operands[0]);
  const ZydisRegisterClass from = register_class(form.operands[1]);
  if (to == ZYDIS_REGCLASS_CONTROL)
    return form.operands[0].reg.value == ZYDIS_REGISTER_CR3 ? Class::write_page_table
                                                            : Class::write_control;
  if (to == ZYDIS_REGCLASS_DEBUG) return Class::write_control;
  if (from == ZYDIS_REGCLASS_CONTROL || from == ZYDIS_REGCLASS_DEBUG) return Class::read_control;
  if (to == ZYDIS_REGCLASS_SEGMENT) return Class::write_segment;
  if (from == ZYDIS_REGCLASS_SEGMENT) return Class::read_segment;
  return general(form.operands[0]) && general(form.operands[1]) ? Class::move : Class::alu;
}

Class classify_exchange(const Form& form) {
  if (form.insn.mnemonic == ZYDIS_MNEMONIC_XCHG)
    return is_memory(form.operands[0]) || is_memory(form.operands[1]) ? Class::locked
                                                                      : Class::exchange;
  const bool lock = locked(form.insn);
  switch (form.insn.mnemonic) {
    case ZYDIS_MNEMONIC_XADD:
      return lock ? Class::locked_exchange_add : Class::exchange_add;
    case ZYDIS_MNEMONIC_CMPXCHG8B:
      return lock ? Class::locked_compare_exchange_8 : Class::compare_exchange_8;
    case ZYDIS_MNEMONIC_CMPXCHG16B:
      return lock ? Class::locked_compare_exchange_16 : Class::compare_exchange_16;
    default:
      if (lock) return Class::locked_compare_exchange;
      return is_memory(form.operands[0]) ? Class::compare_exchange_memory : Class::compare_exchange;
  }
}

bool is_far(const Form& form) { return form.insn.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR; }

Class classify_transfer(const Form& form) {
  if (is_far(form)) return Class::far_transfer;
  switch (form.insn.mnemonic) {
    case ZYDIS_MNEMONIC_JMP:
      return Class::jump;
    case ZYDIS_MNEMONIC_CALL:
      return is_immediate(form.operands[0]) ? Class::call : Class::call_indirect;
    default:
      return form.insn.operand_count_visible == 0 ? Class::ret : Class::ret_release;
  }
}

Class classify_stack(const Form& form) {
  const bool segment = register_class(form.operands[0]) == ZYDIS_REGCLASS_SEGMENT;
  if (form.insn.mnemonic == ZYDIS_MNEMONIC_PUSH) return segment ? Class::read_segment : Class::push;
  return segment ? Class::write_segment : Class::pop;
}

/// LOCK is allowed before a memory destination only.
Class unless_locked(const Form& form, Class otherwise) {
  return locked(form.insn) ? Class::locked : otherwise;
}

Class classify_arithmetic(const Form& form) {
  switch (form.insn.mnemonic) {
    case ZYDIS_MNEMONIC_ADC:
    case ZYDIS_MNEMONIC_SBB:
      return unless_locked(form, Class::carry_arithmetic);
    case ZYDIS_MNEMONIC_XOR:
    case ZYDIS_MNEMONIC_SUB:
      return unless_locked(form, classify_idiom(form));
    case ZYDIS_MNEMONIC_ADD:
    case ZYDIS_MNEMONIC_AND:
    case ZYDIS_MNEMONIC_OR:
    case ZYDIS_MNEMONIC_CMP:
    case ZYDIS_MNEMONIC_TEST:
    case ZYDIS_MNEMONIC_INC:
    case ZYDIS_MNEMONIC_DEC:
    case ZYDIS_MNEMONIC_NEG:
    case ZYDIS_MNEMONIC_NOT:
      return unless_locked(form, Class::alu);
    case ZYDIS_MNEMONIC_SHL:
    case ZYDIS_MNEMONIC_SHR:
    case ZYDIS_MNEMONIC_SAR:
    case ZYDIS_MNEMONIC_ROL:
    case ZYDIS_MNEMONIC_ROR:
    case ZYDIS_MNEMONIC_RCL:
    case ZYDIS_MNEMONIC_RCR:
    case ZYDIS_MNEMONIC_SHLD:
    case ZYDIS_MNEMONIC_SHRD:
      return classify_shift(form);
    case ZYDIS_MNEMONIC_MUL:
    case ZYDIS_MNEMONIC_IMUL:
      return classify_multiply(form);
    case ZYDIS_MNEMONIC_DIV:
      return by_width(form.bits, Class::divide_8, Class::divide_16, Class::divide_32,
                      Class::divide_64);
    case ZYDIS_MNEMONIC_IDIV:
      return by_width(form.bits, Class::divide_signed_8, Class::divide_signed_16,
                      Class::divide_signed_32, Class::divide_signed_64);
    case ZYDIS_MNEMONIC_BT:
    case ZYDIS_MNEMONIC_BTS:
    case ZYDIS_MNEMONIC_BTR:
    case ZYDIS_MNEMONIC_BTC:
      return classify_bit_test(form);
    case ZYDIS_MNEMONIC_BSF:
    case ZYDIS_MNEMONIC_BSR:
    case ZYDIS_MNEMONIC_POPCNT:
    case ZYDIS_MNEMONIC_LZCNT:
    case ZYDIS_MNEMONIC_TZCNT:
      return Class::bit_scan;
    case ZYDIS_MNEMONIC_BSWAP:
      return form.bits == 64 ? Class::byte_swap_64 : Class::byte_swap_32;
    case ZYDIS_MNEMONIC_XCHG:
    case ZYDIS_MNEMONIC_XADD:
    case ZYDIS_MNEMONIC_CMPXCHG:
    case ZYDIS_MNEMONIC_CMPXCHG8B:
    case ZYDIS_MNEMONIC_CMPXCHG16B:
      return classify_exchange(form);
    default:
      return Class::unknown;
  }
}

Class classify_data(const Form& form) {
  switch (form.insn.mnemonic) {
    case ZYDIS_MNEMONIC_MOV:
      return classify_move(form);
    case ZYDIS_MNEMONIC_MOVZX:
    case ZYDIS_MNEMONIC_MOVSX:
    case ZYDIS_MNEMONIC_MOVSXD:
    case ZYDIS_MNEMONIC_CBW:
    case ZYDIS_MNEMONIC_CWDE:
    case ZYDIS_MNEMONIC_CDQE:
      return Class::alu;
    case ZYDIS_MNEMONIC_CDQ:
    case ZYDIS_MNEMONIC_CQO:
      return Class::sign_spread;
    case ZYDIS_MNEMONIC_CWD:
      return Class::sign_spread_word;
    case ZYDIS_MNEMONIC_LEA:
      return classify_lea(form);
    case ZYDIS_MNEMONIC_NOP:
    case ZYDIS_MNEMONIC_ENDBR32:
    case ZYDIS_MNEMONIC_ENDBR64:
      return Class::no_operation;
    case ZYDIS_MNEMONIC_PUSH:
    case ZYDIS_MNEMONIC_POP:
      return classify_stack(form);
    case ZYDIS_MNEMONIC_LEAVE:
      return Class::leave;
    case ZYDIS_MNEMONIC_ENTER:
      return Class::enter;
    case ZYDIS_MNEMONIC_XLAT:
      return Class::translate;
    case ZYDIS_MNEMONIC_SETBE:
    case ZYDIS_MNEMONIC_SETNBE:
      return Class::set_condition_both;
    case ZYDIS_MNEMONIC_CMOVBE:
    case ZYDIS_MNEMONIC_CMOVNBE:
      return Class::move_condition_both;
    default:
      break;
  }
  if (form.insn.meta.category == ZYDIS_CATEGORY_CMOV) return Class::move_condition;
  return form.insn.meta.category == ZYDIS_CATEGORY_SETCC ? Class::set_condition : Class::unknown;
}

Class classify_flags(const Form& form) {
  switch (form.insn.mnemonic) {
    case ZYDIS_MNEMONIC_CLC:
      return Class::clear_carry;
    case ZYDIS_MNEMONIC_STC:
    case ZYDIS_MNEMONIC_CMC:
      return Class::set_carry;
    case ZYDIS_MNEMONIC_CLD:
    case ZYDIS_MNEMONIC_STD:
      return Class::set_direction;
    case ZYDIS_MNEMONIC_LAHF:
      return Class::load_flags;
    case ZYDIS_MNEMONIC_SAHF:
      return Class::store_flags;
    case ZYDIS_MNEMONIC_PUSHF:
    case ZYDIS_MNEMONIC_PUSHFD:
    case ZYDIS_MNEMONIC_PUSHFQ:
      return Class::push_flags;
    case ZYDIS_MNEMONIC_POPF:
    case ZYDIS_MNEMONIC_POPFD:
    case ZYDIS_MNEMONIC_POPFQ:
      return Class::pop_flags;
    case ZYDIS_MNEMONIC_CLI:
      return Class::disable_interrupts;
    case ZYDIS_MNEMONIC_STI:
      return Class::enable_interrupts;
    default:
      return Class::unknown;
  }
}

Class classify_string(const Form& form) {
  const bool rep = repeated(form.insn);
  switch (form.insn.mnemonic) {
    case ZYDIS_MNEMONIC_LODSB:
    case ZYDIS_MNEMONIC_LODSW:
    case ZYDIS_MNEMONIC_LODSD:
    case ZYDIS_MNEMONIC_LODSQ:
      return rep ? Class::repeat_load : Class::load_string;
    case ZYDIS_MNEMONIC_STOSB:
    case ZYDIS_MNEMONIC_STOSW:
    case ZYDIS_MNEMONIC_STOSD:
    case ZYDIS_MNEMONIC_STOSQ:
      return rep ? Class::repeat_store : Class::store_string;
    case ZYDIS_MNEMONIC_MOVSB:
    case ZYDIS_MNEMONIC_MOVSW:
    case ZYDIS_MNEMONIC_MOVSD:
    case ZYDIS_MNEMONIC_MOVSQ:
      return rep ? Class::repeat_move : Class::move_string;
    case ZYDIS_MNEMONIC_SCASB:
    case ZYDIS_MNEMONIC_SCASW:
    case ZYDIS_MNEMONIC_SCASD:
    case ZYDIS_MNEMONIC_SCASQ:
      return rep ? Class::repeat_scan : Class::scan_string;
    case ZYDIS_MNEMONIC_CMPSB:
    case ZYDIS_MNEMONIC_CMPSW:
    case ZYDIS_MNEMONIC_CMPSD:
    case ZYDIS_MNEMONIC_CMPSQ:
      return rep ? Class::repeat_compare : Class::compare_string;
    default:
      return Class::unknown;
  }
}

Class classify_control(const Form& form) {
  switch (form.insn.mnemonic) {
    case ZYDIS_MNEMONIC_JMP:
    case ZYDIS_MNEMONIC_CALL:
    case ZYDIS_MNEMONIC_RET:
      return classify_transfer(form);
    case ZYDIS_MNEMONIC_JCXZ:
    case ZYDIS_MNEMONIC_JECXZ:
    case ZYDIS_MNEMONIC_JRCXZ:
      return Class::branch_on_count;
    case ZYDIS_MNEMONIC_LOOP:
    case ZYDIS_MNEMONIC_LOOPE:
    case ZYDIS_MNEMONIC_LOOPNE:
      return Class::loop;
    case ZYDIS_MNEMONIC_SYSCALL:
    case ZYDIS_MNEMONIC_SYSENTER:
      return Class::system_call;
    case ZYDIS_MNEMONIC_SYSRET:
    case ZYDIS_MNEMONIC_SYSEXIT:
      return Class::system_return;
    case ZYDIS_MNEMONIC_INT:
    case ZYDIS_MNEMONIC_INT1:
    case ZYDIS_MNEMONIC_INT3:
    case ZYDIS_MNEMONIC_INTO:
      return Class::interrupt;
    case ZYDIS_MNEMONIC_IRET:
    case ZYDIS_MNEMONIC_IRETD:
    case ZYDIS_MNEMONIC_IRETQ:
      return Class::interrupt_return;
    case ZYDIS_MNEMONIC_HLT:
    case ZYDIS_MNEMONIC_MWAIT:
      return Class::idle;
    case ZYDIS_MNEMONIC_MONITOR:
      return Class::arm_monitor;
    default:
      break;
  }
  return form.insn.meta.category == ZYDIS_CATEGORY_COND_BR ? Class::branch : Class::unknown;
}

Class classify_memory_system(const Form& form) {
  switch (form.insn.mnemonic) {
    case ZYDIS_MNEMONIC_PAUSE:
      return Class::pause;
    case ZYDIS_MNEMONIC_LFENCE:
      return Class::load_fence;
    case ZYDIS_MNEMONIC_SFENCE:
      return Class::store_fence;
    case ZYDIS_MNEMONIC_MFENCE:
      return Class::full_fence;
    case ZYDIS_MNEMONIC_PREFETCH:
    case ZYDIS_MNEMONIC_PREFETCHW:
    case ZYDIS_MNEMONIC_PREFETCHWT1:
    case ZYDIS_MNEMONIC_PREFETCHNTA:
    case ZYDIS_MNEMONIC_PREFETCHT0:
    case ZYDIS_MNEMONIC_PREFETCHT1:
    case ZYDIS_MNEMONIC_PREFETCHT2:
      return Class::prefetch;
    case ZYDIS_MNEMONIC_CLFLUSH:
      return Class::flush_line;
    case ZYDIS_MNEMONIC_INVLPG:
      return Class::invalidate_page;
    case ZYDIS_MNEMONIC_INVD:
    case ZYDIS_MNEMONIC_WBINVD:
      return Class::invalidate_caches;
    default:
      return Class::unknown;
  }
}

Class classify_registers(const Form& form) {
  switch (form.insn.mnemonic) {
    case ZYDIS_MNEMONIC_RDTSC:
      return Class::read_time;
    case ZYDIS_MNEMONIC_RDTSCP:
      return Class::read_time_and_cpu;
    case ZYDIS_MNEMONIC_RDPMC:
      return Class::read_counter;
    case ZYDIS_MNEMONIC_CPUID:
      return Class::identify;
    case ZYDIS_MNEMONIC_RDMSR:
    case ZYDIS_MNEMONIC_RDFSBASE:
    case ZYDIS_MNEMONIC_RDGSBASE:
    case ZYDIS_MNEMONIC_XGETBV:
      return Class::read_register;
    case ZYDIS_MNEMONIC_WRMSR:
    case ZYDIS_MNEMONIC_WRFSBASE:
    case ZYDIS_MNEMONIC_WRGSBASE:
    case ZYDIS_MNEMONIC_XSETBV:
      return Class::write_register;
    case ZYDIS_MNEMONIC_SWAPGS:
      return Class::swap_base;
    case ZYDIS_MNEMONIC_SMSW:
      return Class::read_control;
    case ZYDIS_MNEMONIC_LMSW:
    case ZYDIS_MNEMONIC_CLTS:
      return Class::write_control;
    case ZYDIS_MNEMONIC_IN:
    case ZYDIS_MNEMONIC_INSB:
    case ZYDIS_MNEMONIC_INSW:
    case ZYDIS_MNEMONIC_INSD:
    case ZYDIS_MNEMONIC_OUT:
    case ZYDIS_MNEMONIC_OUTSB:
    case ZYDIS_MNEMONIC_OUTSW:
    case ZYDIS_MNEMONIC_OUTSD:
      return Class::port;
    default:
      return Class::unknown;
  }
}

Class classify_segments(const Form& form) {
  switch (form.insn.mnemonic) {
    case ZYDIS_MNEMONIC_SLDT:
    case ZYDIS_MNEMONIC_STR:
    case ZYDIS_MNEMONIC_SGDT:
    case ZYDIS_MNEMONIC_SIDT:
      return Class::read_segment;
    case ZYDIS_MNEMONIC_LDS:
    case ZYDIS_MNEMONIC_LES:
    case ZYDIS_MNEMONIC_LFS:
    case ZYDIS_MNEMONIC_LGS:
    case ZYDIS_MNEMONIC_LSS:
      return Class::write_segment;
    case ZYDIS_MNEMONIC_LAR:
    case ZYDIS_MNEMONIC_LSL:
    case ZYDIS_MNEMONIC_VERR:
    case ZYDIS_MNEMONIC_VERW:
      return Class::check_segment;
    case ZYDIS_MNEMONIC_LGDT:
    case ZYDIS_MNEMONIC_LIDT:
    case ZYDIS_MNEMONIC_LLDT:
    case ZYDIS_MNEMONIC_LTR:
      return Class::load_table;
    default:
      return Class::unknown;
  }
}

}  // namespace

InstructionClass instruction_class(const ZydisDecodedInstruction& instruction,
                                   const ZydisDecodedOperand* operands) {
  const unsigned bits = instruction.operand_count != 0 ? operands[0].size : 0;
  const Form form{instruction, operands, bits};
  constexpr Class (*groups[])(const Form&) = {
      classify_arithmetic, classify_data,      classify_control,  classify_flags,
      classify_string,     classify_registers, classify_segments, classify_memory_system};
  for (const auto group : groups) {
    const Class found = group(form);
    if (found != Class::unknown) return found;
  }
  return Class::unknown;
}

}  // namespace apicsim
