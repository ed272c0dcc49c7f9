#pragma once

#include "models/time/cycle.h"

namespace apicsim {

/// Told when the guest switches the machine off or resets it.
class PowerListener {
 public:
  virtual ~PowerListener() = default;
  virtual void power_off(Cycle at) = 0;
  virtual void reset(Cycle at) = 0;
};

}  // namespace apicsim
