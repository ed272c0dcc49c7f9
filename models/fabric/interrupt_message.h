#pragma once

#include <cstdint>

#include "models/time/cycle.h"

namespace apicsim {

/// SDM Vol. 3 §11.5.1, "Delivery Mode"; the codes are those of ICR, LVT, RTE and MSI data.
enum class DeliveryMode : std::uint8_t {
  fixed = 0,
  lowest_priority = 1,
  smi = 2,
  remote_read = 3,  ///< before the Pentium 4 only, from ICR; reserved since
  nmi = 4,
  init = 5,
  start_up = 6,
  ext_int = 7,
};

enum class DestinationMode : std::uint8_t { physical, logical };
enum class DestinationShorthand : std::uint8_t { none, self, all, all_but_self };

/// An interrupt on its way to local APICs: from an ICR, or decoded from a write to 0xFEExxxxx.
struct InterruptMessage {
  enum class Source : std::uint8_t { ipi, msi };

  Source source = Source::ipi;
  std::uint8_t vector = 0;
  DeliveryMode delivery_mode = DeliveryMode::fixed;
  DestinationMode destination_mode = DestinationMode::physical;
  DestinationShorthand shorthand = DestinationShorthand::none;
  bool level_triggered = false;
  bool assert_level = true;
  /// Width of the destination as the sender wrote it: 8 bits from an xAPIC ICR or an MSI,
  /// 32 bits from an x2APIC ICR. Decides what the broadcast destination is (0xFF or 0xFFFFFFFF).
  bool wide_destination = false;
  std::uint32_t destination = 0;
  /// CPU number (0-based) of the sender of an IPI; needed by the shorthands.
  std::uint32_t sender = 0;
};

/// Takes messages and routes them to the local APICs that the destination names.
/// `at`: the cycle at which the message leaves its sender; the fabric adds the latency.
class InterruptSink {
 public:
  virtual ~InterruptSink() = default;
  virtual void send(const InterruptMessage& message, Cycle at) = 0;
  /// The end of a level-triggered interrupt, broadcast to the I/O APICs at cycle `at`
  /// (SDM Vol. 3 §11.8.5). A sink without I/O APICs ignores it.
  virtual void eoi(std::uint8_t vector, Cycle at) {
    static_cast<void>(vector);
    static_cast<void>(at);
  }
  /// The same, said by the local APIC of CPU `cpu`.
  virtual void end_of_interrupt(std::uint32_t cpu, std::uint8_t vector, Cycle at) {
    static_cast<void>(cpu);
    eoi(vector, at);
  }
  /// A local APIC answers to other destinations than before: its ID, LDR, DFR or mode has changed.
  virtual void routing_changed() {}
};

/// Something that wants to know when level-triggered interrupts have been served: an I/O APIC.
class EoiTarget {
 public:
  virtual ~EoiTarget() = default;
  virtual void eoi(std::uint8_t vector, Cycle at) = 0;
};

class SerialBusAgent;

/// A local APIC as the fabric sees it.
class InterruptTarget {
 public:
  virtual ~InterruptTarget() = default;
  /// Does the (non-shorthand) destination of `message` name this APIC? SDM Vol. 3 §11.6.2.
  /// Depends on nothing of the message but destination, its mode and its width; the answer stays
  /// the same until the target calls InterruptSink::routing_changed().
  virtual bool matches(const InterruptMessage& message) const = 0;
  /// Arbitration priority for lowest-priority delivery, SDM Vol. 3 §11.6.2.4: lower wins.
  virtual std::uint8_t arbitration_priority() const = 0;
  /// The message reaches this APIC at cycle `arrival`, which is never before the CPU's own time.
  virtual void accept(const InterruptMessage& message, Cycle arrival) = 0;
  /// Its other side where the messages travel on a serial bus; null for an APIC without one.
  virtual SerialBusAgent* bus_agent() { return nullptr; }
};

}  // namespace apicsim
