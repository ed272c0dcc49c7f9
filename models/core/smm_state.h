#pragma once

#include "models/core/types.h"

namespace apicsim {

/// What the save map says about the I/O instruction that an SMI followed at once (SDM Vol. 3
/// §31.7, §31.12): its place, and the registers that it needs to be executed again.
struct IoInstruction {
  u64 retired = ~u64{0};  ///< instructions retired with it; an SMI belongs to it if no more have
  u64 rip = 0, rcx = 0, rsi = 0, rdi = 0;
  u64 linear = 0;  ///< memory operand of INS and OUTS
  u16 port = 0;
  u8 size = 0;  ///< bytes: 1, 2, 4
  u8 type = 0;  ///< Table 31-6, see smm::io_type
};

/// System management mode of one CPU: plain data.
struct SmmState {
  bool active = false;
  u64 base = 0x30000;           ///< SMBASE; INIT keeps it (SDM Vol. 3 §31.4)
  u64 count = 0;                ///< SMIs taken since reset: MSR_SMI_COUNT
  bool halted = false;          ///< the SMI came in HLT
  bool nmi_blocked = false;     ///< NMI was blocked when the SMI came (§31.8)
  u64 pending_debug = 0;        ///< traps that the SMI came before: delivered behind RSM
  bool io_interrupted = false;  ///< the SMI came at once behind `io`
  IoInstruction io;             ///< the last one that was executed
};

}  // namespace apicsim
