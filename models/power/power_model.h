#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/power/cstate_config.h"
#include "models/power/idle_request.h"
#include "models/time/clock.h"

namespace apicsim {

/// What a core's sleep does to its threads; called for every thread of the core.
class CoreSleepListener {
 public:
  virtual ~CoreSleepListener() = default;
  /// From the cycle `from` on the core is in `state`, C3 or deeper: caches, TLBs, timer.
  virtual void core_lost(std::uint32_t cpu, CState state, Cycle from) = 0;
  /// At the cycle `at` it runs again.
  virtual void core_back(std::uint32_t cpu, Cycle at) = 0;
};

/// C-states of all threads, cores and packages of a machine.
///
/// A thread sleeps from enter() to wake(); a core is in the shallowest state of its threads and in
/// C0 while one runs; a package follows its cores, as deep as its limit allows. Calls must come in
/// the order of their cycles. Residency counts from the end of the entry to the break event.
class PowerModel {
 public:
  /// `tsc`: clock of the residency counters.
  PowerModel(const PowerConfig& config, const Clock& tsc, CoreSleepListener& listener);

  Cycle monitor_wake() const { return m_config.states.monitor_wake; }

  /// The thread went to sleep at `now`. Precondition: it does not sleep.
  void enter(std::uint32_t cpu, const IdleRequest& request, Cycle now);
  /// A break event for a sleeping thread at `now`: the cycle of its next instruction.
  Cycle wake(std::uint32_t cpu, Cycle now);

  /// State in which the thread sleeps; c0 while it runs.
  CState thread_state(std::uint32_t cpu) const;
  /// State of the thread's core as of its last change, entry included.
  CState core_state(std::uint32_t cpu) const { return m_cores[m_core_of[cpu]].state; }

  /// Residency in ticks of the time-stamp counter (MSR_CORE_Cn_RESIDENCY, MSR_PKG_Cn_RESIDENCY).
  std::uint64_t core_residency(std::uint32_t cpu, CState state, Cycle now) const;
  std::uint64_t package_residency(std::uint32_t cpu, PackageState state, Cycle now) const;

  std::uint32_t core_of(std::uint32_t cpu) const { return m_core_of[cpu]; }
  std::uint32_t core_count() const { return static_cast<std::uint32_t>(m_cores.size()); }
  /// How often a core has entered a state.
  std::uint64_t entries(std::uint32_t core, CState state) const {
    return m_cores[core].entries[static_cast<unsigned>(state)];
  }

 private:
  struct Thread {
    bool sleeps = false;
    CState requested = CState::c0;
    Cycle settled = 0;  ///< end of the thread's own entry
  };
  struct Core {
    std::uint32_t package = 0;
    std::vector<std::uint32_t> threads;
    CState state = CState::c0;
    Cycle settled = 0;  ///< end of the entry
    Cycle ready = 0;    ///< end of the last exit
    PackageState limit = PackageState::pc0;
    std::array<std::uint64_t, cstate_count> ticks{};
    std::array<std::uint64_t, cstate_count> entries{};
  };
  struct Package {
    std::vector<std::uint32_t> cores;
    PackageState state = PackageState::pc0;
    Cycle settled = 0;
    std::array<std::uint64_t, package_state_count> ticks{};
  };

  std::uint32_t find_core(const CpuPlace& place) const;
  void add_thread(std::uint32_t cpu, const CpuPlace& place);
  CState shallowest_thread(const Core& core) const;
  void sleep_core(Core& core, CState state, Cycle now);
  Cycle wake_core(Core& core, Cycle now);
  void sleep_package(Package& package);
  void wake_package(Package& package, Cycle now);
  std::uint64_t ticks_between(Cycle from, Cycle to) const;

  PowerConfig m_config;
  Clock m_tsc;
  CoreSleepListener& m_listener;
  std::vector<Thread> m_threads;
  std::vector<std::uint32_t> m_core_of;
  std::vector<Core> m_cores;
  std::vector<Package> m_packages;
};

}  // namespace apicsim
