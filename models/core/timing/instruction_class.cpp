#include <array>

#include "models/core/timing/instruction_timing.h"

namespace apicsim {

namespace {

using Class = InstructionClass;

// --- by mnemonic alone --------------------------------------------------------------------------

struct Row {
  ZydisMnemonic mnemonic;
  Class instruction_class;
};

constexpr Row rows[] = {
    {ZYDIS_MNEMONIC_ADD, Class::alu},
    {ZYDIS_MNEMONIC_AND, Class::alu},
    {ZYDIS_MNEMONIC_OR, Class::alu},
    {ZYDIS_MNEMONIC_CMP, Class::alu},
    {ZYDIS_MNEMONIC_TEST, Class::alu},
    {ZYDIS_MNEMONIC_INC, Class::alu},
    {ZYDIS_MNEMONIC_DEC, Class::alu},
    {ZYDIS_MNEMONIC_NEG, Class::alu},
    {ZYDIS_MNEMONIC_NOT, Class::alu},
    {ZYDIS_MNEMONIC_MOVZX, Class::alu},
    {ZYDIS_MNEMONIC_MOVSX, Class::alu},
    {ZYDIS_MNEMONIC_MOVSXD, Class::alu},
    {ZYDIS_MNEMONIC_CBW, Class::alu},
    {ZYDIS_MNEMONIC_CWDE, Class::alu},
    {ZYDIS_MNEMONIC_CDQE, Class::alu},
    {ZYDIS_MNEMONIC_ADC, Class::carry_arithmetic},
    {ZYDIS_MNEMONIC_SBB, Class::carry_arithmetic},
    {ZYDIS_MNEMONIC_CDQ, Class::sign_spread},
    {ZYDIS_MNEMONIC_CQO, Class::sign_spread},
    {ZYDIS_MNEMONIC_CWD, Class::sign_spread_word},
    {ZYDIS_MNEMONIC_BSF, Class::bit_scan},
    {ZYDIS_MNEMONIC_BSR, Class::bit_scan},
    {ZYDIS_MNEMONIC_POPCNT, Class::bit_scan},
    {ZYDIS_MNEMONIC_LZCNT, Class::bit_scan},
    {ZYDIS_MNEMONIC_TZCNT, Class::bit_scan},
    {ZYDIS_MNEMONIC_NOP, Class::no_operation},
    {ZYDIS_MNEMONIC_ENDBR32, Class::no_operation},
    {ZYDIS_MNEMONIC_ENDBR64, Class::no_operation},
    {ZYDIS_MNEMONIC_LEAVE, Class::leave},
    {ZYDIS_MNEMONIC_ENTER, Class::enter},
    {ZYDIS_MNEMONIC_XLAT, Class::translate},
    {ZYDIS_MNEMONIC_SETBE, Class::set_condition_both},
    {ZYDIS_MNEMONIC_SETNBE, Class::set_condition_both},
    {ZYDIS_MNEMONIC_CMOVBE, Class::move_condition_both},
    {ZYDIS_MNEMONIC_CMOVNBE, Class::move_condition_both},
    {ZYDIS_MNEMONIC_CLC, Class::clear_carry},
    {ZYDIS_MNEMONIC_STC, Class::set_carry},
    {ZYDIS_MNEMONIC_CMC, Class::set_carry},
    {ZYDIS_MNEMONIC_CLD, Class::set_direction},
    {ZYDIS_MNEMONIC_STD, Class::set_direction},
    {ZYDIS_MNEMONIC_LAHF, Class::load_flags},
    {ZYDIS_MNEMONIC_SAHF, Class::store_flags},
    {ZYDIS_MNEMONIC_PUSHF, Class::push_flags},
    {ZYDIS_MNEMONIC_PUSHFD, Class::push_flags},
    {ZYDIS_MNEMONIC_PUSHFQ, Class::push_flags},
    {ZYDIS_MNEMONIC_POPF, Class::pop_flags},
    {ZYDIS_MNEMONIC_POPFD, Class::pop_flags},
    {ZYDIS_MNEMONIC_POPFQ, Class::pop_flags},
    {ZYDIS_MNEMONIC_CLI, Class::disable_interrupts},
    {ZYDIS_MNEMONIC_STI, Class::enable_interrupts},
    {ZYDIS_MNEMONIC_LODSB, Class::load_string},
    {ZYDIS_MNEMONIC_LODSW, Class::load_string},
    {ZYDIS_MNEMONIC_LODSD, Class::load_string},
    {ZYDIS_MNEMONIC_LODSQ, Class::load_string},
    {ZYDIS_MNEMONIC_STOSB, Class::store_string},
    {ZYDIS_MNEMONIC_STOSW, Class::store_string},
    {ZYDIS_MNEMONIC_STOSD, Class::store_string},
    {ZYDIS_MNEMONIC_STOSQ, Class::store_string},
    {ZYDIS_MNEMONIC_MOVSB, Class::move_string},
    {ZYDIS_MNEMONIC_MOVSW, Class::move_string},
    {ZYDIS_MNEMONIC_MOVSD, Class::move_string},
    {ZYDIS_MNEMONIC_MOVSQ, Class::move_string},
    {ZYDIS_MNEMONIC_SCASB, Class::scan_string},
    {ZYDIS_MNEMONIC_SCASW, Class::scan_string},
    {ZYDIS_MNEMONIC_SCASD, Class::scan_string},
    {ZYDIS_MNEMONIC_SCASQ, Class::scan_string},
    {ZYDIS_MNEMONIC_CMPSB, Class::compare_string},
    {ZYDIS_MNEMONIC_CMPSW, Class::compare_string},
    {ZYDIS_MNEMONIC_CMPSD, Class::compare_string},
    {ZYDIS_MNEMONIC_CMPSQ, Class::compare_string},
    {ZYDIS_MNEMONIC_JCXZ, Class::branch_on_count},
    {ZYDIS_MNEMONIC_JECXZ, Class::branch_on_count},
    {ZYDIS_MNEMONIC_JRCXZ, Class::branch_on_count},
    {ZYDIS_MNEMONIC_LOOP, Class::loop},
    {ZYDIS_MNEMONIC_LOOPE, Class::loop},
    {ZYDIS_MNEMONIC_LOOPNE, Class::loop},
    {ZYDIS_MNEMONIC_PAUSE, Class::pause},
    {ZYDIS_MNEMONIC_LFENCE, Class::load_fence},
    {ZYDIS_MNEMONIC_SFENCE, Class::store_fence},
    {ZYDIS_MNEMONIC_MFENCE, Class::full_fence},
    {ZYDIS_MNEMONIC_PREFETCH, Class::prefetch},
    {ZYDIS_MNEMONIC_PREFETCHW, Class::prefetch},
    {ZYDIS_MNEMONIC_PREFETCHWT1, Class::prefetch},
    {ZYDIS_MNEMONIC_PREFETCHNTA, Class::prefetch},
    {ZYDIS_MNEMONIC_PREFETCHT0, Class::prefetch},
    {ZYDIS_MNEMONIC_PREFETCHT1, Class::prefetch},
    {ZYDIS_MNEMONIC_PREFETCHT2, Class::prefetch},
    {ZYDIS_MNEMONIC_CLFLUSH, Class::flush_line},
    {ZYDIS_MNEMONIC_INVLPG, Class::invalidate_page},
    {ZYDIS_MNEMONIC_INVD, Class::invalidate_caches},
    {ZYDIS_MNEMONIC_WBINVD, Class::invalidate_caches},
    {ZYDIS_MNEMONIC_RDTSC, Class::read_time},
    {ZYDIS_MNEMONIC_RDTSCP, Class::read_time_and_cpu},
    {ZYDIS_MNEMONIC_RDPMC, Class::read_counter},
    {ZYDIS_MNEMONIC_CPUID, Class::identify},
    {ZYDIS_MNEMONIC_RDMSR, Class::read_register},
    {ZYDIS_MNEMONIC_RDFSBASE, Class::read_register},
    {ZYDIS_MNEMONIC_RDGSBASE, Class::read_register},
    {ZYDIS_MNEMONIC_XGETBV, Class::read_register},
    {ZYDIS_MNEMONIC_WRMSR, Class::write_register},
    {ZYDIS_MNEMONIC_WRFSBASE, Class::write_register},
    {ZYDIS_MNEMONIC_WRGSBASE, Class::write_register},
    {ZYDIS_MNEMONIC_XSETBV, Class::write_register},
    {ZYDIS_MNEMONIC_SWAPGS, Class::swap_base},
    {ZYDIS_MNEMONIC_SMSW, Class::read_control},
    {ZYDIS_MNEMONIC_LMSW, Class::write_control},
    {ZYDIS_MNEMONIC_CLTS, Class::write_control},
    {ZYDIS_MNEMONIC_SYSCALL, Class::system_call},
    {ZYDIS_MNEMONIC_SYSENTER, Class::system_call},
    {ZYDIS_MNEMONIC_SYSRET, Class::system_return},
    {ZYDIS_MNEMONIC_SYSEXIT, Class::system_return},
    {ZYDIS_MNEMONIC_INT, Class::interrupt},
    {ZYDIS_MNEMONIC_INT1, Class::interrupt},
    {ZYDIS_MNEMONIC_INT3, Class::interrupt},
    {ZYDIS_MNEMONIC_INTO, Class::interrupt},
    {ZYDIS_MNEMONIC_IRET, Class::interrupt_return},
    {ZYDIS_MNEMONIC_IRETD, Class::interrupt_return},
    {ZYDIS_MNEMONIC_IRETQ, Class::interrupt_return},
    {ZYDIS_MNEMONIC_SLDT, Class::read_segment},
    {ZYDIS_MNEMONIC_STR, Class::read_segment},
    {ZYDIS_MNEMONIC_SGDT, Class::read_segment},
    {ZYDIS_MNEMONIC_SIDT, Class::read_segment},
    {ZYDIS_MNEMONIC_LDS, Class::write_segment},
    {ZYDIS_MNEMONIC_LES, Class::write_segment},
    {ZYDIS_MNEMONIC_LFS, Class::write_segment},
    {ZYDIS_MNEMONIC_LGS, Class::write_segment},
    {ZYDIS_MNEMONIC_LSS, Class::write_segment},
    {ZYDIS_MNEMONIC_LAR, Class::check_segment},
    {ZYDIS_MNEMONIC_LSL, Class::check_segment},
    {ZYDIS_MNEMONIC_VERR, Class::check_segment},
    {ZYDIS_MNEMONIC_VERW, Class::check_segment},
    {ZYDIS_MNEMONIC_LGDT, Class::load_table},
    {ZYDIS_MNEMONIC_LIDT, Class::load_table},
    {ZYDIS_MNEMONIC_LLDT, Class::load_table},
    {ZYDIS_MNEMONIC_LTR, Class::load_table},
    {ZYDIS_MNEMONIC_IN, Class::port},
    {ZYDIS_MNEMONIC_INSB, Class::port},
    {ZYDIS_MNEMONIC_INSW, Class::port},
    {ZYDIS_MNEMONIC_INSD, Class::port},
    {ZYDIS_MNEMONIC_OUT, Class::port},
    {ZYDIS_MNEMONIC_OUTSB, Class::port},
    {ZYDIS_MNEMONIC_OUTSW, Class::port},
    {ZYDIS_MNEMONIC_OUTSD, Class::port},
    {ZYDIS_MNEMONIC_HLT, Class::idle},
    {ZYDIS_MNEMONIC_MWAIT, Class::idle},
    {ZYDIS_MNEMONIC_MONITOR, Class::arm_monitor},
};

using ByMnemonic = std::array<Class, ZYDIS_MNEMONIC_MAX_VALUE + 1>;

constexpr ByMnemonic index_rows() {
  ByMnemonic classes{};
  for (Class& c : classes) c = Class::unknown;
  for (const Row& row : rows) classes[row.mnemonic] = row.instruction_class;
  return classes;
}

constexpr ByMnemonic by_mnemonic = index_rows();

// --- by operands and prefixes -------------------------------------------------------------------

/// The instruction, its operands, and the width of the first one.
struct Form {
  const ZydisDecodedInstruction& insn;
  const ZydisDecodedOperand* operands;
  unsigned bits;
};

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

/// `classes`: for 8, 16, 32, 64 bits.
Class by_width(const Form& form, const Class (&classes)[4]) {
  return classes[form.bits == 8 ? 0 : form.bits == 16 ? 1 : form.bits == 32 ? 2 : 3];
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

Class classify_shift(const Form& form) {
  return is_register(form.operands[1]) ? Class::shift_by_cl : Class::shift;
}
Class classify_rotate(const Form& form) {
  return is_register(form.operands[1]) ? Class::rotate_by_cl : Class::rotate;
}
Class classify_rotate_carry(const Form& form) {
  const bool one = is_immediate(form.operands[1]) && form.operands[1].imm.value.u == 1;
  return one ? Class::rotate_carry_one : Class::rotate_carry;
}
Class classify_double_shift(const Form& form) {
  return is_register(form.operands[2]) ? Class::double_shift_by_cl : Class::double_shift;
}

Class classify_multiply(const Form& form) {
  if (form.insn.operand_count_visible == 3 && form.bits == 16)
    return Class::multiply_word_immediate;
  if (form.insn.operand_count_visible > 1) return Class::multiply;
  return by_width(form, {Class::multiply, Class::multiply_wide_16, Class::multiply_wide_32,
                         Class::multiply_wide_64});
}
Class classify_divide(const Form& form) {
  return by_width(form, {Class::divide_8, Class::divide_16, Class::divide_32, Class::divide_64});
}
Class classify_divide_signed(const Form& form) {
  return by_width(form, {Class::divide_signed_8, Class::divide_signed_16, Class::divide_signed_32,
                         Class::divide_signed_64});
}

Class classify_bit_test(const Form& form) {
  return is_memory(form.operands[0]) && is_register(form.operands[1]) ? Class::bit_test_memory
                                                                      : Class::bit_test;
}
Class classify_byte_swap(const Form& form) {
  return form.bits == 64 ? Class::byte_swap_64 : Class::byte_swap_32;
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

/// XCHG with memory locks without a prefix (SDM Vol. 2, XCHG).
Class classify_exchange(const Form& form) {
  const bool memory = is_memory(form.operands[0]) || is_memory(form.operands[1]);
  return memory ? Class::locked : Class::exchange;
}
Class classify_exchange_add(const Form& form) {
  return locked(form.insn) ? Class::locked_exchange_add : Class::exchange_add;
}
Class classify_compare_exchange(const Form& form) {
  if (locked(form.insn)) return Class::locked_compare_exchange;
  return is_memory(form.operands[0]) ? Class::compare_exchange_memory : Class::compare_exchange;
}
Class classify_compare_exchange_8(const Form& form) {
  return locked(form.insn) ? Class::locked_compare_exchange_8 : Class::compare_exchange_8;
}
Class classify_compare_exchange_16(const Form& form) {
  return locked(form.insn) ? Class::locked_compare_exchange_16 : Class::compare_exchange_16;
}

bool is_far(const Form& form) { return form.insn.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR; }

Class classify_jump(const Form& form) { return is_far(form) ? Class::far_transfer : Class::jump; }
Class classify_call(const Form& form) {
  if (is_far(form)) return Class::far_transfer;
  return is_immediate(form.operands[0]) ? Class::call : Class::call_indirect;
}
Class classify_return(const Form& form) {
  if (is_far(form)) return Class::far_transfer;
  return form.insn.operand_count_visible == 0 ? Class::ret : Class::ret_release;
}

Class classify_push(const Form& form) {
  return register_class(form.operands[0]) == ZYDIS_REGCLASS_SEGMENT ? Class::read_segment
                                                                    : Class::push;
}
Class classify_pop(const Form& form) {
  return register_class(form.operands[0]) == ZYDIS_REGCLASS_SEGMENT ? Class::write_segment
                                                                    : Class::pop;
}

using Classify = Class (*)(const Form&);

/// What decides where the mnemonic alone does not; nullptr for any other.
Classify classify_by_form(ZydisMnemonic mnemonic) {
  switch (mnemonic) {
    case ZYDIS_MNEMONIC_XOR:
    case ZYDIS_MNEMONIC_SUB:
      return classify_idiom;
    case ZYDIS_MNEMONIC_LEA:
      return classify_lea;
    case ZYDIS_MNEMONIC_SHL:
    case ZYDIS_MNEMONIC_SHR:
    case ZYDIS_MNEMONIC_SAR:
      return classify_shift;
    case ZYDIS_MNEMONIC_ROL:
    case ZYDIS_MNEMONIC_ROR:
      return classify_rotate;
    case ZYDIS_MNEMONIC_RCL:
    case ZYDIS_MNEMONIC_RCR:
      return classify_rotate_carry;
    case ZYDIS_MNEMONIC_SHLD:
    case ZYDIS_MNEMONIC_SHRD:
      return classify_double_shift;
    case ZYDIS_MNEMONIC_MUL:
    case ZYDIS_MNEMONIC_IMUL:
      return classify_multiply;
    case ZYDIS_MNEMONIC_DIV:
      return classify_divide;
    case ZYDIS_MNEMONIC_IDIV:
      return classify_divide_signed;
    case ZYDIS_MNEMONIC_BT:
    case ZYDIS_MNEMONIC_BTS:
    case ZYDIS_MNEMONIC_BTR:
    case ZYDIS_MNEMONIC_BTC:
      return classify_bit_test;
    case ZYDIS_MNEMONIC_BSWAP:
      return classify_byte_swap;
    case ZYDIS_MNEMONIC_MOV:
      return classify_move;
    case ZYDIS_MNEMONIC_XCHG:
      return classify_exchange;
    case ZYDIS_MNEMONIC_XADD:
      return classify_exchange_add;
    case ZYDIS_MNEMONIC_CMPXCHG:
      return classify_compare_exchange;
    case ZYDIS_MNEMONIC_CMPXCHG8B:
      return classify_compare_exchange_8;
    case ZYDIS_MNEMONIC_CMPXCHG16B:
      return classify_compare_exchange_16;
    case ZYDIS_MNEMONIC_JMP:
      return classify_jump;
    case ZYDIS_MNEMONIC_CALL:
      return classify_call;
    case ZYDIS_MNEMONIC_RET:
      return classify_return;
    case ZYDIS_MNEMONIC_PUSH:
      return classify_push;
    case ZYDIS_MNEMONIC_POP:
      return classify_pop;
    default:
      return nullptr;
  }
}

Class classify_by_category(ZydisInstructionCategory category) {
  switch (category) {
    case ZYDIS_CATEGORY_COND_BR:
      return Class::branch;
    case ZYDIS_CATEGORY_CMOV:
      return Class::move_condition;
    case ZYDIS_CATEGORY_SETCC:
      return Class::set_condition;
    default:
      return Class::unknown;
  }
}

Class repeated_class(Class c) {
  switch (c) {
    case Class::load_string:
      return Class::repeat_load;
    case Class::store_string:
      return Class::repeat_store;
    case Class::move_string:
      return Class::repeat_move;
    case Class::scan_string:
      return Class::repeat_scan;
    case Class::compare_string:
      return Class::repeat_compare;
    default:
      return c;
  }
}

/// LOCK before an instruction that has no locked class of its own.
bool locks_by_prefix(const ZydisDecodedInstruction& insn, Class c) {
  const bool own = c >= Class::locked && c <= Class::locked_compare_exchange_16;
  return locked(insn) && !own;
}

}  // namespace

InstructionClass instruction_class(const ZydisDecodedInstruction& instruction,
                                   const ZydisDecodedOperand* operands) {
  const unsigned bits = instruction.operand_count != 0 ? operands[0].size : 0;
  Class found = by_mnemonic[instruction.mnemonic];
  if (const Classify classify = classify_by_form(instruction.mnemonic))
    found = classify({instruction, operands, bits});
  if (found == Class::unknown) found = classify_by_category(instruction.meta.category);
  if (repeated(instruction)) found = repeated_class(found);
  return locks_by_prefix(instruction, found) ? Class::locked : found;
}

}  // namespace apicsim
