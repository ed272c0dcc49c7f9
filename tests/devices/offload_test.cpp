// The offload engine: firmware images, requests, and what becomes of a trap.
#include "models/devices/offload/offload_engine.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "models/devices/crc32.h"
#include "tests/catch.h"
#include "tests/devices/endpoint_bench.h"

using namespace apicsim;
using offload::Error;
using offload::State;

namespace {

constexpr std::uint64_t image_at = 0x100000, request_at = 0x200000;

std::vector<std::uint8_t> shipped_image() {
  std::ifstream file(APICSIM_SOURCE_DIR "/configs/device-firmware/offload.fw", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void put32(std::vector<std::uint8_t>& bytes, std::size_t at, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

/// An image of these instructions, loaded to 0.
std::vector<std::uint8_t> image_of(const std::vector<std::uint32_t>& code) {
  std::vector<std::uint8_t> image(32 + 4 * code.size());
  for (std::size_t i = 0; i < code.size(); ++i) put32(image, 32 + 4 * i, code[i]);
  put32(image, 0, offload::magic);
  put32(image, 4, 1);
  put32(image, 8, 77);
  put32(image, 20, static_cast<std::uint32_t>(4 * code.size()));
  put32(image, 24, crc32(image.data() + 32, 4 * code.size()));
  return image;
}

struct Bench : EndpointSurroundings {
  static OffloadEngine::Config config() {
    OffloadEngine::Config config;
    config.instruction_time = 5;
    return config;
  }
  OffloadEngine device{"device", timebase, {5, 0, 0}, PciIdentity{}, config(), wiring()};
  BusDriver registers{"registers"}, table{"table"};

  Bench() {
    device.dma.socket.bind(map.in);
    registers.socket.bind(device.registers.socket);
    table.socket.bind(device.msix.socket);
    elaborate();
    device.write_config(command_register, 2, 0x6, 0);
  }
  std::uint32_t in(std::uint64_t offset) { return registers.read<std::uint32_t>(offset); }
  void out(std::uint64_t offset, std::uint32_t value) { registers.write(offset, value); }
  State state() { return static_cast<State>(in(offload::state)); }

  Error load(const std::vector<std::uint8_t>& image) {
    put(image_at, image);
    registers.write<std::uint64_t>(offload::image_address, image_at);
    out(offload::image_length, static_cast<std::uint32_t>(image.size()));
    out(offload::command, offload::command_load);
    wait();
    return static_cast<Error>(in(offload::error));
  }
  void run(const std::vector<std::uint8_t>& image) {
    REQUIRE(load(image) == Error::none);
    out(offload::command, offload::command_start);
    wait();
  }
  /// The status that the firmware writes.
  std::uint32_t request(std::uint32_t operation, std::uint64_t source, std::uint64_t destination,
                        std::uint32_t length, std::uint32_t value = 0) {
    put(request_at, std::vector<std::uint8_t>(64));
    memory.write_value(request_at, operation);
    memory.write_value(request_at + 8, source);
    memory.write_value(request_at + 16, destination);
    memory.write_value(request_at + 24, length);
    memory.write_value(request_at + 28, value);
    registers.write<std::uint64_t>(offload::request_address, request_at);
    out(offload::doorbell, operation + 0x100);
    wait(100'000'000);
    CHECK(in(offload::reply) == operation + 0x100);
    return memory.read_value<std::uint32_t>(request_at + 4);
  }
};

}  // namespace

TEST_CASE("CRC-32 is that of IEEE 802.3: the check value of nine digits") {
  const std::string digits = "123456789";
  CHECK(crc32(reinterpret_cast<const std::uint8_t*>(digits.data()), digits.size()) == 0xCBF43926);
}

TEST_CASE("Offload engine: a missing, truncated or damaged image is refused with its reason") {
  Bench bench;
  const auto good = shipped_image();
  REQUIRE(good.size() > 32);
  auto bad = good;
  bad.resize(20);
  CHECK(bench.load(bad) == Error::bad_size);
  CHECK(bench.state() == State::failed);
  bench.out(offload::command, offload::command_start);
  CHECK(bench.state() == State::failed);
  bad = good;
  bad[0] ^= 1;
  CHECK(bench.load(bad) == Error::bad_magic);
  bad = good;
  bad[4] = 2;
  CHECK(bench.load(bad) == Error::bad_header_version);
  bad = good;
  bad.pop_back();
  CHECK(bench.load(bad) == Error::truncated);
  bad = good;
  bad.back() ^= 0x40;
  CHECK(bench.load(bad) == Error::bad_crc);
  bad = good;
  put32(bad, 12, 0xFFF0);
  CHECK(bench.load(bad) == Error::bad_address);
  bad = good;
  put32(bad, 16, 2);
  CHECK(bench.load(bad) == Error::bad_address);
  bench.device.write_config(command_register, 2, 0x2, 0);
  CHECK(bench.load(good) == Error::not_readable);
  bench.device.write_config(command_register, 2, 0x6, 0);
  CHECK(bench.load(good) == Error::none);
  CHECK(bench.state() == State::verified);
  CHECK(bench.in(offload::image_version) == 1);
  CHECK(bench.device.statistics().refused_images == 8);
}

TEST_CASE("Offload engine: the shipped firmware copies, fills and computes CRCs") {
  Bench bench;
  bench.run(shipped_image());
  REQUIRE(bench.state() == State::running);
  std::vector<std::uint8_t> data(10'000);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * i >> 3);
  bench.put(0x300001, data);
  CHECK(bench.request(1, 0x300001, 0x400003, 10'000) == 1);
  CHECK(bench.bytes(0x400003, data.size()) == data);
  CHECK(bench.request(2, 0, 0x500000, 5'000, 0xA5) == 1);
  CHECK(bench.bytes(0x500000, 5'000) == std::vector<std::uint8_t>(5'000, 0xA5));
  CHECK(bench.memory.read_value<std::uint8_t>(0x500000 + 5'000) == 0);
  CHECK(bench.request(3, 0x300001, 0, 10'000) == 1);
  CHECK(bench.memory.read_value<std::uint32_t>(request_at + 0x20) ==
        crc32(data.data(), data.size()));
  CHECK(bench.request(3, 0x300001, 0, 0) == 1);
  CHECK(bench.memory.read_value<std::uint32_t>(request_at + 0x20) == 0);
  CHECK(bench.request(9, 0, 0, 1) == 2);
  CHECK(bench.in(offload::replies) == 5);
}

TEST_CASE("Offload engine: a sleeping processor executes nothing") {
  Bench bench;
  bench.run(shipped_image());
  const std::uint32_t before = bench.in(offload::instructions);
  CHECK(before > 0);
  bench.wait(100'000'000);
  CHECK(bench.in(offload::instructions) == before);
}

TEST_CASE("Offload engine: an exception of its processor is an error that the driver sees") {
  struct Row {
    std::vector<std::uint32_t> code;
    std::uint32_t cause, pc, value;
  };
  const std::vector<Row> rows = {
      {{0x00000013, 0xFFFFFFFF}, 2, 4, 0xFFFFFFFF},                  // nop, illegal
      {{0x00100073}, 3, 0, 0},                                       // ebreak
      {{0x00000073}, 11, 0, 0},                                      // ecall
      {{0x100000B7, 0x0000A103}, 5, 4, 0x10000000},                  // lui x1; lw x2, 0(x1)
      {{0x00102103}, 4, 0, 1},                                       // lw x2, 1(x0)
      {{0x100000B7, 0x0000A023}, 7, 4, 0x10000000},                  // sw x0, 0(x1)
      {{0x001000A3, 0x00101123, 0x00101023, 0x001010A3}, 6, 12, 1},  // sb, sh, sh, sh misaligned
      {{0x000100B7, 0x00008067}, 1, 0x10000, 0x10000},               // lui x1, 0x10; jalr x0, x1
      {{0x00200093, 0x00008067}, 0, 4, 2},                           // addi x1, 2; jalr x0, x1
  };
  Bench bench;
  for (const Row& row : rows) {
    bench.out(offload::command, offload::command_reset);
    bench.out(offload::interrupt_enable, offload::interrupt_trap);
    bench.run(image_of(row.code));
    CAPTURE(row.cause);
    CHECK(bench.state() == State::failed);
    CHECK(bench.in(offload::error) == 8);
    CHECK(bench.in(offload::trap_cause) == row.cause);
    CHECK(bench.in(offload::trap_pc) == row.pc);
    CHECK(bench.in(offload::trap_value) == row.value);
    CHECK(bench.device.interrupt_asserted());
    bench.out(offload::interrupt_status, offload::interrupt_trap);
    CHECK_FALSE(bench.device.interrupt_asserted());
  }
}

TEST_CASE("Offload engine: replies and traps have a vector each by MSI-X") {
  Bench bench;
  enable_msix(bench.device, bench.table, offload::vectors);
  bench.out(offload::interrupt_enable, 7);
  REQUIRE(bench.load(shipped_image()) == Error::none);
  REQUIRE(bench.sent() == 1);
  CHECK(bench.target.writes[0].data == 0x50);
  bench.out(offload::interrupt_status, 7);
  bench.out(offload::command, offload::command_reset);
  bench.out(offload::interrupt_enable, offload::interrupt_trap);
  bench.run(image_of({0x00100073}));
  REQUIRE(bench.sent() == 2);
  CHECK(bench.target.writes[1].data == 0x51);
}

TEST_CASE("Offload engine: a request that cannot be read is told by bit 31 of the reply") {
  Bench bench;
  bench.run(shipped_image());
  bench.device.write_config(command_register, 2, 0x2, 0);
  bench.registers.write<std::uint64_t>(offload::request_address, request_at);
  bench.out(offload::doorbell, 5);
  bench.wait();
  CHECK(bench.in(offload::reply) == 0x80000005);
}

TEST_CASE("The shipped firmware is what its source assembles to") {
  const std::string script = APICSIM_SOURCE_DIR "/scripts/device-firmware";
  if (std::system(
          "clang --target=riscv32 --version >/dev/null 2>&1 && ld.lld --version >/dev/null") != 0)
    SKIP("no clang and ld.lld for RISC-V");
  const std::string made =
      std::string(APICSIM_BINARY_DIR) + "/offload-" + std::to_string(::getpid()) + ".fw";
  const std::string source = APICSIM_SOURCE_DIR "/configs/device-firmware/offload.S";
  REQUIRE(std::system((script + " " + source + " " + made).c_str()) == 0);
  std::ifstream file(made, std::ios::binary);
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file),
                                        std::istreambuf_iterator<char>()};
  std::remove(made.c_str());
  CHECK(bytes == shipped_image());
}
