#include "models/fabric/address_map.h"

#include <array>

#include "models/fabric/register_target.h"
#include "models/fabric/unmodelled.h"
#include "models/memory/physical_memory.h"
#include "tests/catch.h"
#include "tests/support/bus_driver.h"

using namespace apicsim;

namespace {

/// Remembers what it was asked.
class Probe final : public RegisterTarget {
 public:
  using RegisterTarget::RegisterTarget;
  std::vector<std::uint64_t> offsets;
  std::uint64_t written = 0;

 private:
  std::uint64_t read_register(std::uint64_t offset, unsigned, Cycle) override {
    offsets.push_back(offset);
    return 0x1122334455667788;
  }
  void write_register(std::uint64_t offset, unsigned, std::uint64_t value, Cycle) override {
    offsets.push_back(offset);
    written = value;
  }
  std::uint64_t peek_register(std::uint64_t, unsigned, Cycle) const override { return 0x99; }
};

using Policy = AddressMap::UnmodelledPolicy;

struct Bench {
  Timebase timebase{1'000'000'000};
  AddressMap map;
  PhysicalMemory memory{"memory", {{0, 0x10000}, {0x20000, 0x10000}}};
  Probe probe{"probe", timebase};
  BusDriver cpu{"cpu", {Initiator::Kind::cpu, 3}};
  BusDriver device{"device", {Initiator::Kind::device, 0x10}};

  explicit Bench(Policy policy = Policy::stop) : map("map", 1ull << 32, policy) {
    cpu.socket.bind(map.in);
    device.socket.bind(map.in);
    const unsigned ram = map.connect(memory.socket);
    const unsigned registers = map.connect(probe.socket);
    map.add(region("RAM low", 0, 0x10000, ram, false));
    map.add(region("RAM high", 0x20000, 0x10000, ram, false));
    map.add(region("probe", 0x11000, 0x1000, registers, true));
    AddressRegion window = region("interrupts", 0xFEE00000, 0x100000, registers, true);
    window.origin = AddressRegion::Origin::device;
    map.add(window);
    AddressRegion absent = region("super I/O", 0x50000, 0x100, 0, true);
    absent.kind = AddressRegion::Kind::unmodelled;
    map.add(absent);
    elaborate();
  }

  static AddressRegion region(const char* name, std::uint64_t base, std::uint64_t size,
                              unsigned target, bool relative) {
    AddressRegion result;
    result.name = name;
    result.base = base;
    result.size = size;
    result.target = target;
    result.relative = relative;
    return result;
  }
};

}  // namespace

TEST_CASE("A target sees offsets or the addresses of the map, as its region says") {
  Bench bench;
  CHECK(bench.cpu.read<std::uint32_t>(0x11F04) == 0x55667788);
  CHECK(bench.probe.offsets == std::vector<std::uint64_t>{0xF04});
  bench.cpu.write<std::uint32_t>(0x20010, 0xCAFE);
  CHECK(bench.memory.read_value<std::uint32_t>(0x20010) == 0xCAFE);
}

TEST_CASE("Empty space reads all ones and drops writes, and both are counted") {
  Bench bench;
  CHECK(bench.cpu.read<std::uint64_t>(0x40000) == ~0ull);
  bench.cpu.write<std::uint16_t>(0x40000, 1);
  CHECK(bench.cpu.status == tlm::TLM_OK_RESPONSE);
  CHECK(bench.cpu.read<std::uint8_t>(~0ull) == 0xFF);
  CHECK(bench.map.statistics().empty_reads == 2);
  CHECK(bench.map.statistics().empty_writes == 1);
}

TEST_CASE("An unmodelled region stops the run, naming itself, the address and the access") {
  Bench bench;
  try {
    bench.cpu.write<std::uint16_t>(0x50002, 1);
    FAIL("must throw");
  } catch (const Unmodelled& problem) {
    CHECK(std::string(problem.what()) ==
          "write of 2 bytes at 0x50002: 'super I/O' is not modelled");
  }
}

TEST_CASE("Under the report policy an unmodelled region answers as absent and counts") {
  Bench bench(Policy::report);
  CHECK(bench.cpu.read<std::uint32_t>(0x50000) == 0xFFFFFFFF);
  bench.cpu.write<std::uint8_t>(0x500FF, 1);
  REQUIRE(bench.map.unmodelled_counts().size() == 1);
  CHECK(bench.map.unmodelled_counts()[0].name == "super I/O");
  CHECK(bench.map.unmodelled_counts()[0].reads == 1);
  CHECK(bench.map.unmodelled_counts()[0].writes == 1);
  CHECK(bench.map.statistics().empty_reads == 0);
}

TEST_CASE("0xFEExxxxx is the interrupt window for devices and empty for CPUs") {
  Bench bench;
  bench.device.write<std::uint32_t>(0xFEE0100C, 0x41);
  CHECK(bench.probe.offsets == std::vector<std::uint64_t>{0x100C});
  CHECK(bench.probe.written == 0x41);
  bench.cpu.write<std::uint32_t>(0xFEE0100C, 0x42);
  CHECK(bench.probe.written == 0x41);
  CHECK(bench.map.statistics().empty_writes == 1);
}

TEST_CASE("An access across a border is split into one per region") {
  Bench bench;
  bench.memory.write_value<std::uint32_t>(0xFFFC, 0xAABBCCDD);
  CHECK(bench.cpu.read<std::uint64_t>(0xFFFC) == 0xFFFFFFFFAABBCCDD);
  bench.cpu.write<std::uint64_t>(0x1FFFC, 0x1111111122222222);
  CHECK(bench.memory.read_value<std::uint32_t>(0x20000) == 0x11111111);
  CHECK(bench.cpu.status == tlm::TLM_OK_RESPONSE);

  std::array<unsigned char, 0x30000> all{};
  all.fill(0x77);
  bench.device.transfer(tlm::TLM_READ_COMMAND, 0xFFF0, all.data(), 0x20);
  CHECK(all[0x0F] == 0xAA);
  CHECK(all[0x10] == 0xFF);
  CHECK(all[0x20] == 0x77);
}

TEST_CASE("A split access ends with the first part that a target refuses") {
  Bench bench;
  std::array<unsigned char, 64> bytes{};
  bench.device.transfer(tlm::TLM_WRITE_COMMAND, 0x11FF0, bytes.data(), 32);
  CHECK(bench.device.status == tlm::TLM_BURST_ERROR_RESPONSE);
  std::array<unsigned char, 1> enables{TLM_BYTE_ENABLED};
  bench.device.transfer(tlm::TLM_WRITE_COMMAND, 0xFFFC, bytes.data(), 8, enables.data(), 1);
  CHECK(bench.device.status == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  bench.device.transfer(tlm::TLM_WRITE_COMMAND, 0xFFFC, bytes.data(), 8, nullptr, 0, 4);
  CHECK(bench.device.status == tlm::TLM_BURST_ERROR_RESPONSE);
}

TEST_CASE("Regions that overlap, are empty, leave the space or name no target are refused") {
  Bench bench;
  CHECK_THROWS_WITH(bench.map.add(Bench::region("late", 0xFFFF, 2, 0, true)),
                    "map: region 'late' at 0xffff with size 0x2 overlaps region 'RAM low' at 0x0 "
                    "with size 0x10000");
  CHECK_THROWS_AS(bench.map.add(Bench::region("x", 0x60000, 0, 0, true)), AddressMapError);
  CHECK_THROWS_AS(bench.map.add(Bench::region("x", 0xFFFFFFFF, 2, 0, true)), AddressMapError);
  CHECK_THROWS_AS(bench.map.add(Bench::region("x", ~0ull, 2, 0, true)), AddressMapError);
  CHECK_THROWS_AS(bench.map.add(Bench::region("x", 0x60000, 1, 9, true)), AddressMapError);
  CHECK_NOTHROW(bench.map.add(Bench::region("fits", 0x10000, 0x1000, 0, true)));
}

TEST_CASE("A region mapped while running routes at once, a conflicting one is refused, counted") {
  Bench bench;
  const AddressRegion bar = Bench::region("bar", 0x80000000, 0x100000, 1, true);
  CHECK(bench.map.map(bar));
  CHECK(bench.cpu.read<std::uint32_t>(0x80000004) == 0x55667788);
  CHECK_FALSE(bench.map.map(Bench::region("bar 2", 0x80000FFF, 1, 1, true)));
  CHECK_FALSE(bench.map.map(Bench::region("bar 3", 0xFFF00000, 0x200000, 1, true)));
  CHECK(bench.map.statistics().refused_mappings == 2);
  bench.map.unmap(0x80000000, "other");
  CHECK(bench.map.find(0x80000000) != nullptr);
  bench.map.unmap(0x80000000, "bar");
  CHECK(bench.cpu.read<std::uint32_t>(0x80000004) == 0xFFFFFFFF);
}

TEST_CASE("Debug transport crosses regions and stops at what nobody answers for") {
  Bench bench;
  bench.memory.write_value<std::uint16_t>(0xFFFE, 0x4142);
  std::array<unsigned char, 8> bytes{};
  CHECK(bench.cpu.debug(tlm::TLM_READ_COMMAND, 0xFFFE, bytes.data(), 8) == 2);
  CHECK(bytes[0] == 0x42);
  CHECK(bench.cpu.debug(tlm::TLM_READ_COMMAND, 0x11000, bytes.data(), 4) == 4);
  CHECK(bytes[0] == 0x99);
  CHECK(bench.probe.offsets.empty());
  CHECK(bench.cpu.debug(tlm::TLM_READ_COMMAND, 0x50000, bytes.data(), 4) == 0);
}

TEST_CASE("Direct memory pointers are rebased and cut to the region") {
  Bench bench;
  tlm::tlm_dmi dmi;
  REQUIRE(bench.cpu.direct_memory(0x20004, dmi));
  CHECK(dmi.get_start_address() == 0x20000);
  CHECK(dmi.get_end_address() == 0x2FFFF);
  dmi.get_dmi_ptr()[1] = 0x5A;
  CHECK(bench.memory.read_value<std::uint8_t>(0x20001) == 0x5A);

  // A window of 0x1000 bytes at 0x70000 onto RAM from 0: less than the target grants.
  REQUIRE(bench.map.map(Bench::region("alias", 0x70000, 0x1000, 0, true)));
  REQUIRE(bench.cpu.direct_memory(0x70010, dmi));
  CHECK(dmi.get_start_address() == 0x70000);
  CHECK(dmi.get_end_address() == 0x70FFF);
  dmi.get_dmi_ptr()[2] = 0x3C;
  CHECK(bench.memory.read_value<std::uint8_t>(2) == 0x3C);
  CHECK_FALSE(bench.cpu.direct_memory(0x11000, dmi));
  CHECK_FALSE(bench.cpu.direct_memory(0x40000, dmi));
}
