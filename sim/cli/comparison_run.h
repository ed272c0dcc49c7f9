#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/cli/variants.h"
#include "sim/report/comparison.h"

namespace apicsim {

/// How much is run to learn what a comparison rests on.
enum class BandMode : std::uint8_t {
  none,     ///< each configuration once
  all,      ///< and with all assumed entries of its profile low, and high
  entries,  ///< and with groups of them, until those are found that move a row
};

struct ComparisonRequest {
  std::vector<Variant> variants;
  std::string configs;  ///< as for 'apicsim run --configs'; empty: not given
  BandMode bands = BandMode::all;
  std::size_t jobs = 1;
  bool progress = false;
};

/// Runs everything that the request needs and compares it. Throws ComparisonError when a run gives
/// no report, RunPoolInterrupted.
Comparison run_comparison(const ComparisonRequest& request);

/// A run of the comparison failed. what() is one line: which one, and why.
class ComparisonError : public std::runtime_error {
 public:
  ComparisonError(int status, const std::string& what)
      : std::runtime_error(what), m_status(status) {}
  int status() const { return m_status; }  ///< exit status for the program

 private:
  int m_status;
};

}  // namespace apicsim
