#pragma once

#include "models/core/timing/op_timing.h"
#include "models/core/types.h"
#include "models/time/cycle.h"

namespace apicsim {

/// The out-of-order core as data: sizes in entries, times in cycles of the core. Every value is an
/// entry `[core.<name>]` of a timing profile; the ranges are those that the engine accepts.
struct CoreTimingConfig {
  // --- front end --------------------------------------------------------------------------------
  u32 fetch_bytes = 32;  ///< bytes of instructions that reach rename per cycle, 1..64
  u32 issue_width = 4;   ///< fused micro-operations renamed per cycle, 1..8
  /// Cycles between the renaming of two taken branches at least, 1..8 (1: one per cycle).
  u32 taken_branch_interval = 1;
  bool taken_branch_ends_group = true;  ///< nothing behind a taken branch in the same cycle
  u32 mispredict_penalty = 15;  ///< from execution of the branch to renaming the right path, 0..255
  u32 history_bits = 12;        ///< of the conditional predictor, its table has 2^n counters, 4..14
  u32 target_entries = 512;     ///< predicted targets of indirect branches, power of two, 16..4096
  u32 return_entries = 16;      ///< return stack, 1..32

  // --- window -----------------------------------------------------------------------------------
  u32 reorder_entries = 168;   ///< fused micro-operations in flight, 8..256
  u32 scheduler_entries = 54;  ///< micro-operations that wait for execution, 4..128
  u32 load_buffers = 64;       ///< 2..128
  u32 store_buffers = 36;      ///< 2..64
  u32 fill_buffers = 10;       ///< lines on their way to the L1 data cache, 1..16
  u32 retire_width = 4;        ///< fused micro-operations per cycle, 1..8

  // --- ports (masks of ports 0..5) --------------------------------------------------------------
  u8 load_ports = 0x0C;
  u8 store_address_ports = 0x0C;
  u8 store_data_ports = 0x10;

  // --- memory, beyond what the caches and TLBs cost ----------------------------------------------
  u32 l1_latency = 4;       ///< load-to-use of a hit: the hierarchy's `memory.l1_latency`, 1..63
  u32 store_forward = 5;    ///< from store data (or the load's address) to the forwarded value
  u32 failed_forward = 12;  ///< added after the blocking store has reached the L1 cache
  u32 line_crossing = 4;    ///< added to a load or store that touches two lines
  u32 page_crossing = 24;   ///< instead, when they lie in two pages

  // --- threads ----------------------------------------------------------------------------------
  /// While both threads of a core run, each renames in every second cycle and has half of the
  /// reorder, load and store buffers (Intel Optimization Manual, Intel HT resources).
  bool threads_share = true;
};

}  // namespace apicsim
