#include "sim/report/text_report.h"

#include <fmt/format.h>

#include "sim/report/measurement_table.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::size_t kWidth = 96;
constexpr std::size_t kLabel = 16;

const char* const kBold = "\033[1m";
const char* const kGreen = "\033[32m";
const char* const kRed = "\033[31m";
const char* const kPlain = "\033[0m";

std::string coloured(const std::string& text, const char* colour, bool use) {
  return use ? colour + text + kPlain : text;
}

std::string row(const std::string& label, const std::string& text) {
  return fmt::format("{:<{}}{}\n", label, kLabel, text);
}

/// Words that run over the width continue below the first one.
std::string wrapped_row(const std::string& label, const std::vector<std::string>& items) {
  std::string lines, line;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string item = items[i] + (i + 1 < items.size() ? "," : "");
    if (!line.empty() && kLabel + line.size() + 1 + item.size() > kWidth) {
      lines += row(lines.empty() ? label : "", line);
      line.clear();
    }
    line += (line.empty() ? "" : " ") + item;
  }
  return lines + row(lines.empty() ? label : "", line);
}

std::string counts_row(const std::string& label, const std::vector<NamedCount>& counts,
                       const std::string& prefix = "") {
  if (counts.empty()) return "";
  std::vector<std::string> items;
  for (const NamedCount& entry : counts)
    items.push_back(fmt::format("{} {}", entry.name.substr(prefix.size()), grouped(entry.count)));
  return wrapped_row(label, items);
}

/// One row per provider of static probes; the guest's allocator calls itself "slub".
std::string probe_rows(const RunSummary& summary) {
  std::string rows;
  for (std::size_t i = 0; i < summary.probes.size();) {
    const std::string& name = summary.probes[i].name;
    const std::string prefix = name.substr(0, name.find(':') + 1);
    std::vector<NamedCount> same;
    for (; i < summary.probes.size() && summary.probes[i].name.rfind(prefix, 0) == 0; ++i)
      if (summary.probes[i].count != 0) same.push_back(summary.probes[i]);
    const bool allocator = prefix == "slub:";
    rows +=
        counts_row(allocator ? "allocations" : prefix.substr(0, prefix.size() - 1), same, prefix);
  }
  return rows;
}

std::string time_row(const RunSummary& summary) {
  const auto ns = static_cast<std::uint64_t>(WideCycle{summary.result.cycles} *
                                             kNanosecondsPerSecond / summary.reference_hz);
  return row("simulated", fmt::format("{}.{:09} s, {} cycles at {} Hz", ns / kNanosecondsPerSecond,
                                      ns % kNanosecondsPerSecond, grouped(summary.result.cycles),
                                      grouped(summary.reference_hz)));
}

std::string instruction_row(const RunSummary& summary) {
  const RunResult& result = summary.result;
  std::string text = grouped(result.instructions);
  if (result.host_milliseconds != 0)
    text += fmt::format(" ({}.{:03} s on this host, {} M/s)", result.host_milliseconds / 1000,
                        result.host_milliseconds % 1000,
                        result.instructions / 1000 / result.host_milliseconds);
  return row("instructions", text);
}

std::string message_rows(const RunSummary& summary) {
  std::string rows = counts_row("IPIs", summary.ipis) + counts_row("MSIs", summary.messages);
  if (summary.dropped_messages != 0)
    rows += row("dropped", grouped(summary.dropped_messages) + " messages that name no local APIC");
  return rows;
}

/// What the remapping units did, all together; nothing where they were left off.
std::string remapping_row(const RunSummary& summary) {
  VtdUnit::Statistics sum;
  for (const VtdUnit::Statistics& unit : summary.remapping_units) {
    sum.remapped += unit.remapped;
    sum.blocked += unit.blocked;
    sum.descriptors += unit.descriptors;
  }
  if (sum.remapped + sum.blocked + sum.descriptors == 0) return "";
  return row("remapping",
             fmt::format("{} interrupts remapped, {} blocked, {} invalidations",
                         grouped(sum.remapped), grouped(sum.blocked), grouped(sum.descriptors)));
}

