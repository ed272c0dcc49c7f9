#pragma once

#include <cstdint>

#include "models/time/cycle.h"

namespace apicsim {

/// What the core tells an observer. Called only when one is set; every call carries the CPU's
/// number and its local cycle. The CPU's registers can be read through CpuComplex::cpu().
class CoreObserver {
 public:
  virtual ~CoreObserver() = default;
  /// Execution reached a planted probe (before the instruction at its address executes).
  virtual void probe(std::uint32_t cpu, Cycle cycle, std::uint32_t probe_id) = 0;
  /// An interrupt of the local APIC is about to be delivered, which accepted it at `accepted`.
  virtual void interrupt(std::uint32_t cpu, Cycle cycle, std::uint8_t vector, Cycle accepted) = 0;
  /// An exception (vector 0..31, NMI is 2) is about to be delivered from `rip`.
  virtual void exception(std::uint32_t cpu, Cycle cycle, std::uint8_t vector,
                         std::uint32_t error_code, std::uint64_t rip) = 0;
  /// The CPU went idle (HLT, MWAIT, wait-for-SIPI: true) or continued (false).
  virtual void idle(std::uint32_t cpu, Cycle cycle, bool entered) = 0;
};

/// Asked from time to time (about every million instructions) whether to go on.
class RunMonitor {
 public:
  virtual ~RunMonitor() = default;
  virtual bool keep_running(Cycle cycle) = 0;
};

}  // namespace apicsim
