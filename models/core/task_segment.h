#pragma once

#include "models/core/stack_access.h"

namespace apicsim {

/// Where a switch to an inner privilege level finds its stack.
struct InnerStack {
  Segment ss;
  u64 pointer = 0;
  bool wide = false;
};

/// RSP0..2 (`level`) of the 64-bit TSS, or an entry 1..7 of its IST; SS becomes null (SDM Vol. 3
/// §6.14.2, §6.14.5, §7.7). Beyond the TSS limit: #TS with TR's selector.
bool read_stack_pointer64(Cpu& cpu, u8 level, u8 ist, bool ext, u64& pointer);
/// SS:ESP for a level 0..2 from the 16- or 32-bit TSS (§7.2.1), or from the 64-bit one.
bool read_inner_stack(Cpu& cpu, u8 level, bool ext, InnerStack& stack);
/// I/O permission bitmap: whether all `size` ports from `port` on are open (SDM Vol. 1 §19.5.2).
/// `allowed` is the answer; the result is false when the TSS could not be read.
bool io_permitted(Cpu& cpu, u16 port, unsigned size, bool& allowed);
/// Interrupt redirection bitmap, the 32 bytes before the I/O map: whether INT `vector` goes to the
/// 8086 program's handler (SDM Vol. 3 §20.3.3). Outside of the TSS it does not.
bool interrupt_redirected(Cpu& cpu, u8 vector, bool& redirected);

}  // namespace apicsim