/// The same of DMA; nothing where it was not translated.
std::string dma_remapping_row(const RunSummary& summary) {
  DmaStatistics sum;
  for (const VtdUnit::Statistics& unit : summary.remapping_units) {
    sum.requests += unit.dma.requests;
    sum.blocked += unit.dma.blocked;
    sum.iotlb_misses += unit.dma.iotlb_misses;
  }
  if (sum.requests == 0) return "";
  return row("DMA remapping",
             fmt::format("{} requests, {} blocked, {} not in an IOTLB", grouped(sum.requests),
                         grouped(sum.blocked), grouped(sum.iotlb_misses)));
}

std::string dma_row(const RunSummary& summary) {
  const auto& dma = summary.dma;
  if (dma.reads + dma.writes == 0) return "";
  return row("device DMA",
             fmt::format("{} writes ({} bytes), {} reads ({} bytes)", grouped(dma.writes),
                         grouped(dma.bytes_written), grouped(dma.reads), grouped(dma.bytes_read)));
}

std::string expectation_row(const RunSummary& summary, bool colour) {
  if (!summary.expected_outcome && !summary.expected_exit_code) return "";
  std::string expected;
  if (summary.expected_outcome) expected = outcome_name(*summary.expected_outcome);
  if (summary.expected_exit_code)
    expected +=
        fmt::format("{}exit code {}", expected.empty() ? "" : ", ", *summary.expected_exit_code);
  const bool met = summary.as_expected;
  return row("expected", expected + (met ? coloured(" (met)", kGreen, colour)
                                         : coloured(" (NOT met)", kRed, colour)));
}

std::vector<std::string> firmware_items(const RunSummary& summary) {
  std::vector<std::string> items = {"tables of " + summary.acpidump};
  items.insert(items.end(), summary.firmware_changes.begin(), summary.firmware_changes.end());
  return items;
}

std::string unmodelled_rows(const RunSummary& summary) {
  std::string rows;
  for (const auto& region : summary.unmodelled)
    rows += row("not modelled",
                fmt::format("{} at {:#x}: {} reads, {} writes", region.name, region.base,
                            grouped(region.reads), grouped(region.writes)));
  return rows;
}

}  // namespace

std::string grouped(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string readable_bytes(std::uint64_t bytes) {
  const char* const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  unsigned unit = 0;
  std::uint64_t whole = bytes, rest = 0;
  for (; whole >= 1024; ++unit) {
    rest = whole % 1024;
    whole /= 1024;
  }
  if (unit == 0) return fmt::format("{} bytes", bytes);
  return fmt::format("{}.{} {}", whole, rest * 10 / 1024, units[unit]);
}

std::string text_report(const RunSummary& summary, bool colour) {
  const RunResult& result = summary.result;
  const bool good = result.outcome == Outcome::finished;
  std::string text = coloured(summary.scenario + ": " + summary.title, kBold, colour) + "\n";
  text += row("outcome", coloured(outcome_name(result.outcome), good ? kGreen : kRed, colour) +
                             ": " + result.reason);
  text += expectation_row(summary, colour);
  text += row("machine", fmt::format("{}, {} CPUs, kernel {}, timing profile {}", summary.machine,
                                     summary.cpus, summary.kernel, summary.profile));
  if (!summary.acpidump.empty()) text += wrapped_row("firmware", firmware_items(summary));
  text += time_row(summary) + instruction_row(summary);
  text += counts_row("interrupts", summary.interrupts);
  text += counts_row("exceptions", summary.exceptions);
  text += message_rows(summary) + probe_rows(summary) + dma_row(summary) + remapping_row(summary) +
          dma_remapping_row(summary);
  text += row("memory", fmt::format("{} touched of {}", readable_bytes(summary.touched_bytes),
                                    readable_bytes(summary.ram_bytes)));
  text += unmodelled_rows(summary) + measurement_table(summary);
  return text + row("exit status", std::to_string(summary.exit_status));
}

}  // namespace apicsim
