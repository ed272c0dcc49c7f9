#pragma once

#include <cstdint>

#include "models/fabric/interrupt_message.h"

namespace apicsim {

/// What a local APIC answers to a message on the serial bus, SDM Vol. 3 §11.8.2.
enum class BusAnswer : std::uint8_t {
  accept,
  refuse,  ///< it does not take such messages
  retry,   ///< it has no room now: the sender tries again
};

/// A local APIC of the time before the Pentium 4, as the serial bus sees it (SDM Vol. 3 §11.10).
class SerialBusAgent {
 public:
  virtual ~SerialBusAgent() = default;
  /// What the following questions ask about is the state at cycle `at`.
  virtual void catch_up(Cycle at) = 0;
  /// With which the arbitration begins after reset and INIT level de-assert, 0..15.
  virtual std::uint8_t arbitration_id() const = 0;
  /// The CPU services `vector` or has a request for it: it is the focus of a lowest-priority
  /// interrupt and takes it whatever its priority (§11.6.2.4).
  virtual bool is_focus(std::uint8_t vector) const = 0;
  /// Would the APIC take the message, whose destination names it?
  virtual BusAnswer answer(const InterruptMessage& message) const = 0;
  /// A message of this APIC has left the bus at cycle `at`; `accepted` unless no APIC took it.
  virtual void transmitted(Cycle at, bool accepted) = 0;
  /// A message of somebody else passed on the bus, and no APIC took it.
  virtual void saw_unaccepted(Cycle at) = 0;
  /// Value of the register at `offset` of the page for another CPU's remote read.
  virtual std::uint32_t remote_value(std::uint32_t offset, Cycle at) const = 0;
  /// The answer to this APIC's own remote read; `valid` unless nobody answered.
  virtual void remote_read_done(std::uint32_t value, bool valid, Cycle at) = 0;
};

}  // namespace apicsim
