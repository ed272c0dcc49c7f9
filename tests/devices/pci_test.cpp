#include <optional>

#include "models/devices/pci/inert_function.h"
#include "models/devices/pci/msi_capability.h"
#include "models/devices/pci/pci_host.h"
#include "models/devices/pci/q35_identities.h"
#include "tests/catch.h"
#include "tests/devices/recording_line.h"
#include "tests/devices/recording_mapper.h"
#include "tests/support/bus_driver.h"

using namespace apicsim;

namespace {

struct Power : PowerListener {
  std::optional<Cycle> reset_at;
  void power_off(Cycle) override {}
  void reset(Cycle at) override { reset_at = at; }
};

/// A function with one BAR of each kind, and MSI.
class Sample final : public PciFunction {
 public:
  Sample(const sc_core::sc_module_name& name, const PciAddress& address, const PciWiring& wiring)
      : PciFunction(name, address, identity(), wiring), msi(config()) {
    declare_bar(0, BarKind::memory32, 0x100000);
    declare_bar(1, BarKind::io, 0x20);
    declare_bar(2, BarKind::memory64, 0x400000000, true);
  }
  using PciFunction::set_interrupt;
  MsiCapability msi;

 private:
  static PciIdentity identity() {
    PciIdentity result;
    result.vendor_id = 0x1234;
    result.device_id = 0x5678;
    result.class_code = 0x020000;
    result.interrupt_pin = 2;
    return result;
  }
};

struct Bench {
  Timebase timebase{1'000'000'000};
  Power power;
  RecordingMapper memory, ports;
  RecordingLine line;
  PciBus bus;
  PciHost host{"host", timebase, bus, &power, 0};
  Sample sample{"sample", {2, 5, 1}, {&memory, &ports, &line}};
  BusDriver io{"io"}, ecam{"ecam"};

  Bench() {
    bus.add(sample);
    for (unsigned bar = 0; bar < 3; ++bar) sample.set_bar_target(bar, 10 + bar);
    io.socket.bind(host.ports.socket);
    ecam.socket.bind(host.ecam.socket);
    elaborate();
  }
  void select(unsigned reg) { io.write<std::uint32_t>(0, 0x80000000 | 0x022900 | reg); }
  std::uint32_t in(unsigned reg) {
    select(reg);
    return io.read<std::uint32_t>(4);
  }
  void out(unsigned reg, std::uint32_t value) {
    select(reg);
    io.write<std::uint32_t>(4, value);
  }
};

}  // namespace

TEST_CASE(
    "Mechanism 1 reaches a function by bus, device, function and register (PCI 3.0 §3.2.2.3)") {
  Bench bench;
  CHECK(bench.in(0x00) == 0x56781234);
  CHECK(bench.in(0x08) == 0x02000000);
  bench.select(0x00);
  CHECK(bench.io.read<std::uint16_t>(6) == 0x5678);
  CHECK(bench.io.read<std::uint8_t>(5) == 0x12);
  CHECK(bench.io.read<std::uint32_t>(0) == 0x80022900);
  bench.out(0x3C, 0xFFFFFF0B);
  CHECK(bench.in(0x3C) == 0x0000020B);
}

TEST_CASE("Absent functions and a disabled CONFIG_ADDRESS read all ones") {
  Bench bench;
  bench.io.write<std::uint32_t>(0, 0x80022800);
  CHECK(bench.io.read<std::uint32_t>(4) == 0xFFFFFFFF);
  bench.io.write<std::uint32_t>(0, 0x00022900);
  CHECK(bench.io.read<std::uint32_t>(4) == 0xFFFFFFFF);
  bench.io.write<std::uint32_t>(4, 0);
  CHECK(bench.sample.read_config(0, 4) == 0x56781234);
}

TEST_CASE("CONFIG_ADDRESS takes only dwords, a byte at 0xCF9 is the reset register") {
  Bench bench;
  bench.select(0x10);
  bench.io.write<std::uint8_t>(0, 0x44);
  bench.io.write<std::uint16_t>(0, 0x4444);
  CHECK(bench.io.read<std::uint32_t>(0) == 0x80022910);
  bench.io.write<std::uint8_t>(1, 0x02);
  CHECK_FALSE(bench.power.reset_at.has_value());
  CHECK(bench.io.read<std::uint8_t>(1) == 0x02);
  bench.io.delay = bench.timebase.to_sc_time(55);
  bench.io.write<std::uint8_t>(1, 0x06);
  CHECK(bench.power.reset_at == Cycle{55});
}

TEST_CASE("An access to the data port that crosses a dword is not forwarded") {
  Bench bench;
  bench.select(0);
  CHECK(bench.io.read<std::uint32_t>(6) == 0xFFFFFFFF);
  bench.io.write<std::uint32_t>(5, 0);
  CHECK(bench.in(0) == 0x56781234);
}

TEST_CASE("The memory-mapped window addresses by bits 27:12 and takes 1 to 8 bytes (PCIe §7.2.2)") {
  Bench bench;
  const std::uint64_t base = 0x229000;
  CHECK(bench.ecam.read<std::uint32_t>(base) == 0x56781234);
  CHECK(bench.ecam.read<std::uint64_t>(base) == 0x0010000056781234);
  CHECK(bench.ecam.read<std::uint8_t>(base + 3) == 0x56);
  CHECK(bench.ecam.read<std::uint32_t>(base + 0x100) == 0xFFFFFFFF);
  CHECK(bench.ecam.read<std::uint32_t>(0x228000) == 0xFFFFFFFF);
  bench.ecam.write<std::uint8_t>(base + 0x3C, 7);
  CHECK(bench.in(0x3C) == 0x00000207);
}

TEST_CASE("Sizing a BAR: writing ones gives its size back (PCI 3.0 §6.2.5.1)") {
  Bench bench;
  bench.out(0x10, 0xFFFFFFFF);
  CHECK(bench.in(0x10) == 0xFFF00000);
  bench.out(0x14, 0xFFFFFFFF);
  CHECK(bench.in(0x14) == 0xFFFFFFE1);
  bench.out(0x18, 0xFFFFFFFF);
  bench.out(0x1C, 0xFFFFFFFF);
  CHECK(bench.in(0x18) == 0x0000000C);
  CHECK(bench.in(0x1C) == 0xFFFFFFFC);
  bench.out(0x20, 0xFFFFFFFF);
  CHECK(bench.in(0x20) == 0);
}

TEST_CASE("A BAR is decoded while its space is enabled, at the address that it holds") {
  Bench bench;
  bench.out(0x10, 0xFE800000);
  CHECK(bench.memory.regions.empty());
  bench.out(0x04, 0x2);
  REQUIRE(bench.memory.regions.size() == 1);
  CHECK(bench.memory.regions[0].base == 0xFE800000);
  CHECK(bench.memory.regions[0].size == 0x100000);
  CHECK(bench.memory.regions[0].target == 10);
  CHECK(bench.memory.regions[0].name == "02:05.1 sample BAR 0");
  bench.out(0x10, 0xFD000000);
  REQUIRE(bench.memory.regions.size() == 1);
  CHECK(bench.memory.regions[0].base == 0xFD000000);
  bench.out(0x10, 0xFFFFFFFF);
  CHECK(bench.memory.regions.empty());
  bench.out(0x10, 0xFD000000);
  CHECK(bench.memory.regions.size() == 1);
  bench.out(0x04, 0x0);
  CHECK(bench.memory.regions.empty());
}

TEST_CASE("64-bit and I/O BARs are decoded in their spaces") {
  Bench bench;
  bench.out(0x14, 0xC000);
  bench.out(0x18, 0x0);
  bench.out(0x1C, 0x38);
  bench.out(0x04, 0x3);
  REQUIRE(bench.ports.regions.size() == 1);
  CHECK(bench.ports.regions[0].base == 0xC000);
  CHECK(bench.ports.regions[0].size == 0x20);
  REQUIRE(bench.memory.regions.size() == 1);
  CHECK(bench.memory.regions[0].base == 0x3800000000);
  CHECK(bench.memory.regions[0].target == 12);
}

TEST_CASE("A BAR for which the map has no room stays unmapped until it finds one") {
  Bench bench;
  bench.memory.refuse = true;
  bench.out(0x10, 0xFE800000);
  bench.out(0x04, 0x2);
  CHECK(bench.memory.regions.empty());
  bench.memory.refuse = false;
  bench.out(0x10, 0xFE900000);
  CHECK(bench.memory.regions.size() == 1);
}

TEST_CASE("Firmware's assignment enables the space and is what software reads") {
  Bench bench;
  bench.sample.assign_bar(0, 0xFE800000);
  CHECK(bench.memory.regions.size() == 1);
  CHECK(bench.in(0x10) == 0xFE800000);
  CHECK((bench.in(0x04) & 0xFFFF) == 0x2);
}

TEST_CASE("Read-only registers keep their value whatever is written") {
  Bench bench;
  for (const unsigned reg : {0x00u, 0x08u, 0x2Cu, 0x34u}) {
    const std::uint32_t before = bench.in(reg);
    bench.out(reg, ~before);
    CHECK(bench.in(reg) == before);
  }
  bench.out(0x04, 0xFFFFFFFF);
  CHECK(bench.in(0x04) == 0x00100507);
}

TEST_CASE("The MSI capability is listed and its bits are writable as specified (PCI 3.0 §6.8.1)") {
  Bench bench;
  CHECK((bench.in(0x34) & 0xFF) == 0x40);
  CHECK(bench.in(0x40) == 0x00800005);
  bench.out(0x40, 0xFFFFFFFF);
  CHECK(bench.in(0x40) == 0x00810005);
  CHECK(bench.sample.msi.enabled());
  bench.out(0x44, 0xFFFFFFFF);
  CHECK(bench.in(0x44) == 0xFFFFFFFC);
  bench.out(0x4C, 0xFFFFFFFF);
  CHECK(bench.in(0x4C) == 0x0000FFFF);
}

TEST_CASE("INTx shows in the status register and follows Interrupt Disable (PCI 3.0 §6.2.2)") {
  Bench bench;
  bench.sample.set_interrupt(true, 9);
  CHECK(bench.line.active);
  CHECK(bench.line.last == 9);
  CHECK((bench.in(0x04) >> 16 & 0x8) != 0);
  bench.out(0x04, 0x400);
  CHECK_FALSE(bench.line.active);
  CHECK((bench.in(0x04) >> 16 & 0x8) != 0);
  bench.out(0x04, 0);
  CHECK(bench.line.active);
  bench.sample.set_interrupt(false, 11);
  CHECK_FALSE(bench.line.active);
  CHECK((bench.in(0x04) >> 16 & 0x8) == 0);
}

TEST_CASE("Two functions at one address, or one out of range, are refused") {
  PciBus bus;
  PciFunction first("first", {2, 5, 1}, {}, {});
  PciFunction twin("twin", {2, 5, 1}, {}, {});
  PciFunction outside("outside", {0, 32, 0}, {}, {});
  bus.add(first);
  CHECK_THROWS_AS(bus.add(twin), std::invalid_argument);
  CHECK_THROWS_AS(bus.add(outside), std::invalid_argument);
  CHECK(bus.find({2, 5, 1}) == &first);
}

TEST_CASE("A BAR without a target is mapped as unmodelled, so that touching it names it") {
  RecordingMapper memory;
  PciIdentity identity;
  identity.vendor_id = 0x103C;
  identity.device_id = 0x3306;
  InertFunction function("ilo", {1, 0, 0}, identity, {&memory, nullptr, nullptr}, 0x1000);
  function.assign_bar(0, 0xF5000000);
  REQUIRE(memory.regions.size() == 1);
  CHECK(memory.regions[0].kind == AddressRegion::Kind::unmodelled);
  CHECK(memory.regions[0].name == "01:00.0 ilo BAR 0");
  CHECK(memory.regions[0].size == 0x1000);
  function.set_bar_target(0, 3);
  REQUIRE(memory.regions.size() == 1);
  CHECK(memory.regions[0].kind == AddressRegion::Kind::target);
  function.assign_interrupt_line(11);
  CHECK(function.read_config(0x3C, 1) == 11);
}

TEST_CASE("The identities of a q35 board's bridges are those of the chips") {
  PciFunction host("host", {0, 0, 0}, q35_host_bridge(), {});
  PciFunction lpc("lpc", {0, 31, 0}, ich9_lpc_bridge(), {});
  CHECK(host.read_config(0, 4) == 0x29C08086);
  CHECK(host.read_config(8, 4) == 0x06000000);
  CHECK(lpc.read_config(0, 4) == 0x29188086);
  CHECK(lpc.read_config(8, 4) == 0x06010002);
  CHECK(lpc.read_config(0x0E, 1) == 0x80);
}
