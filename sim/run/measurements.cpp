#include "sim/run/measurements.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "models/time/cycle.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

std::uint64_t sum(std::uint64_t a, std::uint64_t b) { return a > kMost - b ? kMost : a + b; }

OperationTime reduced(std::uint64_t cycles, std::uint64_t operations) {
  const std::uint64_t divisor = std::gcd(cycles, operations);
  return {cycles / divisor, operations / divisor};
}

/// The value that at least `percent` of all operations do not exceed.
OperationTime percentile(const std::map<OperationTime, std::uint64_t>& weights,
                         std::uint64_t operations, std::uint64_t percent) {
  const WideCycle wanted = (WideCycle{operations} * percent + 99) / 100;
  WideCycle seen = 0;
  for (const auto& [value, weight] : weights) {
    seen += weight;
    if (seen >= wanted) return value;
  }
  return weights.rbegin()->first;
}

}  // namespace

std::uint64_t OperationTime::scaled(std::uint64_t units, std::uint64_t hz) const {
  const WideCycle whole = WideCycle{operations} * hz;
  const WideCycle product = WideCycle{cycles} * units;
  const WideCycle rest = product % whole;
  const WideCycle result = product / whole + (rest >= whole - rest ? 1 : 0);
  return result > kMost ? kMost : static_cast<std::uint64_t>(result);
}

bool operator<(const OperationTime& a, const OperationTime& b) {
  return WideCycle{a.cycles} * b.operations < WideCycle{b.cycles} * a.operations;
}

bool operator==(const OperationTime& a, const OperationTime& b) {
  return WideCycle{a.cycles} * b.operations == WideCycle{b.cycles} * a.operations;
}

void Measurements::add(const std::string& name, std::uint64_t cycles, std::uint64_t operations) {
  if (operations == 0 || name.empty()) {
    add_bad();
    return;
  }
  Row& to = row(name);
  ++to.samples;
  to.operations = sum(to.operations, operations);
  to.cycles = sum(to.cycles, cycles);
  std::uint64_t& weight = to.weights[reduced(cycles, operations)];
  weight = sum(weight, operations);
}

std::vector<Measurement> Measurements::rows() const {
  std::vector<Measurement> rows;
  for (const Row& from : m_rows) {
    Measurement to;
    to.row = from.name;
    to.samples = from.samples;
    to.operations = from.operations;
    to.cycles = from.cycles;
    to.min = from.weights.begin()->first;
    to.median = percentile(from.weights, from.operations, 50);
    to.p99 = percentile(from.weights, from.operations, 99);
    to.max = from.weights.rbegin()->first;
    rows.push_back(std::move(to));
  }
  return rows;
}

Measurements::Row& Measurements::row(const std::string& name) {
  // Samples come in batches of one row.
  if (!m_rows.empty() && m_rows.back().name == name) return m_rows.back();
  const auto found = std::find_if(m_rows.begin(), m_rows.end(),
                                  [&](const Row& candidate) { return candidate.name == name; });
  if (found != m_rows.end()) return *found;
  m_rows.emplace_back();
  m_rows.back().name = name;
  return m_rows.back();
}

}  // namespace apicsim
