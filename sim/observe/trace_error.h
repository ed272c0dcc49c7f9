#pragma once

#include <stdexcept>

namespace apicsim {

/// A trace file that cannot be read: foreign, of another version, truncated, damaged. One line.
class TraceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace apicsim
