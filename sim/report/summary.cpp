#include "sim/report/summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/observe/vector_names.h"

namespace apicsim {

namespace {

// SDM Vol. 3 table 6-1.
const char* const kExceptionNames[32] = {"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM",
                                         "#DF", "9",   "#TS", "#NP", "#SS", "#GP", "#PF", "15",
                                         "#MF", "#AC", "#MC", "#XM", "#VE", "#CP", "22",  "23",
                                         "24",  "25",  "26",  "27",  "28",  "29",  "30",  "31"};

// SDM Vol. 3 §11.5.1, in the order of their codes.
const char* const kDeliveryModes[8] = {"fixed", "lowest_priority", "smi",    "remote_read", "nmi",
                                       "init",  "start_up",        "ext_int"};

void add(std::vector<NamedCount>& counts, const std::string& name, std::uint64_t count) {
  if (count == 0) return;
  const auto found = std::find_if(counts.begin(), counts.end(),
                                  [&](const NamedCount& entry) { return entry.name == name; });
  if (found != counts.end())
    found->count += count;
  else
    counts.push_back({name, count});
}

std::vector<NamedCount> count_interrupts(const GuestObserver& observer) {
  std::vector<NamedCount> counts;
  for (unsigned vector = 0; vector < 256; ++vector)
    add(counts, vector_kind(static_cast<std::uint8_t>(vector)), observer.interrupts()[vector]);
  return counts;
}

std::vector<NamedCount> count_exceptions(const GuestObserver& observer) {
  std::vector<NamedCount> counts;
  for (unsigned vector = 0; vector < 32; ++vector)
    add(counts, kExceptionNames[vector], observer.exceptions()[vector]);
  return counts;
}

std::vector<NamedCount> count_messages(const std::array<InterruptStatistics::Kind, 8>& kinds) {
  std::vector<NamedCount> counts;
  for (unsigned mode = 0; mode < 8; ++mode) add(counts, kDeliveryModes[mode], kinds[mode].sent);
  return counts;
}

std::uint64_t count_dropped(const InterruptStatistics& statistics) {
  std::uint64_t dropped = 0;
  for (const auto& kind : statistics.ipi) dropped += kind.dropped;
  for (const auto& kind : statistics.msi) dropped += kind.dropped;
  return dropped;
}

/// What became of every copy of a message and of every local interrupt, over all local APICs.
std::vector<NamedCount> count_fates(CpuComplex& cpus) {
  LocalApicCounters sum;
  std::uint64_t under_way = 0;
  for (std::uint32_t cpu = 0; cpu < cpus.count(); ++cpu) {
    sum += cpus.apic(cpu).counters();
    under_way += cpus.apic(cpu).under_way();
  }
  std::vector<NamedCount> counts;
  add(counts, "received", sum.received);
  add(counts, "local", sum.local);
  add(counts, "accepted", sum.accepted);
  add(counts, "merged", sum.merged);
  add(counts, "latched", sum.nmi + sum.smi + sum.init + sum.start_up + sum.ext_int);
  add(counts, "refused_disabled", sum.disabled);
  add(counts, "refused_software_disabled", sum.software_disabled);
  add(counts, "refused_illegal_vector", sum.illegal);
  add(counts, "discarded_by_reset", sum.discarded);
  add(counts, "under_way", under_way);
  return counts;
}

InterruptHardware inspect_hardware(Platform& platform, Cycle at) {
  constexpr std::uint64_t global_status = 0x1C, interrupt_table = 0xB8;
  InterruptHardware hardware;
  for (std::uint32_t cpu = 0; cpu < platform.cpus().count(); ++cpu)
    hardware.apic_bases.push_back(platform.cpus().apic(cpu).apic_base());
  for (const auto& unit : platform.board().vtd_units()) {
    hardware.unit_status.push_back(static_cast<std::uint32_t>(unit->inspect(global_status, 4, at)));
    hardware.unit_tables.push_back(unit->inspect(interrupt_table, 8, at));
  }
  return hardware;
}

void describe_scenario(const Scenario& scenario, RunSummary& summary) {
  summary.scenario = scenario.name;
  summary.title = scenario.title;
  summary.machine = scenario.machine.name;
  summary.kernel = scenario.kernel_image.filename().string();
  summary.command_line = scenario.command_line;
  summary.profile = scenario.profile.name;
  summary.cpus = scenario.machine.cpus.size();
  summary.reference_hz = scenario.machine.cpu.reference_hz;
  summary.tsc_hz = scenario.machine.cpu.tsc_hz;
  summary.acpidump = scenario.machine.acpidump;
  summary.firmware_changes = scenario.machine.firmware_changes;
  summary.expected_outcome = scenario.expected_outcome;
  summary.expected_exit_code = scenario.expected_exit_code;
  for (const Latency& latency : scenario.profile.entries)
    if (latency.kind == LatencyKind::assumed && latency.low != latency.high)
      summary.assumed.push_back(latency);
}

/// An interrupted run says nothing about what was expected.
bool is_as_expected(const RunSummary& summary) {
  if (summary.result.outcome == Outcome::interrupted) return true;
  if (summary.expected_outcome && *summary.expected_outcome != summary.result.outcome) return false;
  return !summary.expected_exit_code || summary.expected_exit_code == summary.result.exit_code;
}

int exit_status(const Scenario& scenario, const RunSummary& summary) {
  if (!summary.as_expected) return exit_unexpected;
  return scenario.exit_rule == ExitRule::image ? image_exit_status_of(summary.result)
                                               : exit_status_of(summary.result.outcome);
}

}  // namespace

int exit_status_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::finished:
      return 0;
    case Outcome::oops:
    case Outcome::panic:
      return 3;
    case Outcome::limit:
      return 4;
    case Outcome::triple_fault:
      return 5;
    case Outcome::unmodelled:
      return 6;
    case Outcome::guest_failed:
      return 7;
    case Outcome::dead_end:
      return 8;
    case Outcome::interrupted:
      return 130;
  }
  return 1;
}

