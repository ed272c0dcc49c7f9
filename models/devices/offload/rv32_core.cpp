#include "models/devices/offload/rv32_core.h"

namespace apicsim {

using rv32i::Trap;

/// The fields of an instruction (§2.2, §2.3).
struct Rv32Core::Instruction {
  std::uint32_t bits;

  std::uint32_t opcode() const { return bits & 0x7F; }
  unsigned rd() const { return bits >> 7 & 31; }
  unsigned rs1() const { return bits >> 15 & 31; }
  unsigned rs2() const { return bits >> 20 & 31; }
  std::uint32_t funct3() const { return bits >> 12 & 7; }
  std::uint32_t funct7() const { return bits >> 25; }
  std::uint32_t immediate_i() const { return extended(bits >> 20, 12); }
  std::uint32_t immediate_s() const { return extended(funct7() << 5 | rd(), 12); }
  std::uint32_t immediate_u() const { return bits & 0xFFFFF000; }
  std::uint32_t immediate_b() const {
    return extended((bits >> 31) << 12 | (bits >> 7 & 1) << 11 | (bits >> 25 & 0x3F) << 5 |
                        (bits >> 8 & 0xF) << 1,
                    13);
  }
  std::uint32_t immediate_j() const {
    return extended((bits >> 31) << 20 | (bits >> 12 & 0xFF) << 12 | (bits >> 20 & 1) << 11 |
                        (bits >> 21 & 0x3FF) << 1,
                    21);
  }
  static std::uint32_t extended(std::uint32_t value, unsigned width) {
    const std::uint32_t sign = 1u << (width - 1);
    return (value ^ sign) - sign;
  }
};

namespace {

bool less_signed(std::uint32_t a, std::uint32_t b) { return (a ^ 0x80000000) < (b ^ 0x80000000); }

std::uint32_t shift_right_signed(std::uint32_t value, unsigned count) {
  const std::uint32_t shifted = value >> count;
  const bool negative = (value >> 31) != 0;
  return negative && count != 0 ? shifted | ~std::uint32_t{0} << (32 - count) : shifted;
}

}  // namespace

void Rv32Core::reset(std::uint32_t pc) {
  m_pc = pc;
  m_registers = {};
}

std::optional<Rv32Core::Exception> Rv32Core::step() {
  const auto bits = m_bus.fetch(m_pc);
  if (!bits) return exception(Trap::instruction_fault, m_pc);
  return execute({*bits});
}

Rv32Core::Exception Rv32Core::illegal(const Instruction& instruction) const {
  return exception(Trap::illegal_instruction, instruction.bits);
}

std::optional<Rv32Core::Exception> Rv32Core::execute(const Instruction& instruction) {
  switch (instruction.opcode()) {
    case rv32i::lui:
      set_reg(instruction.rd(), instruction.immediate_u());
      break;
    case rv32i::auipc:
      set_reg(instruction.rd(), m_pc + instruction.immediate_u());
      break;
    case rv32i::jal:
      return jump(instruction, m_pc + instruction.immediate_j());
    case rv32i::jalr:
      if (instruction.funct3() != 0) return illegal(instruction);
      return jump(instruction, (reg(instruction.rs1()) + instruction.immediate_i()) & ~1u);
    case rv32i::branch:
      return branch(instruction);
    case rv32i::load:
      return load(instruction);
    case rv32i::store:
      return store(instruction);
    case rv32i::immediate:
    case rv32i::operation:
      return arithmetic(instruction);
    case rv32i::fence:  // nothing to order, one hart and one bus (§2.7)
      if (instruction.funct3() != 0) return illegal(instruction);
      break;
    case rv32i::system:
      return system(instruction);
    default:
      return illegal(instruction);
  }
  m_pc += 4;
  return std::nullopt;
}

std::optional<Rv32Core::Exception> Rv32Core::system(const Instruction& instruction) const {
  if (instruction.bits == rv32i::ecall) return exception(Trap::environment_call, 0);
  if (instruction.bits == rv32i::ebreak) return exception(Trap::breakpoint, m_pc);
  return illegal(instruction);
}

/// A misaligned target is reported for the jump itself (§2.5).
std::optional<Rv32Core::Exception> Rv32Core::jump(const Instruction& instruction,
                                                  std::uint32_t target) {
  if (target % 4 != 0) return exception(Trap::instruction_misaligned, target);
  set_reg(instruction.rd(), m_pc + 4);
  m_pc = target;
  return std::nullopt;
}

std::optional<Rv32Core::Exception> Rv32Core::branch(const Instruction& instruction) {
  const std::uint32_t a = reg(instruction.rs1()), b = reg(instruction.rs2());
  bool taken = false;
  switch (instruction.funct3()) {
    case rv32i::equal:
      taken = a == b;
      break;
    case rv32i::not_equal:
      taken = a != b;
      break;
    case rv32i::branch_less:
      taken = less_signed(a, b);
      break;
    case rv32i::branch_not_less:
      taken = !less_signed(a, b);
      break;
    case rv32i::branch_less_unsigned:
      taken = a < b;
      break;
    case rv32i::branch_not_less_unsigned:
      taken = a >= b;
      break;
    default:
      return illegal(instruction);
  }
  const std::uint32_t target = m_pc + (taken ? instruction.immediate_b() : 4);
  if (target % 4 != 0) return exception(Trap::instruction_misaligned, target);
  m_pc = target;
  return std::nullopt;
}

/// funct3: width in 1:0, zero-extension in bit 2.
std::optional<Rv32Core::Exception> Rv32Core::load(const Instruction& instruction) {
  const std::uint32_t kind = instruction.funct3();
  const unsigned size = 1u << (kind & 3);
  if (size > 4 || kind > 5) return illegal(instruction);
  const std::uint32_t address = reg(instruction.rs1()) + instruction.immediate_i();
  if (address % size != 0) return exception(Trap::load_misaligned, address);
  const auto value = m_bus.load(address, size);
  if (!value) return exception(Trap::load_fault, address);
  const bool zero_extended = (kind & 4) != 0 || size == 4;
  set_reg(instruction.rd(), zero_extended ? *value : Instruction::extended(*value, 8 * size));
  m_pc += 4;
  return std::nullopt;
}

std::optional<Rv32Core::Exception> Rv32Core::store(const Instruction& instruction) {
  if (instruction.funct3() > 2) return illegal(instruction);
  const unsigned size = 1u << instruction.funct3();
  const std::uint32_t address = reg(instruction.rs1()) + instruction.immediate_s();
  if (address % size != 0) return exception(Trap::store_misaligned, address);
  if (!m_bus.store(address, size, reg(instruction.rs2())))
    return exception(Trap::store_fault, address);
  m_pc += 4;
  return std::nullopt;
}

std::optional<Rv32Core::Exception> Rv32Core::arithmetic(const Instruction& instruction) {
  const bool with_register = instruction.opcode() == rv32i::operation;
  const std::uint32_t kind = instruction.funct3();
  const bool shifts = kind == rv32i::shift_left || kind == rv32i::shift_right;
  const bool alternate = instruction.funct7() == rv32i::alternate;
  // funct7 is part of the immediate but for shifts; its one other value is for SUB and SRA.
  const bool alternate_known = kind == rv32i::shift_right || (with_register && kind == rv32i::add);
  const bool checked = with_register || shifts;
  if (checked && instruction.funct7() != 0 && !(alternate && alternate_known))
    return illegal(instruction);
  const std::uint32_t a = reg(instruction.rs1());
  const std::uint32_t b = with_register ? reg(instruction.rs2()) : instruction.immediate_i();
  std::uint32_t result = 0;
  switch (kind) {
    case rv32i::add:
      result = with_register && alternate ? a - b : a + b;
      break;
    case rv32i::shift_left:
      result = a << (b & 31);
      break;
    case rv32i::less:
      result = less_signed(a, b) ? 1 : 0;
      break;
    case rv32i::less_unsigned:
      result = a < b ? 1 : 0;
      break;
    case rv32i::exclusive:
      result = a ^ b;
      break;
    case rv32i::shift_right:
      result = alternate ? shift_right_signed(a, b & 31) : a >> (b & 31);
      break;
    case rv32i::either:
      result = a | b;
      break;
    default:
      result = a & b;
      break;
  }
  set_reg(instruction.rd(), result);
  m_pc += 4;
  return std::nullopt;
}

}  // namespace apicsim
