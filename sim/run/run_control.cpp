#include "sim/run/run_control.h"

#include <fmt/format.h>

#include <chrono>
#include <systemc>

namespace apicsim {

RunResult RunControl::run(CpuComplex& cpus, const Timebase& timebase, Cycle limit) {
  m_cpus = &cpus;
  cpus.set_monitor(this);
  cpus.set_cycle_limit(limit);
  const auto start = std::chrono::steady_clock::now();
  simulate(timebase, limit);
  const auto elapsed = std::chrono::steady_clock::now() - start;
  cpus.set_monitor(nullptr);
  if (m_progress != nullptr) m_progress->finish();

  RunResult result;
  result.cycles = cpus.now();
  result.instructions = cpus.instructions();
  result.exit_code = m_exit_code;
  result.oopses = m_oopses;
  result.panics = m_panics;
  result.host_milliseconds = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count());
  judge(timebase, limit, result);
  return result;
}

void RunControl::simulate(const Timebase& timebase, Cycle limit) {
  if (m_cause != Cause::none) return;
  if (limit == never) {
    sc_core::sc_start();
    return;
  }
  sc_core::sc_start(timebase.to_sc_time(limit), sc_core::SC_EXIT_ON_STARVATION);
}

void RunControl::end(Cause cause) {
  if (m_cause != Cause::none) return;
  m_cause = cause;
  if (m_cpus != nullptr) m_cpus->request_stop();
}

void RunControl::debug_exit(std::uint32_t value, Cycle) {
  if (m_cause == Cause::none) m_exit_code = value;
  end(Cause::debug_exit);
}

void RunControl::power_off(Cycle) { end(Cause::power_off); }

void RunControl::reset(Cycle) { end(Cause::reset); }

void RunControl::unmodelled(const std::string& what, Cycle) {
  if (m_cause == Cause::none) m_unmodelled = what;
  end(Cause::unmodelled);
}

void RunControl::guest_fault(bool panic, std::uint32_t, Cycle) { ++(panic ? m_panics : m_oopses); }

void RunControl::dead_end(Cycle) { end(Cause::dead_end); }

bool RunControl::keep_running(Cycle cycle) {
  if (m_progress != nullptr) m_progress->update(cycle, m_cpus->instructions());
  return !m_signals.requested();
}

void RunControl::judge(const Timebase& timebase, Cycle limit, RunResult& result) const {
  if (m_cause != Cause::none)
    judge_cause(result);
  else
    judge_stop(timebase, limit, result);
  raise_guest_faults(result);
}

void RunControl::judge_cause(RunResult& result) const {
  result.outcome = Outcome::finished;
  switch (m_cause) {
    case Cause::debug_exit:
      if (*m_exit_code != 0) result.outcome = Outcome::guest_failed;
      result.reason = fmt::format("the guest wrote {} to the debug exit port", *m_exit_code);
      break;
    case Cause::power_off:
      result.reason = "the guest powered the machine off";
      break;
    case Cause::reset:
      result.reason = "the guest reset the machine";
      break;
    case Cause::dead_end:
      result.outcome = Outcome::dead_end;
      result.reason = "every CPU is halted with interrupts off";
      break;
    case Cause::unmodelled:
      result.outcome = Outcome::unmodelled;
      result.reason = m_unmodelled;
      break;
    case Cause::none:
      break;
  }
}

void RunControl::judge_stop(const Timebase& timebase, Cycle limit, RunResult& result) const {
  switch (m_cpus->stop_reason()) {
    case CpuComplex::Stop::monitor:
      result.outcome = Outcome::interrupted;
      result.reason = "interrupted by the user";
      return;
    case CpuComplex::Stop::shutdown:
      result.outcome = Outcome::triple_fault;
      result.reason = fmt::format("CPU {} shut down: a fault while delivering a double fault",
                                  m_cpus->stopped_cpu());
      return;
    case CpuComplex::Stop::unmodelled:
      result.outcome = Outcome::unmodelled;
      result.reason = m_cpus->stop_text();
      return;
    default:
      break;
  }
  const bool reached = m_cpus->stop_reason() == CpuComplex::Stop::cycle_limit ||
                       timebase.now() >= limit || m_cpus->now() >= limit;
  result.outcome = reached ? Outcome::limit : Outcome::dead_end;
  result.reason = reached ? fmt::format("the limit of {} cycles is reached", limit)
                          : "every CPU sleeps and nothing is left that could wake one";
}

/// What the guest says of itself weighs more than how it stops: a panic halts or spins, an oops
/// lets the rest go on.
void RunControl::raise_guest_faults(RunResult& result) const {
  if (result.outcome == Outcome::interrupted || result.outcome == Outcome::unmodelled) return;
  if (m_panics != 0)
    result.outcome = Outcome::panic;
  else if (m_oopses != 0 && result.outcome != Outcome::limit &&
           result.outcome != Outcome::triple_fault)
    result.outcome = Outcome::oops;
}

}  // namespace apicsim
