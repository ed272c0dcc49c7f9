// An I/O APIC whose entries are in remappable format (VT-d §5.1.5.1), through a unit.
#include "models/apic/io_apic.h"

#include "tests/catch.h"
#include "tests/iommu/vtd_bench.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint16_t requester = 0x00F1;  ///< 00:1e.1
constexpr std::uint64_t remappable = std::uint64_t{1} << 48;
constexpr std::uint64_t level = 1u << 15;

IoApicConfig config() {
  IoApicConfig c;
  c.requester_id = requester;
  return c;
}

struct Machine {
  VtdBenchParts parts;
  Iommu iommu{"iommu", parts.timebase};
  IoApic io_apic{"io_apic", config(), parts.timebase};
  BusDriver pins{"pins"};

  Machine() {
    iommu.add(parts.unit, 0, 0xFF);
    io_apic.messages.bind(iommu.in);
    iommu.out.bind(parts.behind.socket);
    pins.socket.bind(io_apic.socket);
    parts.bind_and_elaborate();
    parts.enable_remapping(false);
  }
  void set_pin(unsigned pin, std::uint64_t entry) {
    pins.write<std::uint32_t>(0, 0x11 + 2 * pin);
    pins.write<std::uint32_t>(0x10, static_cast<std::uint32_t>(entry >> 32));
    pins.write<std::uint32_t>(0, 0x10 + 2 * pin);
    pins.write<std::uint32_t>(0x10, static_cast<std::uint32_t>(entry));
  }
  const std::vector<SentInterrupts::Sent>& sent() const { return parts.interrupts.sent; }
};

/// The pin's entry for an index of the table: bits 14:0 in 63:49, bit 15 in bit 11.
constexpr std::uint64_t entry_for(std::uint64_t index, std::uint8_t vector) {
  return remappable | (index & 0x7FFF) << 49 | (index >> 15) << 11 | vector;
}

constexpr std::uint64_t from_io_apic = 1 << 18 | requester;

}  // namespace

TEST_CASE("A pin's message is the entry of the table that its index names, not the pin's vector") {
  Machine machine;
  machine.parts.set_entry(5, 0x0000030000410001, from_io_apic);
  machine.set_pin(2, entry_for(5, 2));
  machine.io_apic.pin(2).set(true, 0);
  REQUIRE(machine.sent().size() == 1);
  CHECK(machine.sent()[0].message.vector == 0x41);
  CHECK(machine.sent()[0].message.destination == 3);
}

TEST_CASE("Bit 15 of a pin's index travels in bit 11 of its entry") {
  Machine machine;
  machine.parts.unit_table_of(65536);
  machine.parts.set_entry(0x8003, 0x410001, from_io_apic);
  machine.set_pin(2, entry_for(0x8003, 2));
  machine.io_apic.pin(2).set(true, 0);
  CHECK(machine.sent().size() == 1);
}

TEST_CASE("The I/O APIC's own requester id is verified") {
  Machine machine;
  machine.parts.set_entry(5, 0x410001, 1 << 18 | 0x00F8);
  machine.set_pin(2, entry_for(5, 2));
  machine.io_apic.pin(2).set(true, 0);
  CHECK(machine.sent().empty());
  CHECK(machine.parts.fault_reason() == 0x26);
}

TEST_CASE("A level-triggered pin waits for the end of its own entry's vector (VT-d §5.1.5.1)") {
  Machine machine;
  machine.parts.set_entry(5, 0x410011, from_io_apic);  // vector 41h, level
  machine.set_pin(2, entry_for(5, 0x22) | level);
  machine.io_apic.pin(2).set(true, 0);
  REQUIRE(machine.sent().size() == 1);
  CHECK(machine.sent()[0].message.level_triggered);
  machine.io_apic.eoi(0x41, 10);
  CHECK(machine.sent().size() == 1);
  machine.io_apic.eoi(0x22, 20);
  CHECK(machine.sent().size() == 2);
}
