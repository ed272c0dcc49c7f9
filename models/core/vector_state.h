#pragma once

#include "models/core/types.h"

namespace apicsim {

/// x87 and SSE registers. Values after power-up: SDM Vol. 3 table 9-1.
struct VectorState {
  u16 control = 0x0040;  ///< FCW
  u16 status = 0;        ///< FSW
  u8 valid = 0xFF;       ///< FTW abridged: a bit per physical register that is not empty
  u16 opcode = 0;        ///< FOP
  u64 instruction = 0;   ///< FIP, with FCS in bits 47:32 outside of 64-bit mode
  u64 operand = 0;       ///< FDP and FDS alike
  u8 stack[8][16] = {};  ///< ST0..ST7, 80 bits each in 16 bytes
  u32 mxcsr = 0x1F80;
  u64 xmm[16][2] = {};
};

/// MXCSR bits that exist: all 16, DAZ among them (SDM Vol. 1 §10.2.3, §11.6.6).
inline constexpr u32 mxcsr_mask = 0xFFFF;

}  // namespace apicsim
