#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "models/time/cycle.h"

namespace apicsim {

/// Something that the described machine has and the simulator does not model was touched. Caught at
/// the boundary of the simulation (never by a model): the run stops and the text names the thing.
class Unmodelled : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Told when a device, not a CPU, touched what is not modelled.
class UnmodelledListener {
 public:
  virtual ~UnmodelledListener() = default;
  virtual void unmodelled(const std::string& what, Cycle at) = 0;
};

}  // namespace apicsim
