#include "models/memory/physical_memory.h"

#include <array>
#include <random>
#include <unordered_map>

#include "tests/catch.h"
#include "tests/support/bus_driver.h"

using namespace apicsim;

namespace {

constexpr std::uint64_t kib = 1024, mib = 1024 * kib, gib = 1024 * mib;

/// Two ranges with the legacy hole between them, and one that starts amid a chunk.
struct Bench {
  PhysicalMemory memory{"memory",
                        {{1 * mib, 3 * mib}, {0, 640 * kib}, {4 * gib + mib, mib + 12 * kib}}};
  BusDriver bus{"bus"};

  Bench() {
    bus.socket.bind(memory.socket);
    elaborate();
  }
};

struct Listener : CodeWriteListener {
  std::vector<std::uint64_t> pages;
  void code_written(std::uint64_t page) override { pages.push_back(page); }
};

}  // namespace

TEST_CASE("128 GiB of memory cost the chunks that are touched") {
  PhysicalMemory memory("memory", {{0, 3 * gib}, {4 * gib, 125 * gib}});
  CHECK(memory.ram_bytes() == 128 * gib);
  CHECK(memory.chunk_bytes() == 0);
  for (const std::uint64_t address : {4 * kib, 2 * gib + 5, 128 * gib})
    memory.write_value<std::uint8_t>(address, 1);
  CHECK(memory.chunk_bytes() == 3 * PhysicalMemory::chunk_size);
  CHECK(memory.touched_bytes() == 3 * PhysicalMemory::page_size);
}

TEST_CASE("Reading untouched memory gives zeros and costs nothing") {
  PhysicalMemory memory("memory", {{0, 4 * gib}});
  CHECK(memory.read_value<std::uint64_t>(gib - 4) == 0);
  CHECK(memory.chunk_bytes() == 0);
}

TEST_CASE("Ranges that overlap, are empty, misaligned or too high are refused") {
  const auto build = [](std::vector<RamRange> ranges) {
    PhysicalMemory memory("memory", std::move(ranges));
  };
  CHECK_THROWS_AS(build({{0, 2 * mib}, {mib, mib}}), MemoryConfigError);
  CHECK_THROWS_AS(build({{0, 0}}), MemoryConfigError);
  CHECK_THROWS_AS(build({{100, 4 * kib}}), MemoryConfigError);
  CHECK_THROWS_AS(build({{0, 4 * kib + 1}}), MemoryConfigError);
  CHECK_THROWS_AS(build({{1ull << 46, 4 * kib}}), MemoryConfigError);
  CHECK_THROWS_AS(build({{4096, ~0ull & ~4095ull}}), MemoryConfigError);
  CHECK_NOTHROW(build({{mib, mib}, {0, mib}}));
}

TEST_CASE("The host pointer of a hole is null, also in a chunk that is partly RAM") {
  Bench bench;
  CHECK(bench.memory.host(640 * kib - 1) != nullptr);
  CHECK(bench.memory.host(640 * kib) == nullptr);
  CHECK(bench.memory.host(mib - 1) == nullptr);
  CHECK(bench.memory.host(mib) != nullptr);
  CHECK(bench.memory.host(4 * mib - 1) == bench.memory.host(4 * mib - 2) + 1);
  CHECK(bench.memory.host(4 * mib) == nullptr);
  CHECK(bench.memory.host(~0ull) == nullptr);
}

