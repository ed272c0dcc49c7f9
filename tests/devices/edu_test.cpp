#include "models/devices/edu.h"

#include <array>

#include "models/fabric/address_map.h"
#include "models/fabric/unmodelled.h"
#include "models/memory/physical_memory.h"
#include "tests/catch.h"
#include "tests/devices/recording_line.h"
#include "tests/support/bus_driver.h"

// Expectations are those of QEMU docs/specs/edu.rst and, where it is silent, of hw/misc/edu.c.
using namespace apicsim;

namespace {

/// Takes the messages that devices write to 0xFEExxxxx.
class Messages final : public RegisterTarget {
 public:
  using RegisterTarget::RegisterTarget;
  struct Message {
    std::uint64_t offset, data;
    Cycle at;
  };
  std::vector<Message> seen;

 private:
  std::uint64_t read_register(std::uint64_t, unsigned, Cycle) override { return 0; }
  std::uint64_t peek_register(std::uint64_t, unsigned, Cycle) const override { return 0; }
  void write_register(std::uint64_t offset, unsigned, std::uint64_t value, Cycle now) override {
    seen.push_back({offset, value, now});
  }
};

constexpr std::uint64_t bar = 0xFE800000;

Edu::Config edu_config() {
  Edu::Config config;
  config.dma_mask = ~0ull;
  config.dma_time = 1000;
  config.factorial_time = 50;
  return config;
}

struct Bench {
  Timebase timebase{1'000'000'000};
  AddressMap map{"map", 1ull << 40, AddressMap::UnmodelledPolicy::stop};
  PhysicalMemory memory{"memory", {{0, 0x100000}, {0x100000000, 0x100000}}};
  Messages messages{"messages", timebase};
  RecordingLine line;
  Edu device;
  BusDriver cpu{"cpu"};

  explicit Bench(const Edu::Config& config = edu_config())
      : device("edu", timebase, {0, 4, 0}, config, {&map, nullptr, &line}) {
    cpu.socket.bind(map.in);
    device.dma.socket.bind(map.in);
    const unsigned ram = map.connect(memory.socket);
    add("RAM", 0, 0x100000, ram, false, AddressRegion::Kind::target);
    add("RAM high", 0x100000000, 0x100000, ram, false, AddressRegion::Kind::target);
    add("ROM", 0xF0000000, 0x1000, 0, true, AddressRegion::Kind::unmodelled);
    add("interrupts", 0xFEE00000, 0x100000, map.connect(messages.socket), true,
        AddressRegion::Kind::target);
    device.set_bar_target(0, map.connect(device.registers.socket));
    device.assign_bar(0, bar);
    device.write_config(4, 2, 0x6, 0);
    elaborate();
  }
  void add(const char* name, std::uint64_t base, std::uint64_t size, unsigned target, bool relative,
           AddressRegion::Kind kind) {
    AddressRegion region;
    region.base = base;
    region.size = size;
    region.name = name;
    region.kind = kind;
    region.target = target;
    region.relative = relative;
    map.add(region);
  }
  std::uint32_t in(std::uint64_t offset) { return cpu.read<std::uint32_t>(bar + offset); }
  void out(std::uint64_t offset, std::uint32_t value) { cpu.write(bar + offset, value); }
  void start_dma(std::uint64_t source, std::uint64_t destination, std::uint64_t count,
                 std::uint64_t command) {
    cpu.write<std::uint64_t>(bar + 0x80, source);
    cpu.write<std::uint64_t>(bar + 0x88, destination);
    cpu.write<std::uint64_t>(bar + 0x90, count);
    cpu.write<std::uint64_t>(bar + 0x98, command);
  }
  /// Runs up to the given cycle, its events included.
  void run_to(Cycle cycle) { apicsim::run_to(timebase, cycle); }
  void enable_msi() {
    device.write_config(0x44, 4, 0xFEE0300C, 0);
    device.write_config(0x48, 4, 0, 0);
    device.write_config(0x4C, 2, 0x4041, 0);
    device.write_config(0x42, 2, 0x1, 0);
  }
};

}  // namespace

TEST_CASE("edu: PCI identity, one 1 MiB BAR, INTA, MSI at 0x40") {
  Bench bench;
  CHECK(bench.device.read_config(0x00, 4) == 0x11E81234);
  CHECK(bench.device.read_config(0x08, 4) == 0x00FF0010);
  CHECK(bench.device.read_config(0x3D, 1) == 1);
  CHECK(bench.device.read_config(0x40, 4) == 0x00800005);
  bench.device.write_config(0x10, 4, 0xFFFFFFFF, 0);
  CHECK(bench.device.read_config(0x10, 4) == 0xFFF00000);
}

TEST_CASE("edu: identification is 0xRRrr00ed, liveness gives back the inverted value") {
  Bench bench;
  CHECK(bench.in(0x00) == 0x010000ED);
  bench.out(0x00, 5);
  CHECK(bench.in(0x00) == 0x010000ED);
  bench.out(0x04, 0x12345678);
  CHECK(bench.in(0x04) == 0xEDCBA987);
}

TEST_CASE("edu: below 0x80 only 4 bytes, above 4 or 8, other sizes do nothing") {
  Bench bench;
  CHECK(bench.cpu.read<std::uint64_t>(bar) == ~0ull);
  CHECK(bench.cpu.read<std::uint8_t>(bar) == 0);
  CHECK(bench.cpu.read<std::uint16_t>(bar) == 0);
  bench.cpu.write<std::uint64_t>(bar + 0x08, 5);
  CHECK(bench.in(0x20) == 0);
  bench.cpu.write<std::uint16_t>(bar + 0x04, 0);
  CHECK(bench.in(0x04) == 0);
  bench.out(0x80, 0x11223344);
  CHECK(bench.cpu.read<std::uint64_t>(bar + 0x80) == 0x11223344);
  CHECK(bench.in(0x84) == 0xFFFFFFFF);
  CHECK(bench.in(0x0C) == 0xFFFFFFFF);
  CHECK(bench.in(0x40000) == 0xFFFFFFFF);
}

TEST_CASE("edu: a factorial is busy until its time has passed, then the result is there") {
  Bench bench;
  bench.out(0x08, 10);
  CHECK((bench.in(0x20) & 1) == 1);
  bench.out(0x08, 3);  // ignored while computing
  bench.run_to(49);
  CHECK((bench.in(0x20) & 1) == 1);
  bench.run_to(50);
  CHECK((bench.in(0x20) & 1) == 0);
  CHECK(bench.in(0x08) == 3628800);
  CHECK_FALSE(bench.line.active);
}

TEST_CASE("edu: factorials are modulo 2^32, of zero it is one") {
  Bench bench;
  const std::pair<std::uint32_t, std::uint32_t> expected[] = {
      {0, 1}, {1, 1}, {12, 479001600}, {13, 1932053504}, {33, 0x80000000}, {34, 0}, {~0u, 0}};
  Cycle now = 0;
  for (const auto& [value, result] : expected) {
    bench.out(0x08, value);
    bench.run_to(now += 100);
    CHECK(bench.in(0x08) == result);
  }
}

TEST_CASE("edu: status bit 7 asks for interrupt 1 when the factorial is done, bit 0 is read-only") {
  Bench bench;
  bench.out(0x20, 0xFF);
  CHECK(bench.in(0x20) == 0x80);
  bench.out(0x08, 4);
  bench.run_to(100);
  CHECK(bench.in(0x24) == 0x001);
  CHECK(bench.line.active);
  CHECK(bench.line.last == 50);
  bench.out(0x64, 0x001);
  CHECK(bench.in(0x24) == 0);
  CHECK_FALSE(bench.line.active);
}

TEST_CASE("edu: raised values are OR-ed, INTx falls when all of them are acknowledged") {
  Bench bench;
  bench.out(0x60, 0);
  CHECK_FALSE(bench.line.active);
  bench.out(0x60, 0x5);
  bench.out(0x60, 0x8);
  CHECK(bench.in(0x24) == 0xD);
  CHECK(bench.line.rises == 1);
  bench.out(0x64, 0x5);
  CHECK(bench.line.active);
  bench.out(0x64, 0x8);
  CHECK_FALSE(bench.line.active);
}

TEST_CASE(
    "edu: with MSI each raise is one message, at the cycle of the write, and INTx is silent") {
  Bench bench;
  bench.enable_msi();
  bench.cpu.delay = bench.timebase.to_sc_time(7);
  bench.out(0x60, 0x1);
  REQUIRE(bench.messages.seen.size() == 1);
  CHECK(bench.messages.seen[0].offset == 0x300C);
  CHECK(bench.messages.seen[0].data == 0x4041);
  CHECK(bench.messages.seen[0].at == 7);
  bench.out(0x60, 0x2);
  CHECK(bench.messages.seen.size() == 2);
  CHECK_FALSE(bench.line.active);
  bench.device.write_config(4, 2, 0x2, 0);  // no bus master, no message
  bench.out(0x60, 0x4);
  CHECK(bench.messages.seen.size() == 2);
}

TEST_CASE("edu: enabling MSI takes an asserted INTx back") {
  Bench bench;
  bench.out(0x60, 1);
  CHECK(bench.line.active);
  bench.enable_msi();
  CHECK_FALSE(bench.line.active);
}

TEST_CASE("edu: DMA to the device and back moves the bytes, not a cycle before its time") {
  Bench bench;
  const char text[] = "the quick brown fox";
  bench.memory.write(0x2000, text, sizeof text);
  bench.start_dma(0x2000, 0x40010, sizeof text, 0x1);
  CHECK(bench.in(0x98) == 1);
  bench.run_to(999);
  CHECK((bench.in(0x98) & 1) == 1);
  bench.run_to(1000);
  CHECK((bench.in(0x98) & 1) == 0);

  bench.start_dma(0x40014, 0x100000FFA, 5, 0x3);
  bench.run_to(1999);
  CHECK(bench.memory.read_value<char>(0x100000FFA) == 0);
  bench.run_to(2000);
  char got[6] = {};
  bench.memory.read(0x100000FFA, got, 5);
  CHECK(std::string(got) == "quick");
  CHECK(bench.device.statistics().transfers == 2);
  CHECK(bench.device.statistics().bytes_to_memory == 5);
  CHECK(bench.in(0x24) == 0);
}

TEST_CASE("edu: one zero byte at an odd address changes that byte only") {
  Bench bench;
  bench.memory.write_value<std::uint64_t>(0x3000, 0xFFFF88081234ABCD);
  bench.start_dma(0x40000, 0x3005, 1, 0x3);
  bench.run_to(1000);
  CHECK(bench.memory.read_value<std::uint64_t>(0x3000) == 0xFFFF00081234ABCD);
}

TEST_CASE("edu: command bit 2 raises interrupt 0x100 after the data is there") {
  Bench bench;
  bench.enable_msi();
  bench.start_dma(0x40000, 0x3000, 4096, 0x7);
  bench.run_to(1000);
  CHECK(bench.in(0x24) == 0x100);
  REQUIRE(bench.messages.seen.size() == 1);
  CHECK(bench.messages.seen[0].at == 1000);
}

TEST_CASE("edu: DMA registers ignore writes while a transfer runs") {
  Bench bench;
  bench.start_dma(0x40000, 0x3000, 8, 0x3);
  bench.start_dma(0x1, 0x2, 3, 0x1);
  CHECK(bench.in(0x80) == 0x40000);
  CHECK(bench.in(0x88) == 0x3000);
  CHECK(bench.in(0x90) == 8);
  CHECK(bench.in(0x98) == 3);
  bench.run_to(1000);
  bench.out(0x98, 0x2);  // without bit 0 no command
  CHECK(bench.in(0x98) == 2);
  CHECK(bench.device.statistics().transfers == 1);
}

TEST_CASE("edu: the device side outside its 4096 bytes moves nothing and is counted") {
  struct Case {
    std::uint64_t address, count;
    bool allowed;
  };
  const Case cases[] = {{0x40000, 4096, true},  {0x40FFF, 1, true},     {0x41000, 0, true},
                        {0x40000, 4097, false}, {0x40FFF, 2, false},    {0x3FFFF, 1, false},
                        {0x41000, 1, false},    {0x0, 16, false},       {0x40000, ~0ull, false},
                        {~0ull, 1, false},      {0x40001, ~0ull, false}};
  Bench bench;
  Cycle now = 0;
  std::uint64_t errors = 0;
  for (const Case& c : cases) {
    bench.start_dma(c.address, 0x3000, c.count, 0x7);
    bench.run_to(now += 1000);
    if (!c.allowed) ++errors;
    CHECK(bench.device.statistics().range_errors == errors);
    CHECK((bench.in(0x98) & 1) == 0);
    CHECK(bench.in(0x24) == 0x100);
    bench.out(0x64, 0x100);
  }
}

TEST_CASE("edu: dma_mask cuts the memory address") {
  Edu::Config config = edu_config();
  config.dma_mask = 0x0FFFFFFF;
  Bench bench(config);
  bench.out(0x04, 0);
  bench.memory.write_value<std::uint32_t>(0x3000, 0xAAAAAAAA);
  bench.start_dma(0x40000, 0x8710003000, 4, 0x3);
  bench.run_to(1000);
  CHECK(bench.memory.read_value<std::uint32_t>(0x3000) == 0);
  CHECK(bench.device.statistics().clamped_addresses == 1);
}

TEST_CASE("edu: without bus mastering nothing is moved, the command completes") {
  Bench bench;
  bench.device.write_config(4, 2, 0x2, 0);
  bench.memory.write_value<std::uint32_t>(0x3000, 0xAAAAAAAA);
  bench.start_dma(0x40000, 0x3000, 4, 0x3);
  bench.run_to(1000);
  CHECK(bench.memory.read_value<std::uint32_t>(0x3000) == 0xAAAAAAAA);
  CHECK(bench.device.statistics().refused_transfers == 1);
  CHECK((bench.in(0x98) & 1) == 0);
}

TEST_CASE("edu: the observer sees memory address, length, direction and cycle") {
  struct Observer : DmaObserver {
    std::uint32_t id = 0;
    std::uint64_t address = 0, length = 0;
    bool to_memory = false, ok = false;
    Cycle at = 0;
    void dma(std::uint32_t i, std::uint64_t a, std::uint64_t l, bool t, bool o, Cycle c) override {
      id = i;
      address = a;
      length = l;
      to_memory = t;
      ok = o;
      at = c;
    }
  } observer;
  Bench bench;
  bench.device.set_observer(&observer);
  bench.start_dma(0x40000, 0x3005, 1, 0x3);
  bench.run_to(1000);
  CHECK(observer.id == 0x20);
  CHECK(observer.address == 0x3005);
  CHECK(observer.length == 1);
  CHECK(observer.to_memory);
  CHECK(observer.ok);
  CHECK(observer.at == 1000);
}

TEST_CASE("A device that touches something unmodelled passes the stop on, leaving nothing behind") {
  Bench bench;
  sc_core::sc_time delay;
  CHECK_THROWS_AS(bench.device.dma.write(0xF0000000, "x", 1, delay), Unmodelled);
  CHECK(bench.device.dma.write(0x1000, "x", 1, delay) == tlm::TLM_OK_RESPONSE);
}
