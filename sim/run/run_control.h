#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/core/cpu_complex.h"
#include "models/devices/debug_exit.h"
#include "models/devices/power_listener.h"
#include "sim/platform/bus_monitor.h"
#include "sim/run/guest_observer.h"
#include "sim/run/progress.h"
#include "sim/run/run_result.h"
#include "sim/run/signal_watch.h"

namespace apicsim {

/// Runs a machine until something ends the run, and says what it was.
///
/// Whoever comes first wins: the guest (debug exit, power-off, reset), a dead end, hardware that is
/// not modelled, a limit, the user.
class RunControl final : public ExitListener,
                         public PowerListener,
                         public UnmodelledListener,
                         public GuestListener,
                         private RunMonitor {
 public:
  /// `progress` may be nullptr.
  RunControl(SignalWatch& signals, Progress* progress) : m_signals(signals), m_progress(progress) {}

  /// Simulates up to `limit`. Call once. SystemC's own errors pass as sc_core::sc_report.
  RunResult run(CpuComplex& cpus, const Timebase& timebase, Cycle limit);

  void debug_exit(std::uint32_t value, Cycle at) override;
  void power_off(Cycle at) override;
  void reset(Cycle at) override;
  void unmodelled(const std::string& what, Cycle at) override;
  void guest_fault(bool panic, std::uint32_t cpu, Cycle at) override;
  void dead_end(Cycle at) override;

 private:
  enum class Cause : std::uint8_t {
    none,
    debug_exit,
    power_off,
    reset,
    dead_end,
    unmodelled,
    starved,
    limit,
    interrupted
  };

  bool keep_running(Cycle cycle) override;
  void end(Cause cause);
  void simulate(const Timebase& timebase, Cycle limit);
  void judge(Cycle limit, RunResult& result) const;
  void judge_guest_end(RunResult& result) const;
  void judge_stop(Cycle limit, RunResult& result) const;
  void raise_guest_faults(RunResult& result) const;

  SignalWatch& m_signals;
  Progress* m_progress;
  CpuComplex* m_cpus = nullptr;
  Cause m_cause = Cause::none;
  std::optional<std::uint32_t> m_exit_code;
  std::string m_unmodelled;
  std::uint64_t m_oopses = 0;
  std::uint64_t m_panics = 0;
};

}  // namespace apicsim
