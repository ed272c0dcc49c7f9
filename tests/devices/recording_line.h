#pragma once

#include "models/fabric/interrupt_line.h"

namespace apicsim {

/// Remembers what a device did to its interrupt line.
struct RecordingLine : InterruptLine {
  bool active = false;
  Cycle last = 0;      ///< cycle of the last change
  unsigned rises = 0;  ///< number of changes to active

  void set(bool now_active, Cycle at) override {
    if (now_active == active) return;
    active = now_active;
    last = at;
    if (active) ++rises;
  }
};

}  // namespace apicsim
