#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/time/clock.h"

namespace apicsim {

/// From the sender's write to the receiver's IRR, in cycles; entries of the timing profile.
struct InterruptLatencies {
  Cycle ipi_same_core = 1;  ///< to an SMT sibling; the copy to the sender itself does not travel
  Cycle ipi_same_socket = 1;
  Cycle ipi_cross_socket = 1;
  Cycle msi = 1;  ///< from the write's arrival at the fabric
  Cycle eoi = 0;  ///< from the EOI register to the I/O APICs

  /// Smallest latency by which one CPU reaches another one: bounds the scheduler's lookahead.
  Cycle smallest_ipi() const {
    return std::min(ipi_same_core, std::min(ipi_same_socket, ipi_cross_socket));
  }
};

/// Where a CPU sits. `core` numbers are unique within a socket.
struct CpuPlace {
  std::uint32_t socket = 0;
  std::uint32_t core = 0;
};

struct InterruptFabricConfig {
  InterruptLatencies latencies;
  std::vector<CpuPlace> cpus;  ///< index is the CPU number
  /// Clock of the serial bus that carries all messages between the APICs of the Pentium and P6
  /// family (SDM Vol. 3 §11.10); none since the Pentium 4. `latencies` do not apply there.
  std::optional<Clock> serial_bus;
};

}  // namespace apicsim
