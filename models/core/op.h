#pragma once

#include "models/core/types.h"

namespace apicsim {

class Cpu;
struct Op;
struct Block;
struct OpTiming;

/// Executes one operation and returns the next one, or nullptr to go back to the CPU's main loop.
using Handler = const Op* (*)(Cpu&, const Op*);

/// Segment registers in the order of their encoding; `none` for addresses that are linear already.
enum class Seg : u8 { es, cs, ss, ds, fs, gs, none };

/// Byte offsets into the CPU's register file. General register n is at 8*n; AH, CH, DH and BH are
/// byte 1 of registers 0..3.
namespace slot {
inline constexpr u8 rax = 0, rcx = 8, rdx = 16, rbx = 24, rsp = 32, rbp = 40, rsi = 48, rdi = 56;
inline constexpr u8 block_rip =
    16 * 8;                         ///< address of the block's first byte: RIP-relative operands
inline constexpr u8 zero = 17 * 8;  ///< always 0: absent base or index
inline constexpr unsigned count = 18;
}  // namespace slot

namespace op_flag {
inline constexpr u8 legacy_address = 1;  ///< not plain 64-bit addressing: masks, bases, limits
inline constexpr u8 lock = 2;
inline constexpr u8 rep = 4;  ///< REP or REPE
inline constexpr u8 repne = 8;
inline constexpr u8 wide_operand =
    16;                           ///< 64-bit operand size where the handler is not split by it
inline constexpr u8 branch = 64;  ///< a transfer of control, near or far, conditional or not
inline constexpr u8 probe = 32;   ///< no instruction: reports that the next one is reached
}  // namespace op_flag

/// "No such page" where a physical page address is expected.
inline constexpr u64 no_page = ~u64{0};

/// One decoded instruction. Shared by all CPUs and, but for `link`, constant once decoded.
struct Op {
  Handler handler;
  /// Block that follows, for direct branches within the page: taken, not taken.
  mutable const Block* link[2];
  u64 page;         ///< physical page within which `link` may lead, or no_page
  i64 imm;          ///< immediate, branch displacement (relative to the next instruction) or moffs
  i64 disp;         ///< displacement of the memory operand; RIP-relative: relative to the block
  u8 dst, src;      ///< byte offsets of register operands
  u8 base, index;   ///< byte offsets of the memory operand's registers
  u8 scale;         ///< shift, 0..3
  Seg segment;      ///< of the memory operand
  u8 flags;         ///< op_flag
  u8 length;        ///< bytes of the instruction
  u16 offset;       ///< of the instruction within its block, bytes
  u8 number;        ///< instructions of the block up to and including this one (a probe: the next)
  u8 address_bits;  ///< 16, 32, 64
  u8 operand_bits;  ///< 8, 16, 32, 64
  u8 condition;     ///< condition code 0..15 of Jcc, SETcc, CMOVcc
  u16 detail;       ///< meaning private to the handler (probe id, control register, ...)
};

/// A run of operations that starts at one physical address and is left at its last one.
struct Block {
  u64 physical;     ///< of the first byte
  u64 second_page;  ///< physical page that the only instruction runs into, or no_page
  u16 bytes;        ///< 0 once the block has been overwritten
  u16 op_count;
  u8 instructions;  ///< retired when the block runs to its end
  u8 code_size;     ///< 16, 32, 64
  Op* ops;
  const OpTiming* timings;  ///< one for each of `ops`; nullptr in functional execution
};

}  // namespace apicsim
