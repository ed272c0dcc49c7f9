#pragma once

#include <systemc>

#include "models/time/timebase.h"

namespace apicsim {

/// Fires `event` at the start of `cycle`, or in the next delta if that has passed. An earlier
/// pending notification of the same event is replaced.
inline void notify_at(const Timebase& timebase, sc_core::sc_event& event, Cycle cycle) {
  event.cancel();
  if (cycle == never) return;
  const sc_core::sc_time at = timebase.to_sc_time(cycle);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  event.notify(at > now ? at - now : sc_core::SC_ZERO_TIME);
}

}  // namespace apicsim
