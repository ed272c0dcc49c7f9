#pragma once

#include "models/core/types.h"

namespace apicsim {

/// Dependency units: general register n is bit n; then the groups of flags that are renamed apart
/// from each other (Agner Fog, microarchitecture, "Partial flag access").
namespace unit {
inline constexpr u32 none = 0;
inline constexpr u32 carry = 1u << 16;  ///< CF
inline constexpr u32 flags = 1u << 17;  ///< the other status flags
inline constexpr unsigned count = 18;
}  // namespace unit

enum class TimingKind : u8 {
  plain,
  branch,         ///< conditional, direct
  jump,           ///< unconditional, direct
  indirect,       ///< jump through a register or memory
  call,           ///< direct
  call_indirect,  ///< through a register or memory
  ret,
  locked,       ///< LOCK or XCHG with memory: drains the store buffer, holds back younger loads
  load_fence,   ///< LFENCE: waits for all older instructions, holds back all younger ones
  store_fence,  ///< SFENCE: a place in the store buffer
  full_fence,   ///< MFENCE: waits for older loads and stores, holds back younger loads
  ordered,      ///< waits for all older instructions, holds back nothing (RDTSCP)
  serialising,  ///< drains everything, then nothing else issues for `reciprocal` cycles (SDM Vol. 3
                ///< §8.3)
  microcoded,   ///< nothing else issues for `reciprocal` cycles
  time_stamp,   ///< RDTSC: microcoded; the time that it reads is that of its execution
  pause,        ///< nothing of this thread issues for `reciprocal` cycles
  repeated,     ///< REP string instruction: `reciprocal` to start, then `iteration_sixteenths`
};

/// Execution micro-operations that may go to the same ports.
struct UopGroup {
  u8 ports = 0;  ///< mask of ports 0..5
  u8 count = 0;  ///< 0: the group is not used
  /// Above 1: cycles for which each one takes the divider, too, which lies behind its port.
  u8 occupancy = 1;
};

/// What the scoreboard knows of one decoded instruction; constant once decoded.
struct OpTiming {
  u32 address_sources = 0;  ///< units that the address needs
  u32 sources = 0;          ///< units that execution or the stored data needs, beside loaded data
  u32 results = 0;          ///< units ready `latency` after the last source or loaded value
  /// Units ready one cycle after the address sources, without waiting for memory (RSI and RDI of
  /// string steps). A stack pointer that the stack engine updates is in neither set: it never
  /// waits.
  u32 early_results = 0;
  u16 latency = 0;     ///< cycles from sources (or loaded data) to results
  u16 reciprocal = 0;  ///< see TimingKind; 0 where nothing is held back
  /// Repeated instructions: cost of one iteration in sixteenths of a cycle (fast strings).
  u16 iteration_sixteenths = 0;
  /// Jcc condition codes (bit = code 0..15) with which the instruction macro-fuses when the branch
  /// follows it directly; 0: never. The decoder joins the pair.
  u16 fusible_conditions = 0;
  u8 uops = 1;         ///< fused-domain micro-operations: rename and retirement slots
  u8 loads = 0;        ///< memory micro-operations besides `groups`; the engine adds load, store
  u8 stores = 0;       ///< address and store data ports
  UopGroup groups[3];  ///< execution micro-operations
  TimingKind kind = TimingKind::plain;
  bool zero_idiom = false;       ///< XOR r,r and its like: no execution, no dependency
  bool eliminated_move = false;  ///< renamed, not executed: results are the sources
  bool fused = false;            ///< branch that travels with the instruction before it
};

}  // namespace apicsim
