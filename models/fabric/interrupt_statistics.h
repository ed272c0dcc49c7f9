#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "models/fabric/interrupt_message.h"

namespace apicsim {

/// What went through the interrupt fabric, in messages. What became of a delivered message (set a
/// bit, merged into one that was set, rejected) is counted by the receiving local APIC.
struct InterruptStatistics {
  struct Kind {
    std::uint64_t sent = 0;
    std::uint64_t delivered = 0;  ///< copies that reached a local APIC; several per broadcast
    std::uint64_t dropped = 0;    ///< named no local APIC
  };

  std::array<Kind, 8> ipi{};  ///< index: code of the delivery mode
  std::array<Kind, 8> msi{};
  std::uint64_t eoi_broadcasts = 0;
  /// Accesses to the interrupt window that are no interrupts: reads, other lengths than 4 bytes,
  /// reserved delivery modes, level de-assertions, CPUs as initiators.
  std::uint64_t not_interrupts = 0;

  Kind& of(InterruptMessage::Source source, DeliveryMode mode) {
    const auto code = static_cast<std::size_t>(mode) & 7;
    return source == InterruptMessage::Source::ipi ? ipi[code] : msi[code];
  }
  const Kind& of(InterruptMessage::Source source, DeliveryMode mode) const {
    const auto code = static_cast<std::size_t>(mode) & 7;
    return source == InterruptMessage::Source::ipi ? ipi[code] : msi[code];
  }
};

/// Told of every message that is delivered: for traces.
class InterruptObserver {
 public:
  virtual ~InterruptObserver() = default;
  /// `message` left its sender at `sent` and reaches the local APIC of `cpu` at `arrival`.
  virtual void interrupt_message(const InterruptMessage& message, std::uint32_t cpu, Cycle sent,
                                 Cycle arrival) = 0;
  /// No local APIC answers to the destination of `message`.
  virtual void interrupt_dropped(const InterruptMessage& message, Cycle sent) = 0;
};

}  // namespace apicsim
