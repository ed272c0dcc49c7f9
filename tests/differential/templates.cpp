// Instructions that need preparation to do more than fault: their operands are set up first.

#include "tests/differential/generator.h"

namespace apicsim::differential {

void Generator::add_template() {
  const auto first = static_cast<std::uint32_t>(m_program.items.size());
  const std::uint64_t kind = m_random.below(100);
  if (kind < 28)
    add_string_operation();
  else if (kind < 38)
    add_division();
  else if (kind < 42)
    add_bit_scan();
  else if (kind < 47)
    add_compare_exchange();
  else if (kind < 52)
    add_wide_compare_exchange();
  else if (kind < 58)
    add_flags_from_stack();
  else if (kind < 78)
    return add_branch();
  else if (kind < 84)
    return add_counted_branch();
  else if (kind < 88)
    add_indirect_jump();
  else if (kind < 92)
    add_call();
  else if (kind < 97)
    add_frame();
  else if (kind < 99)
    return add_one_byte(m_random.percent(50) ? 0xFC : 0xFD);  // CLD, STD
  else
    return add_fault();
  guard(first);
}

void Generator::add_one_byte(std::uint8_t opcode) {
  Item item;
  item.bytes = {opcode};
  append(item);
}

void Generator::add_string_operation() {
  struct Operation {
    const char* name;
    std::uint8_t opcode;
    bool compares;
  };
  static constexpr Operation operations[] = {{"movs", 0xA4, false},
                                             {"stos", 0xAA, false},
                                             {"lods", 0xAC, false},
                                             {"cmps", 0xA6, true},
                                             {"scas", 0xAE, true}};
  const Operation& operation = m_random.pick(operations);
  Choice choice;
  choice.size = choose_size(bwdq);
  if (m_random.percent(75)) choice.repeat = m_random.percent(50) ? 0xF3 : 0xF2;
  append(load_address(6, choose_memory(choice.size)));
  append(load_address(7, choose_memory(choice.size)));
  if (choice.repeat != 0)
    append(move_immediate(1, m_random.below(m_random.percent(90) ? 24 : 600)));
  if (m_random.percent(15)) add_one_byte(m_random.percent(50) ? 0xFC : 0xFD);

  Form form{};
  form.name = operation.name;
  form.opcode = operation.opcode;
  form.sizes = bwdq;
  form.defines = operation.compares ? status_flags : 0;
  form.keeps = choice.repeat != 0;
  Item item = encode(form, choice);
  if (m_random.percent(4)) item.bytes.insert(item.bytes.begin(), 0x67);
  append(item);
}

/// Dividend within the quotient's range unless the divisor is 0 or the most negative value meets
/// -1.
void Generator::add_division() {
  Form form{};
  form.name = "div/idiv";
  form.opcode = 0xF6;
  form.operands = Operands::rm;
  form.sizes = bwdq;
  const bool is_signed = m_random.percent(50);
  form.digit = is_signed ? 7 : 6;
  form.undefined = status_flags;
  const Choice choice = choose(form);
  const std::uint8_t prefix = choice.size == 2 ? 0x66 : choice.size == 8 ? 0x48 : 0x40;
  Item extend;
  if (choice.size == 1)
    extend.bytes = is_signed ? std::vector<std::uint8_t>{0x66, 0x98}               // CBW
                             : std::vector<std::uint8_t>{0x66, 0x0F, 0xB6, 0xC0};  // MOVZX AX, AL
  else if (is_signed)
    extend.bytes = {prefix, 0x99};  // CWD, CDQ, CQO
  else
    extend = move_immediate(2, m_random.percent(90) ? 0 : m_random.below(16));
  if (m_random.percent(97)) append(extend);
  append(encode(form, choice));
}

/// The destination is undefined if the source is 0 (SDM Vol. 2, BSF, BSR): then it gets a value.
void Generator::add_bit_scan() {
  Form form{};
  form.name = "bsf/bsr";
  form.map = 1;
  form.opcode = m_random.percent(50) ? 0xBC : 0xBD;
  form.operands = Operands::rm_reg;
  form.sizes = wdq;
  form.writes_reg = form.writes_rm = true;  // by the instructions around it
  form.defines = ZF;
  form.undefined = status_flags & ~ZF;
  const Choice choice = choose(form);
  const bool any_source = m_random.percent(30);
  if (!any_source) {
    Form set{};
    set.name = "or";
    set.opcode = 0x83;
    set.operands = Operands::rm_imm8;
    set.digit = 1;
    set.sizes = wdq;
    set.defines = status_flags & ~AF;
    set.undefined = AF;
    Choice bit = choice;
    bit.immediate = 1 + m_random.below(255);
    append(encode(set, bit));
  }
  append(encode(form, choice));
  if (any_source) append(move_immediate(choice.reg, m_random.next()));
}

void Generator::add_compare_exchange() {
  Form form{};
  form.name = "cmpxchg";
  form.map = 1;
  form.opcode = 0xB0;
  form.operands = Operands::rm_reg;
  form.sizes = bwdq;
  form.defines = status_flags;
  Choice choice;
  choice.size = choose_size(bwdq);
  choice.reg = choose_register(false);
  choice.memory = true;
  choice.operand = choose_memory(choice.size, lock_alignment(choice.size));
  choice.lock = m_random.percent(50);
  append(load(0, choice.size, choice.operand));
  append(encode(form, choice));
}

void Generator::add_wide_compare_exchange() {
  Form form{};
  form.name = "cmpxchg8b/16b";
  form.map = 1;
  form.opcode = 0xC7;
  form.operands = Operands::memory;
  form.digit = 1;
  form.sizes = d | q;
  form.defines = ZF;
  Choice choice;
  choice.size = m_random.percent(60) ? 8 : 4;
  choice.memory = true;
  choice.lock = m_random.percent(50);
  choice.operand = choose_memory(choice.size * 2, 16);
  MemoryOperand high = choice.operand;
  high.displacement += choice.size;
  append(load(0, choice.size, choice.operand));
  append(load(2, choice.size, high));
  append(encode(form, choice));
}

void Generator::add_flags_from_stack() {
  auto value = static_cast<std::uint32_t>(m_random.next()) & (status_flags | DF | IF);
  if (m_random.percent(90)) value |= IF;
  Item push;
  push.bytes = {0x68};
  for (unsigned i = 0; i < 4; ++i) push.bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  append(push);
  Item pop;
  pop.name = (value & IF) != 0 ? "popfq" : "popfq/if";
  pop.bytes = {0x9D};
  pop.defines = status_flags;
  pop.needs_previous = true;
  append(pop);
}

void Generator::add_branch() {
  Item item;
  const bool conditional = m_random.percent(80);
  const auto condition = static_cast<std::uint8_t>(m_random.below(16));
  const bool wide = m_random.percent(30);
  if (!conditional)
    item.bytes = {static_cast<std::uint8_t>(wide ? 0xE9 : 0xEB)};
  else if (wide)
    item.bytes = {0x0F, static_cast<std::uint8_t>(0x80 | condition)};
  else
    item.bytes = {static_cast<std::uint8_t>(0x70 | condition)};
  item.relative_at = static_cast<std::uint8_t>(item.bytes.size());
  item.relative_size = wide ? 4 : 1;
  item.bytes.resize(item.bytes.size() + item.relative_size);
  item.to_item = item.branches = true;
  item.falls_through = conditional;
  item.target = branch_target();
  item.reads = conditional ? condition_flags(condition) : 0;
  append(item);
}

/// LOOPNE, LOOPE, LOOP, JRCXZ; forward as all branches.
void Generator::add_counted_branch() {
  Item item;
  const auto opcode = static_cast<std::uint8_t>(0xE0 + m_random.below(4));
  if (m_random.percent(10)) item.bytes.push_back(0x67);
  item.bytes.push_back(opcode);
  item.relative_at = static_cast<std::uint8_t>(item.bytes.size());
  item.relative_size = 1;
  item.bytes.push_back(0);
  item.to_item = item.branches = true;
  item.target = branch_target();
  item.name = opcode == 0xE0 ? "loopne" : opcode == 0xE1 ? "loope" : "loop";
  item.reads = opcode < 0xE2 ? ZF : 0;
  append(item);
}

/// LEA with the address of a later item, then JMP or PUSH and RET.
void Generator::add_indirect_jump() {
  const unsigned reg = choose_register(true) & 7;
  Item address;
  address.bytes = {0x48, 0x8D, static_cast<std::uint8_t>(reg << 3 | 5), 0, 0, 0, 0};
  address.relative_at = 3;
  address.relative_size = 4;
  address.to_item = true;
  address.target = branch_target() + 2;
  Item jump;
  if (m_random.percent(50)) {
    append(address);
    jump.bytes = {0xFF, static_cast<std::uint8_t>(0xE0 | reg)};
  } else {
    append(address);
    Item push;
    push.bytes = {static_cast<std::uint8_t>(0x50 | reg)};
    append(push);
    jump.bytes = {0xC3};
  }
  jump.branches = true;
  jump.falls_through = false;
  jump.target = address.target;
  append(jump);
}

/// CALL to a later item; the return address stays on the stack.
void Generator::add_call() {
  Item item;
  item.bytes = {0xE8, 0, 0, 0, 0};
  item.relative_at = 1;
  item.relative_size = 4;
  item.to_item = item.branches = true;
  item.falls_through = false;
  item.target = branch_target();
  append(item);
}

void Generator::add_frame() {
  Item enter;
  const auto bytes = static_cast<std::uint8_t>(m_random.below(64));
  const auto level = static_cast<std::uint8_t>(m_random.percent(70) ? 0 : m_random.below(34));
  enter.bytes = {0xC8, bytes, 0, level};
  append(enter);
  if (m_random.percent(60)) add_random_form();
  if (m_random.percent(70)) add_one_byte(0xC9);  // LEAVE
}

/// Instructions that user code must not or cannot execute: #GP and #UD.
void Generator::add_fault() {
  static const std::vector<std::uint8_t> faults[] = {
      {0xF4},              // HLT
      {0xFA},              // CLI
      {0xFB},              // STI
      {0x0F, 0x0B},        // UD2
      {0x06},              // PUSH ES: invalid in 64-bit mode
      {0x27},              // DAA: the same
      {0x0F, 0x06},        // CLTS
      {0x0F, 0x30},        // WRMSR
      {0x0F, 0x20, 0xC0},  // MOV RAX, CR0
      {0xEC},              // IN AL, DX
      {0xEE},              // OUT DX, AL
      {0xF0, 0x01, 0xC8},  // LOCK ADD EAX, ECX
      {0xF0, 0x89, 0x03},  // LOCK MOV [RBX], EAX
      {0xF0, 0x39, 0x03},  // LOCK CMP [RBX], EAX
      {0x8D, 0xC0},        // LEA with a register operand
      {0x0F, 0x01, 0x10},  // LGDT
      {0x0F, 0x00, 0xD0},  // LLDT
      {0x0F, 0xC7, 0xC8},  // CMPXCHG8B with a register operand
  };
  Item item;
  item.name = "fault";
  item.bytes = faults[m_random.below(sizeof faults / sizeof faults[0])];
  append(item);
}

}  // namespace apicsim::differential
