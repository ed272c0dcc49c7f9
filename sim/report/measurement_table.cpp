#include "sim/report/measurement_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/report/text_report.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;
constexpr std::size_t kColumns = 7;

using Line = std::array<std::string, kColumns>;

std::string cycles_text(const OperationTime& time, bool tenths) {
  if (!tenths) return grouped(time.rounded());
  const std::uint64_t value = time.scaled(10, 1);
  return fmt::format("{}.{}", grouped(value / 10), value % 10);
}

Line line_of(const Measurement& row, std::uint64_t tsc_hz) {
  const bool tenths = row.operations != row.samples;
  return {row.row,
          grouped(row.samples),
          cycles_text(row.min, tenths),
          cycles_text(row.median, tenths),
          cycles_text(row.p99, tenths),
          cycles_text(row.max, tenths),
          nanoseconds_text(row.median.scaled(kPicosecondsPerSecond, tsc_hz))};
}

std::string text_of(const Line& line, const std::array<std::size_t, kColumns>& widths) {
  std::string text = fmt::format("  {:<{}}", line[0], widths[0]);
  for (std::size_t i = 1; i < kColumns; ++i) text += fmt::format("  {:>{}}", line[i], widths[i]);
  return text + "\n";
}

}  // namespace

std::string nanoseconds_text(std::uint64_t picoseconds) {
  const std::uint64_t tenths = picoseconds / 100 + (picoseconds % 100 >= 50 ? 1 : 0);
  return fmt::format("{}.{}", grouped(tenths / 10), tenths % 10);
}

std::string measurement_table(const RunSummary& summary) {
  std::string text;
  if (summary.bad_samples != 0)
    text = fmt::format("measurements    {} samples without a name or an operation are left out\n",
                       grouped(summary.bad_samples));
  if (summary.measurements.empty()) return text;
  std::vector<Line> lines = {{"row", "samples", "min", "median", "p99", "max", "median ns"}};
  for (const Measurement& row : summary.measurements) lines.push_back(line_of(row, summary.tsc_hz));
  std::array<std::size_t, kColumns> widths{};
  for (const Line& line : lines)
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], line[i].size());
  text += fmt::format("measurements    TSC cycles per operation; the TSC counts at {} Hz\n",
                      grouped(summary.tsc_hz));
  for (const Line& line : lines) text += text_of(line, widths);
  return text;
}

}  // namespace apicsim
