#include "sim/platform/cmos_contents.h"

#include "tests/catch.h"
#include "tests/support/bus_driver.h"

// Places: IBM PC AT Technical Reference, "CMOS RAM"; from 0x34 on SeaBIOS src/hw/rtc.h.
using namespace apicsim;

namespace {

constexpr std::uint64_t mib = 1 << 20, gib = 1 << 30;

Machine machine_with(std::vector<MachineRam> ram, std::size_t cpus) {
  Machine machine;
  machine.ram = std::move(ram);
  machine.cpus.resize(cpus);
  return machine;
}

struct Bench {
  Timebase timebase{1'000'000'000};
  CmosRtc rtc{"rtc", timebase, CmosRtc::Config{}, nullptr};
  BusDriver io{"io"};

  explicit Bench(const Machine& machine) {
    io.socket.bind(rtc.socket);
    elaborate();
    write_cmos(machine, rtc);
  }
  unsigned in(unsigned index) {
    io.write<std::uint8_t>(0, static_cast<std::uint8_t>(index));
    return io.read<std::uint8_t>(1);
  }
  unsigned word(unsigned index) { return in(index) | in(index + 1) << 8; }
};

}  // namespace

TEST_CASE("CMOS RAM tells base and extended memory, blocks above 16 MiB, and the number of CPUs") {
  Bench bench(machine_with({{0, 0xA0000, 0}, {mib, 511 * mib, 0}}, 4));
  CHECK(bench.word(0x15) == 640);
  CHECK(bench.word(0x17) == 0xFFFF);  // more than the word can say
  CHECK(bench.word(0x30) == 0xFFFF);
  CHECK(bench.word(0x34) == 496 * mib / 0x10000);
  CHECK(bench.word(0x5B) == 0);
  CHECK(bench.in(0x5D) == 0);
  CHECK(bench.in(0x5F) == 3);
}

TEST_CASE("CMOS RAM tells the memory above 4 GiB in blocks of 64 KiB, in three bytes") {
  Bench bench(machine_with({{0, 2 * gib, 0}, {4 * gib, 6 * gib, 0}}, 1));
  CHECK(bench.word(0x34) == (2 * gib - 16 * mib) / 0x10000);
  CHECK(bench.word(0x5B) == (6 * gib / 0x10000 & 0xFFFF));
  CHECK(bench.in(0x5D) == 6 * gib / 0x10000 >> 16);
}

TEST_CASE("CMOS RAM of a machine with little memory counts its kibibytes") {
  Bench bench(machine_with({{0, 0xA0000, 0}, {mib, 7 * mib, 0}}, 1));
  CHECK(bench.word(0x17) == 7 * 1024);
  CHECK(bench.word(0x34) == 0);
}