TEST_CASE("An access that is not wholly RAM fails and changes nothing") {
  Bench bench;
  const std::uint64_t last = 4 * mib - 4;
  bench.memory.write_value<std::uint32_t>(last, 0x11223344);
  bench.bus.write<std::uint64_t>(last, ~0ull);
  CHECK(bench.bus.status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(bench.memory.read_value<std::uint32_t>(last) == 0x11223344);
  CHECK_FALSE(bench.memory.write(640 * kib - 1, "ab", 2));
  CHECK_THROWS_AS(bench.memory.read_value<std::uint64_t>(last), std::out_of_range);
  CHECK(bench.bus.read<std::uint32_t>(last) == 0x11223344);
  CHECK(bench.bus.status == tlm::TLM_OK_RESPONSE);
  bench.bus.read<std::uint8_t>(~0ull);
  CHECK(bench.bus.status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST_CASE("Ranges that touch are one memory: an access may span them") {
  PhysicalMemory memory("memory", {{0, mib}, {mib, mib}});
  memory.write_value<std::uint64_t>(mib - 3, 0x0102030405060708);
  CHECK(memory.read_value<std::uint64_t>(mib - 3) == 0x0102030405060708);
}

TEST_CASE("Bulk transfers of any length and alignment across chunks equal a byte array") {
  Bench bench;
  std::mt19937 random(7);
  std::vector<unsigned char> expected(3 * mib), got(3 * mib);
  for (int i = 0; i < 200; ++i) {
    const std::size_t start = random() % expected.size();
    const std::size_t length = 1 + random() % std::min<std::size_t>(expected.size() - start, mib);
    std::fill_n(expected.begin() + static_cast<std::ptrdiff_t>(start), length, random() & 0xFF);
    bench.bus.transfer(tlm::TLM_WRITE_COMMAND, mib + start, expected.data() + start,
                       static_cast<unsigned>(length));
    REQUIRE(bench.bus.status == tlm::TLM_OK_RESPONSE);
  }
  bench.bus.transfer(tlm::TLM_READ_COMMAND, mib, got.data(), static_cast<unsigned>(got.size()));
  CHECK(got == expected);
}

TEST_CASE("Byte enables select bytes and repeat over the data (TLM-2.0 §14.12)") {
  Bench bench;
  bench.memory.write_value<std::uint64_t>(0x1000, 0x8877665544332211);
  std::uint64_t value = ~0ull;
  std::array<unsigned char, 2> every_other{TLM_BYTE_ENABLED, TLM_BYTE_DISABLED};
  bench.bus.transfer(tlm::TLM_WRITE_COMMAND, 0x1000, &value, 8, every_other.data(), 2);
  CHECK(bench.memory.read_value<std::uint64_t>(0x1000) == 0x88FF66FF44FF22FF);
  value = 0;
  bench.bus.transfer(tlm::TLM_READ_COMMAND, 0x1000, &value, 8, every_other.data(), 2);
  CHECK(value == 0x00FF00FF00FF00FF);
  bench.bus.transfer(tlm::TLM_WRITE_COMMAND, 0x1000, &value, 8, every_other.data(), 0);
  CHECK(bench.bus.status == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
}

TEST_CASE("Empty, streaming and ignored transactions are refused") {
  Bench bench;
  std::uint64_t value = 0;
  CHECK(bench.bus.transfer(tlm::TLM_READ_COMMAND, 0, &value, 0) == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(bench.bus.transfer(tlm::TLM_READ_COMMAND, 0, &value, 8, nullptr, 0, 4) ==
        tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(bench.bus.transfer(tlm::TLM_IGNORE_COMMAND, 0, &value, 8) ==
        tlm::TLM_COMMAND_ERROR_RESPONSE);
}

TEST_CASE("A direct memory pointer covers the chunk, cut to the RAM range in it") {
  Bench bench;
  tlm::tlm_dmi dmi;
  REQUIRE(bench.bus.direct_memory(3 * mib, dmi));
  CHECK(dmi.get_start_address() == 2 * mib);
  CHECK(dmi.get_end_address() == 4 * mib - 1);
  CHECK(dmi.is_read_write_allowed());
  dmi.get_dmi_ptr()[5] = 0xA5;
  CHECK(bench.bus.read<std::uint8_t>(2 * mib + 5) == 0xA5);

  REQUIRE(bench.bus.direct_memory(4096, dmi));
  CHECK(dmi.get_end_address() == 640 * kib - 1);
  REQUIRE(bench.bus.direct_memory(mib + 1, dmi));
  CHECK(dmi.get_start_address() == mib);
  CHECK(dmi.get_end_address() == 2 * mib - 1);
  REQUIRE(bench.bus.direct_memory(4 * gib + 2 * mib, dmi));
  CHECK(dmi.get_start_address() == 4 * gib + 2 * mib);
  CHECK(dmi.get_end_address() == 4 * gib + 2 * mib + 12 * kib - 1);
  CHECK_FALSE(bench.bus.direct_memory(700 * kib, dmi));
  bench.bus.read<std::uint8_t>(mib);
  CHECK(bench.bus.dmi_allowed);
}

TEST_CASE("Debug transport moves what is RAM and says how much that was") {
  Bench bench;
  std::array<char, 16> bytes{};
  bench.memory.write(640 * kib - 3, "xyz", 3);
  CHECK(bench.bus.debug(tlm::TLM_READ_COMMAND, 640 * kib - 3, bytes.data(), 16) == 3);
  CHECK(bytes[2] == 'z');
  CHECK(bench.bus.debug(tlm::TLM_READ_COMMAND, 700 * kib, bytes.data(), 16) == 0);
  CHECK(bench.bus.debug(tlm::TLM_WRITE_COMMAND, 0x2000, bytes.data(), 3) == 3);
  CHECK(bench.memory.read_value<char>(0x2002) == 'z');
}

TEST_CASE("A write from outside the CPUs to a page with translated code is told once per page") {
  Bench bench;
  Listener listener;
  bench.memory.set_code_write_listener(&listener);
  bench.memory.set_code(0x3123);
  bench.memory.set_code(0x5000);
  CHECK(bench.memory.holds_code(0x3FFF));
  CHECK_FALSE(bench.memory.holds_code(0x4000));

  bench.bus.write<std::uint32_t>(0x2FFC, 0);
  CHECK(listener.pages.empty());
  bench.bus.write<std::uint32_t>(0x2FFD, 0);
  CHECK(listener.pages == std::vector<std::uint64_t>{0x3000});
  std::array<char, 3 * 4096> block{};
  bench.bus.transfer(tlm::TLM_WRITE_COMMAND, 0x3000, block.data(), 3 * 4096);
  CHECK(listener.pages == std::vector<std::uint64_t>{0x3000, 0x3000, 0x5000});
  bench.bus.read<std::uint32_t>(0x3000);
  CHECK(listener.pages.size() == 3);

  bench.memory.clear_code(0x3000);
  bench.bus.write<std::uint32_t>(0x3000, 0);
  CHECK(listener.pages.size() == 3);
  bench.memory.set_code(~0ull);
  CHECK_FALSE(bench.memory.holds_code(~0ull));
}
