#include "sim/run/run_control.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <systemc>

namespace apicsim {

namespace {

constexpr Cycle slices_per_second = 10;

}  // namespace

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
  result.cycles = std::max(cpus.now(), timebase.now());
  result.instructions = cpus.instructions();
  result.exit_code = m_exit_code;
  result.oopses = m_oopses;
  result.panics = m_panics;
  result.host_milliseconds = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count());
  judge(limit, result);
  if (result.outcome == Outcome::limit) result.cycles = std::max(result.cycles, limit);
  return result;
}

/// In slices of simulated time: while all CPUs sleep nobody asks the monitor, and the user may
/// still want an end. Slices end between SystemC's events and change none of them.
void RunControl::simulate(const Timebase& timebase, Cycle limit) {
  // A slice in which nothing happens is nothing to warn of.
  sc_core::sc_report_handler::set_actions("no activity or clock movement for sc_start() invocation",
                                          sc_core::SC_DO_NOTHING);
  const Cycle slice = timebase.hz() / slices_per_second + 1;
  Cycle end = 0;
  while (m_cause == Cause::none && end < limit) {
    end = limit - end > slice ? end + slice : limit;
    const sc_core::sc_time until = timebase.to_sc_time(end);
    if (until > sc_core::sc_time_stamp())
      sc_core::sc_start(until - sc_core::sc_time_stamp(), sc_core::SC_EXIT_ON_STARVATION);
    if (sc_core::sc_get_status() == sc_core::SC_STOPPED) return;
    if (!sc_core::sc_pending_activity())
      m_cause = Cause::starved;
    else if (m_signals.requested())
      m_cause = Cause::interrupted;
  }
  if (m_cause == Cause::none) m_cause = Cause::limit;
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

void RunControl::judge(Cycle limit, RunResult& result) const {
  if (m_cause == Cause::none)
    judge_stop(limit, result);
  else
    judge_guest_end(result);
  raise_guest_faults(result);
}

void RunControl::judge_guest_end(RunResult& result) const {
  switch (m_cause) {
    case Cause::debug_exit:
      if (*m_exit_code != 0) result.outcome = Outcome::guest_failed;
      result.reason = fmt::format("the guest wrote {} to the debug exit port", *m_exit_code);
      return;
    case Cause::power_off:
      result.reason = "the guest powered the machine off";
      return;
    case Cause::reset:
      result.reset = true;
      result.reason = "the guest reset the machine";
      return;
    case Cause::dead_end:
      result.outcome = Outcome::dead_end;
      result.reason = "every CPU is halted with interrupts off";
      return;
    case Cause::starved:
      result.outcome = Outcome::dead_end;
      result.reason = "every CPU sleeps and nothing is left that could wake one";
      return;
    case Cause::unmodelled:
      result.outcome = Outcome::unmodelled;
      result.reason = m_unmodelled;
      return;
    case Cause::limit:
      result.outcome = Outcome::limit;
      result.reason = "the limit of simulated time is reached; every CPU sleeps";
      return;
    case Cause::interrupted:
      result.outcome = Outcome::interrupted;
      result.reason = "interrupted by the user";
      return;
    case Cause::none:
      return;
  }
}

void RunControl::judge_stop(Cycle limit, RunResult& result) const {
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
      result.outcome = Outcome::limit;
      result.reason = fmt::format("the limit of {} cycles is reached", limit);
      return;
  }
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
