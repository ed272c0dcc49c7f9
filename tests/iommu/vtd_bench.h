#pragma once

#include <vector>

#include "models/iommu/iommu.h"
#include "models/memory/physical_memory.h"
#include "tests/support/bus_driver.h"

namespace apicsim::testing {

inline constexpr std::uint64_t gen8_cap = 0xD2078C106F0462;
inline constexpr std::uint64_t gen8_ecap = 0xF020FE;

inline VtdUnit::Config gen8() {
  VtdUnit::Config config;
  config.capability = vtd::Capability::decode(gen8_cap);
  config.extended = vtd::ExtendedCapability::decode(gen8_ecap);
  return config;
}

/// Keeps what the unit sends.
struct SentInterrupts final : InterruptSink {
  struct Sent {
    InterruptMessage message;
    Cycle at;
  };
  std::vector<Sent> sent;

  void send(const InterruptMessage& message, Cycle at) override { sent.push_back({message, at}); }
};

/// A unit with 16 MiB of memory behind it, for tests that bind more before elaboration ends.
struct VtdBenchParts {
  static constexpr std::uint64_t queue_base = 0x10000;
  static constexpr std::uint64_t table_base = 0x200000;
  static constexpr std::uint64_t status_address = 0x5000;
  static constexpr std::uint16_t source = 0x00F8;  ///< 00:1f.0

  Timebase timebase{1'000'000'000};
  PhysicalMemory memory{"memory", {{0, 16u << 20}}};
  PhysicalMemory behind{"behind", {{0, 1u << 20}}};  ///< of what the unit lets pass
  SentInterrupts interrupts;
  VtdUnit unit;
  BusDriver bus{"bus"};

  explicit VtdBenchParts(const VtdUnit::Config& config = gen8())
      : unit("unit", timebase, config, interrupts) {}

  void bind_and_elaborate() {
    bus.socket.bind(unit.socket);
    unit.dma.socket.bind(memory.socket);
    elaborate();
  }

  std::uint32_t in(std::uint64_t offset) { return bus.read<std::uint32_t>(offset); }
  void out(std::uint64_t offset, std::uint32_t value) { bus.write(offset, value); }
  std::uint64_t in64(std::uint64_t offset) { return bus.read<std::uint64_t>(offset); }
  void out64(std::uint64_t offset, std::uint64_t value) { bus.write(offset, value); }

  template <typename T>
  void poke(std::uint64_t address, T value) {
    std::memcpy(memory.host(address), &value, sizeof value);
  }
  template <typename T>
  T peek(std::uint64_t address) {
    T value{};
    std::memcpy(&value, memory.host(address), sizeof value);
    return value;
  }

  void enable_queue() {
    out64(0x90, queue_base);
    out(0x18, in(0x1C) | 0x04000000);
  }
  /// Puts a descriptor at the tail and rings.
  void submit(std::uint64_t low, std::uint64_t high) {
    const std::uint64_t tail = in64(0x88);
    poke(queue_base + tail, low);
    poke(queue_base + tail + 8, high);
    out(0x88, static_cast<std::uint32_t>((tail + 16) % 4096));
  }
  void set_entry(std::uint16_t index, std::uint64_t low, std::uint64_t high) {
    poke(table_base + index * 16u, low);
    poke(table_base + index * 16u + 8, high);
  }
  /// A table of so many entries, a power of two, with remapping on.
  void unit_table_of(std::uint32_t entries) {
    std::uint64_t size = 0;
    while (2u << size < entries) ++size;
    out64(0xB8, table_base | size);
    out(0x18, in(0x1C) | 0x01000000);
  }
  /// Remapping on, with a table of 256 entries.
  void enable_remapping(bool extended, bool compatibility = false) {
    out64(0xB8, table_base | (extended ? 0x800 : 0) | 7);
    out(0x18, (in(0x1C) & 0x86000000) | 0x01000000);
    out(0x18, (in(0x1C) & 0x86000000) | 0x02000000 | (compatibility ? 0x00800000 : 0));
  }
  bool request(std::uint64_t address, std::uint32_t data, std::uint16_t from = source,
               Cycle at = 0) {
    return unit.interrupt({address, data, from}, at);
  }
  /// The request that names an entry by its handle alone.
  static constexpr std::uint64_t by_handle(std::uint32_t index) {
    return 0xFEE00010 | (index & 0x7FFF) << 5 | (index >> 15) << 2;
  }
  std::uint64_t record_high(unsigned index) { return in64(0x108 + index * 16u); }
  unsigned fault_reason(unsigned index = 0) { return record_high(index) >> 32 & 0xFF; }
};

/// The unit alone.
struct VtdBench : VtdBenchParts {
  explicit VtdBench(const VtdUnit::Config& config = gen8()) : VtdBenchParts(config) {
    spare.socket.bind(behind.socket);
    bind_and_elaborate();
  }
  BusDriver spare{"spare"};
};

}  // namespace apicsim::testing
