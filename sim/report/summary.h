#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/fabric/address_map.h"
#include "sim/platform/platform.h"
#include "sim/run/guest_observer.h"
#include "sim/run/run_result.h"
#include "sim/scenario/scenario.h"

namespace apicsim {

/// A name with how often it happened.
struct NamedCount {
  std::string name;
  std::uint64_t count = 0;
};

/// In which state the run left the interrupt hardware, read as software would read it.
struct InterruptHardware {
  /// IA32_APIC_BASE of each CPU.
  std::vector<std::uint64_t> apic_bases;
  /// GSTS_REG of each VT-d unit, in the order of the description (VT-d §10.4.5).
  std::vector<std::uint32_t> unit_status;
  /// IRTA_REG of each (§10.4.28).
  std::vector<std::uint64_t> unit_tables;
};

/// Everything that a run's report says, as plain data: text and JSON are made from it.
struct RunSummary {
  std::string scenario;
  std::string title;
  std::string machine;
  std::string kernel;  ///< file name of the image
  std::string command_line;
  std::string profile;
  std::uint64_t cpus = 0;
  std::uint64_t reference_hz = 0;
  std::uint64_t tsc_hz = 0;

  RunResult result;
  int exit_status = 0;
  std::optional<Outcome> expected_outcome;
  std::optional<std::uint32_t> expected_exit_code;
  bool as_expected = true;  ///< also when nothing is expected

  std::vector<NamedCount> interrupts;  ///< delivered, by kind, in order of the first vector
  std::vector<NamedCount> exceptions;  ///< delivered, by mnemonic, in order of the vector
  std::vector<NamedCount> ipis;        ///< sent, by delivery mode
  std::vector<NamedCount> messages;    ///< of devices, by delivery mode
  std::uint64_t dropped_messages = 0;
  std::vector<NamedCount> fates;          ///< of interrupts, at the local APICs
  std::vector<NamedCount> probes;         ///< "provider:name", sorted
  std::vector<Measurement> measurements;  ///< what the guest measured with its TSC
  std::uint64_t bad_samples = 0;          ///< samples that could not be counted
  BusMonitor::Statistics dma;
  std::vector<VtdUnit::Statistics> remapping_units;  ///< in the order of the description
  InterruptHardware hardware;
  std::optional<std::uint64_t> taint;  ///< the kernel's taint flags; none in images without them
  std::uint64_t ram_bytes = 0;
  std::uint64_t touched_bytes = 0;
  std::vector<AddressMap::UnmodelledCount> unmodelled;
  std::string acpidump;  ///< file that the firmware's tables come from; empty: the machine's own
  std::vector<std::string> firmware_changes;  ///< how the tables differ from it
  std::vector<Latency> assumed;               ///< entries of the profile that nobody has measured
};

/// Exit status of the program for an outcome; docs/exit-status.md.
int exit_status_of(Outcome outcome);
/// The same where the image's own status counts: what QEMU's isa-debug-exit makes of the value that
/// the image wrote, always odd; of an end without one, an even number.
int image_exit_status_of(const RunResult& result);
/// The outcome was not the one that the scenario expects.
inline constexpr int exit_unexpected = 9;

RunSummary summarize(const Scenario& scenario, Platform& platform, const GuestObserver& observer,
                     const RunResult& result);

}  // namespace apicsim
