#pragma once

#include <cstdint>
#include <vector>

namespace apicsim::differential {

/// Bits of RFLAGS (SDM Vol. 1 §3.4.3).
constexpr std::uint32_t CF = 1u << 0, PF = 1u << 2, AF = 1u << 4, ZF = 1u << 6, SF = 1u << 7,
                        IF = 1u << 9, DF = 1u << 10, OF = 1u << 11, RF = 1u << 16;
constexpr std::uint32_t status_flags = CF | PF | AF | ZF | SF | OF;

/// How an instruction form takes its operands (SDM Vol. 2 §3.1.1.3).
enum class Operands : std::uint8_t {
  none,
  rm,          ///< ModRM with an opcode extension
  rm_reg,      ///< ModRM, register and register or memory, in either direction
  reg_memory,  ///< ModRM, memory only
  memory,      ///< ModRM with an opcode extension, memory only
  rm_imm8,     ///< 8-bit immediate, sign-extended
  rm_imm,      ///< immediate of the operand size, at most 32 bits
  rm_count,    ///< 8-bit immediate, a count or bit number
  reg_rm_imm8,
  reg_rm_imm,
  reg_rm_count,  ///< SHLD/SHRD with an immediate count
  accumulator_imm,
  opcode_reg,      ///< register in the low three bits of the opcode
  opcode_reg_imm,  ///< the same with an immediate of the operand size, up to 64 bits
  imm8,
  imm32,
};

/// Operand sizes in bytes, as a set.
enum Size : std::uint8_t { b = 1, w = 2, d = 4, q = 8 };
constexpr std::uint8_t wdq = w | d | q;
constexpr std::uint8_t bwdq = b | wdq;

/// One encoding of one instruction with what it does to the status flags.
struct Form {
  const char* name;
  std::uint8_t map;     ///< 0: one-byte opcodes, 1: 0F
  std::uint8_t opcode;  ///< with the byte form in `sizes`, wider operands use opcode + 1
  Operands operands;
  std::uint8_t digit;  ///< opcode extension in ModRM.reg
  std::uint8_t sizes;
  std::uint8_t rm_size;  ///< size of the r/m operand where it differs (MOVZX), else 0
  bool lock;             ///< LOCK is allowed when the destination is memory
  bool writes_reg;       ///< ModRM.reg or the opcode's register is a destination
  bool writes_rm;
  bool default64;         ///< 64 bits without REX.W in 64-bit mode (PUSH, POP)
  std::uint32_t reads;    ///< status flags that decide the result
  std::uint32_t defines;  ///< status flags with a defined new value
  std::uint32_t
      undefined;  ///< status flags left undefined, by the instruction's page in SDM Vol. 2
  bool keeps;     ///< flags may stay as they were (a count of 0)
  unsigned weight;
};

/// All forms that need no preparation. Those that do (strings, DIV, POPF, branches) are in
/// templates.cpp.
const std::vector<Form>& forms();

/// Flags that a condition code 0..15 reads (SDM Vol. 1 Appendix B).
std::uint32_t condition_flags(unsigned condition);

}  // namespace apicsim::differential
