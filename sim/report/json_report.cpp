#include "sim/report/json_report.h"

#include <nlohmann/json.hpp>

namespace apicsim {

namespace {

using Json = nlohmann::ordered_json;

Json counts(const std::vector<NamedCount>& from) {
  Json json = Json::object();
  for (const NamedCount& entry : from) json[entry.name] = entry.count;
  return json;
}

Json scenario_json(const RunSummary& summary) {
  return {{"name", summary.scenario},         {"title", summary.title},
          {"machine", summary.machine},       {"cpus", summary.cpus},
          {"kernel", summary.kernel},         {"command_line", summary.command_line},
          {"timing_profile", summary.profile}};
}

Json expectation_json(const RunSummary& summary) {
  Json json = Json::object();
  if (summary.expected_outcome) json["outcome"] = outcome_name(*summary.expected_outcome);
  if (summary.expected_exit_code) json["exit_code"] = *summary.expected_exit_code;
  json["met"] = summary.as_expected;
  return json;
}

Json result_json(const RunSummary& summary) {
  const RunResult& result = summary.result;
  Json json = {{"outcome", outcome_name(result.outcome)},
               {"reason", result.reason},
               {"exit_status", summary.exit_status},
               {"oopses", result.oopses},
               {"panics", result.panics}};
  json["guest_exit_code"] = result.exit_code ? Json(*result.exit_code) : Json(nullptr);
  json["expected"] = expectation_json(summary);
  return json;
}

Json time_json(const RunSummary& summary) {
  const auto nanoseconds = static_cast<std::uint64_t>(WideCycle{summary.result.cycles} *
                                                      1'000'000'000 / summary.reference_hz);
  return {{"cycles", summary.result.cycles},
          {"nanoseconds", nanoseconds},
          {"reference_hz", summary.reference_hz},
          {"tsc_hz", summary.tsc_hz}};
}

void put_statistic(Json& json, const char* name, const OperationTime& time, std::uint64_t tsc_hz) {
  constexpr std::uint64_t picoseconds_per_second = 1'000'000'000'000;
  json[name] = time.rounded();
  json[std::string(name) + "_ps"] = time.scaled(picoseconds_per_second, tsc_hz);
}

Json measurements_json(const RunSummary& summary) {
  Json list = Json::array();
  for (const Measurement& row : summary.measurements) {
    Json json = {{"row", row.row}, {"samples", row.samples}, {"count", row.operations}};
    put_statistic(json, "min", row.min, summary.tsc_hz);
    put_statistic(json, "median", row.median, summary.tsc_hz);
    put_statistic(json, "p99", row.p99, summary.tsc_hz);
    put_statistic(json, "max", row.max, summary.tsc_hz);
    put_statistic(json, "mean", row.mean(), summary.tsc_hz);
    json["sum"] = row.cycles;
    list.push_back(std::move(json));
  }
  return list;
}

Json firmware_json(const RunSummary& summary) {
  const Json source = summary.acpidump.empty() ? Json(nullptr) : Json(summary.acpidump);
  return {{"acpidump", source}, {"changes", summary.firmware_changes}};
}

/// Modes of the local APICs, by how many CPUs are in each. SDM Vol. 3 §11.4.3, §11.12.1.
Json apic_modes_json(const InterruptHardware& hardware) {
  constexpr std::uint64_t enable = 1 << 11, extended = 1 << 10;
  std::uint64_t off = 0, xapic = 0, x2apic = 0;
  for (const std::uint64_t base : hardware.apic_bases)
    ++((base & enable) == 0 ? off : (base & extended) == 0 ? xapic : x2apic);
  return {{"xapic", xapic}, {"x2apic", x2apic}, {"off", off}};
}

Json dma_remapping_json(const DmaStatistics& dma) {
  return {{"requests", dma.requests},
          {"passed", dma.passed},
          {"blocked", dma.blocked},
          {"iotlb_hits", dma.iotlb_hits},
          {"iotlb_misses", dma.iotlb_misses},
          {"context_hits", dma.context_hits},
          {"context_misses", dma.context_misses},
          {"pasid_hits", dma.pasid_hits},
          {"pasid_misses", dma.pasid_misses},
          {"table_hits", dma.table_hits},
          {"structure_reads", dma.structure_reads}};
}

Json remapping_json(const RunSummary& summary) {
  Json json = Json::array();
  for (std::size_t i = 0; i < summary.remapping_units.size(); ++i) {
    const VtdUnit::Statistics& unit = summary.remapping_units[i];
    json.push_back({{"remapped", unit.remapped},
                    {"posted", unit.posted},
                    {"compatible", unit.compatible},
                    {"blocked", unit.blocked},
                    {"lost_faults", unit.lost_faults},
                    {"entry_hits", unit.entry_hits},
                    {"entry_reads", unit.entry_reads},
                    {"descriptors", unit.descriptors},
                    {"page_requests", unit.page_requests},
                    {"lost_page_requests", unit.lost_page_requests},
                    {"dma", dma_remapping_json(unit.dma)},
                    {"global_status", summary.hardware.unit_status[i]},
                    {"interrupt_table", summary.hardware.unit_tables[i]}});
  }
  return json;
}

Json dma_json(const BusMonitor::Statistics& dma) {
  return {{"reads", dma.reads},
          {"bytes_read", dma.bytes_read},
          {"writes", dma.writes},
          {"bytes_written", dma.bytes_written},
          {"interrupt_messages", dma.messages},
          {"failed", dma.failed}};
}

Json unmodelled_json(const RunSummary& summary) {
  Json list = Json::array();
  for (const auto& region : summary.unmodelled)
    list.push_back({{"name", region.name},
                    {"address", region.base},
                    {"reads", region.reads},
                    {"writes", region.writes}});
  return list;
}

Json assumed_json(const RunSummary& summary) {
  Json list = Json::array();
  for (const Latency& latency : summary.assumed)
    list.push_back({{"name", latency.name},
                    {"cycles", latency.value},
                    {"low", latency.low},
                    {"high", latency.high}});
  return list;
}

}  // namespace

std::string json_report(const RunSummary& summary) {
  const Json json = {
      {"format", "apicsim-run"},
      {"version", 1},
      {"scenario", scenario_json(summary)},
      {"result", result_json(summary)},
      {"firmware", firmware_json(summary)},
      {"time", time_json(summary)},
      {"instructions", summary.result.instructions},
      {"interrupts", counts(summary.interrupts)},
      {"exceptions", counts(summary.exceptions)},
      {"ipis", counts(summary.ipis)},
      {"device_messages", counts(summary.messages)},
      {"dropped_messages", summary.dropped_messages},
      {"interrupt_fates", counts(summary.fates)},
      {"probes", counts(summary.probes)},
      {"measurements", measurements_json(summary)},
      {"bad_samples", summary.bad_samples},
      {"dma", dma_json(summary.dma)},
      {"apic_modes", apic_modes_json(summary.hardware)},
      {"taint", summary.taint ? Json(*summary.taint) : Json(nullptr)},
      {"remapping_units", remapping_json(summary)},
      {"memory", {{"ram_bytes", summary.ram_bytes}, {"touched_bytes", summary.touched_bytes}}},
      {"unmodelled", unmodelled_json(summary)},
      {"assumed_latencies", assumed_json(summary)},
  };
  // Texts of the user are not always UTF-8; what is not becomes the replacement character.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace apicsim
