#pragma once

#include <cstdint>

/// RV32I base integer instruction set. Source: The RISC-V Instruction Set Manual, Volume I,
/// 20191213, chapter 2 and the table of chapter 24; causes: Volume II, table 3.6.
namespace apicsim::rv32i {

// Major opcodes, bits 6:0
inline constexpr std::uint32_t load = 0x03;
inline constexpr std::uint32_t fence = 0x0F;
inline constexpr std::uint32_t immediate = 0x13;
inline constexpr std::uint32_t auipc = 0x17;
inline constexpr std::uint32_t store = 0x23;
inline constexpr std::uint32_t operation = 0x33;
inline constexpr std::uint32_t lui = 0x37;
inline constexpr std::uint32_t branch = 0x63;
inline constexpr std::uint32_t jalr = 0x67;
inline constexpr std::uint32_t jal = 0x6F;
inline constexpr std::uint32_t system = 0x73;

inline constexpr std::uint32_t ecall = 0x00000073;
inline constexpr std::uint32_t ebreak = 0x00100073;

inline constexpr std::uint32_t alternate = 0x20;  ///< funct7 of SUB, SRA, SRAI

// funct3 of arithmetic
inline constexpr std::uint32_t add = 0, shift_left = 1, less = 2, less_unsigned = 3, exclusive = 4,
                               shift_right = 5, either = 6, both = 7;
// funct3 of branches
inline constexpr std::uint32_t equal = 0, not_equal = 1, branch_less = 4, branch_not_less = 5,
                               branch_less_unsigned = 6, branch_not_less_unsigned = 7;

/// Exception codes, as in mcause.
enum class Trap : std::uint32_t {
  instruction_misaligned = 0,
  instruction_fault = 1,
  illegal_instruction = 2,
  breakpoint = 3,
  load_misaligned = 4,
  load_fault = 5,
  store_misaligned = 6,
  store_fault = 7,
  environment_call = 11,  ///< from machine mode
};

}  // namespace apicsim::rv32i
