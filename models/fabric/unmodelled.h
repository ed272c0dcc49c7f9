#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace apicsim {

/// Something that the described machine has and the simulator does not model was touched. Caught at
/// the boundary of the simulation (never by a model): the run stops and the text names the thing.
class Unmodelled : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace apicsim
