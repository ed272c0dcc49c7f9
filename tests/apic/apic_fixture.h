#pragma once

#include <cstdint>
#include <vector>

#include "models/apic/local_apic.h"

namespace apicsim::testing {

/// Keeps what an APIC sends, for the test to look at.
struct RecordingSink : InterruptSink {
  struct Sent {
    InterruptMessage message;
    Cycle at;
  };
  struct Eoi {
    std::uint8_t vector;
    Cycle at;
  };
  std::vector<Sent> sent;
  std::vector<Eoi> eois;
  unsigned routing_changes = 0;

  void send(const InterruptMessage& message, Cycle at) override { sent.push_back({message, at}); }
  void eoi(std::uint8_t vector, Cycle at) override { eois.push_back({vector, at}); }
  void routing_changed() override { ++routing_changes; }
};

struct RecordingListener : AttentionListener {
  struct Call {
    std::uint32_t cpu;
    Cycle cycle;
  };
  std::vector<Call> calls;
  void attention(std::uint32_t cpu, Cycle cycle) override { calls.push_back({cpu, cycle}); }
};

constexpr DestinationMode physical = DestinationMode::physical;
constexpr DestinationMode logical = DestinationMode::logical;

/// A message that matters for its destination only.
inline InterruptMessage to(std::uint32_t destination, DestinationMode mode, bool wide = false) {
  InterruptMessage message;
  message.destination = destination;
  message.destination_mode = mode;
  message.wide_destination = wide;
  return message;
}

/// Reference clock 3 GHz, TSC 1.8 GHz, APIC timer 100 MHz: neither divides it evenly by accident.
inline LocalApicConfig plain_config(std::uint32_t apic_id = 0, bool bootstrap = true) {
  const std::uint64_t reference = 3'000'000'000;
  LocalApicConfig config{0,
                         apic_id,
                         bootstrap,
                         true,
                         true,
                         0x15,
                         6,
                         true,
                         Clock(100'000'000, reference),
                         Clock(1'800'000'000, reference)};
  return config;
}

/// One local APIC between recorders, with the accesses that tests are made of.
struct ApicBench {
  RecordingSink sink;
  RecordingListener listener;
  LocalApic apic;

  explicit ApicBench(const LocalApicConfig& config = plain_config())
      : apic(config, sink, listener) {}

  std::uint32_t read(std::uint32_t offset, Cycle now = 0) {
    return static_cast<std::uint32_t>(apic.read_page(offset, 4, now));
  }
  void write(std::uint32_t offset, std::uint32_t value, Cycle now = 0) {
    apic.write_page(offset, 4, value, now);
  }
  /// SVR: enabled, spurious vector 0xFF.
  void software_enable(Cycle now = 0) { write(lapic::reg::svr, 0x1FF, now); }
  void enter_x2apic(Cycle now = 0) {
    apic.write_apic_base(apic.apic_base() | lapic::base::enable | lapic::base::extended, now);
  }
  void send_fixed(std::uint8_t vector, Cycle arrival, bool level = false) {
    InterruptMessage message;
    message.vector = vector;
    message.level_triggered = level;
    apic.accept(message, arrival);
  }
  void send(DeliveryMode mode, Cycle arrival, std::uint8_t vector = 0) {
    InterruptMessage message;
    message.delivery_mode = mode;
    message.vector = vector;
    apic.accept(message, arrival);
  }
};

inline constexpr std::uint32_t msr_of(std::uint32_t offset) { return 0x800 + (offset >> 4); }

}  // namespace apicsim::testing
