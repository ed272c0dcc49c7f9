#include "models/devices/test_device.h"

#include <memory>
#include <vector>

#include "tests/catch.h"
#include "tests/devices/recording_line.h"
#include "tests/support/bus_driver.h"

using namespace apicsim;

namespace {

/// A driver per block of the device; offsets are those within the block.
struct Bench {
  explicit Bench(std::vector<InterruptLine*> wires)
      : device("device", timebase, std::move(wires)),
        lines("lines"),
        data("data"),
        flush("flush"),
        bytes("bytes"),
        memory("memory") {
    lines.socket.bind(device.lines.socket);
    data.socket.bind(device.data.socket);
    flush.socket.bind(device.flush.socket);
    bytes.socket.bind(device.bytes.socket);
    memory.socket.bind(device.memory.socket);
    elaborate();
  }

  Timebase timebase{1'000'000'000};
  TestDevice device;
  BusDriver lines, data, flush, bytes, memory;
};

}  // namespace

TEST_CASE("pc-testdev: a port per line: 0 releases it, any other byte asserts it") {
  RecordingLine wires[TestDevice::line_count];
  std::vector<InterruptLine*> pointers;
  for (RecordingLine& wire : wires) pointers.push_back(&wire);
  Bench bench(pointers);
  for (std::uint64_t line = 0; line < TestDevice::line_count; ++line) {
    INFO("line " << line);
    bench.lines.write<std::uint8_t>(line, 0x80);
    for (std::uint64_t other = 0; other < TestDevice::line_count; ++other)
      CHECK(wires[other].active == (other == line));
    bench.lines.write<std::uint8_t>(line, 1);
    CHECK(wires[line].rises == 1);
    bench.lines.write<std::uint8_t>(line, 0);
    CHECK_FALSE(wires[line].active);
    CHECK(bench.lines.read<std::uint8_t>(line) == 0);
  }
}

TEST_CASE("pc-testdev: lines take bytes only, and one without a wire does nothing") {
  RecordingLine wire;
  Bench bench({&wire, nullptr});
  bench.lines.write<std::uint16_t>(0, 1);
  bench.lines.write<std::uint32_t>(0, 1);
  bench.lines.write<std::uint8_t>(1, 1);
  bench.lines.write<std::uint8_t>(23, 1);
  CHECK(wire.rises == 0);
}

TEST_CASE("pc-testdev: four bytes keep what is written, at any width, seen through both blocks") {
  Bench bench({});
  bench.data.write<std::uint32_t>(0, 0x11223344);
  CHECK(bench.data.read<std::uint32_t>(0) == 0x11223344);
  CHECK(bench.data.read<std::uint8_t>(2) == 0x22);
  bench.data.write<std::uint8_t>(1, 0xAA);
  bench.data.write<std::uint16_t>(2, 0xBBCC);
  CHECK(bench.bytes.read<std::uint32_t>(0) == 0xBBCCAA44);
  bench.bytes.write<std::uint8_t>(3, 1);
  CHECK(bench.data.read<std::uint32_t>(0) == 0x01CCAA44);
}

TEST_CASE("pc-testdev: the flush block takes a page's address and reads zero") {
  Bench bench({});
  bench.flush.write<std::uint32_t>(0, 0x1000);
  CHECK(bench.flush.read<std::uint32_t>(0) == 0);
}

TEST_CASE("pc-testdev: 64 KiB of device memory keep what is written, at any width") {
  Bench bench({});
  CHECK(bench.memory.read<std::uint64_t>(0) == 0);
  bench.memory.write<std::uint64_t>(0, 0x1122334455667788);
  CHECK(bench.memory.read<std::uint8_t>(7) == 0x11);
  CHECK(bench.memory.read<std::uint16_t>(3) == 0x4455);
  bench.memory.write<std::uint32_t>(TestDevice::memory_size - 4, 0xCAFEF00D);
  CHECK(bench.memory.read<std::uint32_t>(TestDevice::memory_size - 4) == 0xCAFEF00D);
  CHECK(bench.memory.read<std::uint32_t>(TestDevice::memory_size - 8) == 0);
}
