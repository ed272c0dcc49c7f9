#pragma once

#include "models/time/cycle.h"

namespace apicsim {

/// Told when the guest switches the machine off, resets it, or resets its processors.
class PowerListener {
 public:
  virtual ~PowerListener() = default;
  virtual void power_off(Cycle at) = 0;
  virtual void reset(Cycle at) = 0;
  /// The INIT# line of all processors is pulsed: by the keyboard controller, by port 0x92, by a
  /// soft reset at port 0xCF9. Where nothing answers at the reset vector the machine starts anew.
  virtual void init_processors(Cycle at) { reset(at); }
};

}  // namespace apicsim
