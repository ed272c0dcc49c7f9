#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace apicsim {

/// What one operation took: `cycles` of the time-stamp counter for `operations` together, in lowest
/// terms. Kept as a ratio, so that nothing is rounded before it is shown.
struct OperationTime {
  std::uint64_t cycles = 0;
  std::uint64_t operations = 1;  ///< never 0

  /// `units` per second for a counter of `hz`, rounded to the nearest, halves up: with 10^12 the
  /// time in picoseconds, with `hz` itself the cycles. Saturates.
  std::uint64_t scaled(std::uint64_t units, std::uint64_t hz) const;
  std::uint64_t rounded() const { return scaled(1, 1); }
};
bool operator<(const OperationTime& a, const OperationTime& b);
bool operator==(const OperationTime& a, const OperationTime& b);

/// The distribution of one row of the guest's measurements.
///
/// A sample that covers N operations stands for N operations of a Nth of its cycles each: it weighs
/// N times as much as a sample of one operation and is counted once.
struct Measurement {
  std::string row;
  std::uint64_t samples = 0;
  std::uint64_t operations = 0;
  std::uint64_t cycles = 0;  ///< of all samples
  OperationTime min, median, p99, max;

  OperationTime mean() const { return {cycles, operations == 0 ? 1 : operations}; }
};

/// Collects samples; the order in which they come does not matter.
class Measurements {
 public:
  /// `operations` 0 makes no sense and is counted as a bad sample, as a `row` without a name is.
  void add(const std::string& row, std::uint64_t cycles, std::uint64_t operations);
  void add_bad() { ++m_bad; }

  /// Rows in the order in which they first came. Median and p99 are nearest ranks: the smallest
  /// value that at least half (99 of 100) of the operations do not exceed.
  std::vector<Measurement> rows() const;
  std::uint64_t bad_samples() const { return m_bad; }

 private:
  struct Row {
    std::string name;
    std::uint64_t samples = 0;
    std::uint64_t operations = 0;
    std::uint64_t cycles = 0;
    std::map<OperationTime, std::uint64_t> weights;  ///< operations by what they took
  };

  Row& row(const std::string& name);

  std::vector<Row> m_rows;
  std::uint64_t m_bad = 0;
};

}  // namespace apicsim
