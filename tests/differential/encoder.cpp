#include "tests/differential/encoder.h"

namespace apicsim::differential {
namespace {

bool has_modrm(Operands operands) {
  switch (operands) {
    case Operands::none:
    case Operands::accumulator_imm:
    case Operands::opcode_reg:
    case Operands::opcode_reg_imm:
    case Operands::imm8:
    case Operands::imm32:
      return false;
    default:
      return true;
  }
}

bool has_reg(Operands operands) {
  switch (operands) {
    case Operands::rm_reg:
    case Operands::reg_memory:
    case Operands::reg_rm_imm8:
    case Operands::reg_rm_imm:
    case Operands::reg_rm_count:
      return true;
    default:
      return false;
  }
}

unsigned immediate_size(const Form& form, unsigned size) {
  const unsigned narrow = size < 4 ? size : 4;
  switch (form.operands) {
    case Operands::rm_imm8:
    case Operands::rm_count:
    case Operands::reg_rm_imm8:
    case Operands::reg_rm_count:
    case Operands::imm8:
      return 1;
    case Operands::rm_imm:
    case Operands::reg_rm_imm:
    case Operands::accumulator_imm:
      return narrow;
    case Operands::imm32:
      return size == 2 ? 2 : 4;
    case Operands::opcode_reg_imm:
      return size;
    default:
      return 0;
  }
}

/// REX without its fixed upper half (SDM Vol. 2 §2.2.1).
std::uint8_t rex_bits(const Form& form, const Choice& choice) {
  std::uint8_t rex = choice.size == 8 && !form.default64 ? 8 : 0;
  if (form.operands == Operands::opcode_reg || form.operands == Operands::opcode_reg_imm)
    return static_cast<std::uint8_t>(rex | (choice.reg >> 3));
  if (!has_modrm(form.operands)) return rex;
  if (has_reg(form.operands) && choice.reg >= 8) rex |= 4;
  if (choice.memory) {
    if (choice.operand.index >= 8) rex |= 2;
    if (choice.operand.base >= 8) rex |= 1;
  } else if (choice.rm >= 8) {
    rex |= 1;
  }
  return rex;
}

void append(Item& item, std::uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i)
    item.bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

/// ModRM, SIB and displacement (SDM Vol. 2 tables 2-2 and 2-3).
void append_memory(Item& item, unsigned reg_field, const MemoryOperand& operand) {
  auto modrm = [&](unsigned mod, unsigned rm) { append(item, mod << 6 | reg_field << 3 | rm, 1); };
  if (operand.base == rip_relative) {
    modrm(0, 5);
    item.relative_at = static_cast<std::uint8_t>(item.bytes.size());
    item.relative_size = 4;
    item.address = static_cast<std::uint64_t>(operand.displacement);
    append(item, 0, 4);
    return;
  }
  const bool based = operand.base != no_register;
  unsigned mod = 2;
  if (!based)
    mod = 0;
  else if (operand.displacement == 0 && (operand.base & 7) != 5)
    mod = 0;
  else if (operand.displacement >= -128 && operand.displacement < 128)
    mod = 1;
  if (based && operand.index == no_register && (operand.base & 7) != 4) {
    modrm(mod, operand.base & 7);
  } else {
    modrm(mod, 4);
    const unsigned index = operand.index == no_register ? 4 : operand.index & 7;
    append(item, operand.scale << 6 | index << 3 | (based ? operand.base & 7 : 5), 1);
  }
  append(item, static_cast<std::uint64_t>(operand.displacement),
         !based     ? 4
         : mod == 0 ? 0
         : mod == 1 ? 1
                    : 4);
}

/// Shifts: what is undefined depends on the count, which an immediate gives away.
void narrow_to_count(const Form& form, const Choice& choice, Item& item) {
  const bool shift = form.operands == Operands::reg_rm_count ||
                     (form.operands == Operands::rm_count && form.map == 0);
  if (!shift) return;
  const unsigned count = choice.immediate & (choice.size == 8 ? 63 : 31);
  item.keeps = false;
  if (count == 0) {
    item.reads = item.defines = item.undefined = 0;
    return;
  }
  std::uint32_t known = count == 1 ? OF : 0;
  if (count < choice.size * 8) known |= CF;
  known &= item.undefined;
  item.undefined &= ~known;
  item.defines |= known;
}

}  // namespace

bool has_rex(const Form& form, const Choice& choice) {
  return choice.force_rex || rex_bits(form, choice) != 0;
}

Item encode(const Form& form, const Choice& choice) {
  Item item;
  item.name = form.name;
  item.memory = choice.memory;
  if (choice.lock) append(item, 0xF0, 1);
  if (choice.repeat != 0) append(item, choice.repeat, 1);
  if (choice.memory && choice.operand.address32) append(item, 0x67, 1);
  if (choice.size == 2) append(item, 0x66, 1);
  if (has_rex(form, choice)) append(item, 0x40u | rex_bits(form, choice), 1);
  if (form.map == 1) append(item, 0x0F, 1);
  unsigned opcode = form.opcode;
  if ((form.sizes & b) != 0 && choice.size != 1) ++opcode;
  if (form.operands == Operands::opcode_reg || form.operands == Operands::opcode_reg_imm)
    opcode += choice.reg & 7;
  append(item, opcode, 1);
  if (has_modrm(form.operands)) {
    const unsigned field = has_reg(form.operands) ? choice.reg & 7 : form.digit;
    if (choice.memory)
      append_memory(item, field, choice.operand);
    else
      append(item, 0xC0u | field << 3 | (choice.rm & 7), 1);
  }
  append(item, choice.immediate, immediate_size(form, choice.size));
  item.reads = form.reads;
  item.defines = form.defines;
  item.undefined = form.undefined;
  item.keeps = form.keeps;
  narrow_to_count(form, choice, item);
  return item;
}

}  // namespace apicsim::differential