int image_exit_status_of(const RunResult& result) {
  constexpr int triple_fault = 10;
  constexpr int reset = 12;
  if (result.exit_code) return static_cast<int>((*result.exit_code << 1 | 1) & 0xFF);
  if (result.reset) return reset;
  if (result.outcome == Outcome::triple_fault) return triple_fault;
  return exit_status_of(result.outcome);
}

RunSummary summarize(const Scenario& scenario, Platform& platform, const GuestObserver& observer,
                     const RunResult& result) {
  RunSummary summary;
  describe_scenario(scenario, summary);
  summary.result = result;
  summary.as_expected = is_as_expected(summary);
  summary.exit_status = exit_status(scenario, summary);
  summary.interrupts = count_interrupts(observer);
  summary.exceptions = count_exceptions(observer);
  const InterruptStatistics& statistics = platform.fabric().statistics();
  summary.ipis = count_messages(statistics.ipi);
  summary.messages = count_messages(statistics.msi);
  summary.dropped_messages = count_dropped(statistics);
  summary.fates = count_fates(platform.cpus());
  for (const auto& probe : observer.probe_counts())
    summary.probes.push_back({probe.provider + ":" + probe.name, probe.hits});
  summary.measurements = observer.measurements().rows();
  summary.bad_samples = observer.measurements().bad_samples();
  summary.dma = platform.bus().statistics();
  for (const auto& unit : platform.board().vtd_units())
    summary.remapping_units.push_back(unit->statistics());
  summary.hardware = inspect_hardware(platform, result.cycles);
  summary.ram_bytes = platform.memory().ram_bytes();
  summary.touched_bytes = platform.memory().touched_bytes();
  summary.unmodelled = platform.memory_map().unmodelled_counts();
  const auto& ports = platform.port_map().unmodelled_counts();
  summary.unmodelled.insert(summary.unmodelled.end(), ports.begin(), ports.end());
  return summary;
}

}  // namespace apicsim
