#include "models/memory/dram_view.h"

#include "models/memory/physical_memory.h"
#include "tests/catch.h"
#include "tests/support/bus_driver.h"

using namespace apicsim;

namespace {

Initiator past_caches() {
  Initiator initiator(Initiator::Kind::device, 0x10);
  initiator.tag.no_snoop = true;
  return initiator;
}

struct Bench {
  PhysicalMemory memory{"memory", {{0, 4u << 20}}};
  BusDriver reader{"reader", past_caches()};

  Bench() {
    memory.keep_dram_view();
    reader.socket.bind(memory.socket);
    elaborate();
  }
  DramView& view() { return *memory.dram_view(); }
  /// As a CPU stores.
  void store(std::uint64_t address, std::uint64_t value) {
    view().before_store(address);
    std::memcpy(memory.host(address), &value, sizeof value);
  }
  std::uint64_t read(std::uint64_t address) {
    std::uint64_t value = 0;
    CHECK(view().read(address, &value, sizeof value));
    return value;
  }
};

}  // namespace

TEST_CASE("What was stored is not in memory until its line is written back") {
  Bench bench;
  bench.memory.write_value<std::uint64_t>(0x5000, 1);  // the loader: in memory
  CHECK(bench.read(0x5000) == 1);
  bench.store(0x5000, 2);
  bench.store(0x5040, 3);
  CHECK(bench.read(0x5000) == 1);
  CHECK(bench.read(0x5040) == 0);
  bench.view().line_written_back(0x5038);
  CHECK(bench.read(0x5000) == 2);
  CHECK(bench.read(0x5040) == 0);
  bench.store(0x5000, 4);
  CHECK(bench.read(0x5000) == 2);
  bench.view().all_written_back();
  CHECK(bench.read(0x5000) == 4);
  CHECK(bench.read(0x5040) == 3);
  CHECK(bench.memory.read_value<std::uint64_t>(0x5000) == 4);
}

TEST_CASE("A read past the caches may span pages that are kept apart and others") {
  Bench bench;
  bench.memory.write_value<std::uint32_t>(0x5FFC, 0x11111111);
  bench.memory.write_value<std::uint32_t>(0x6000, 0x22222222);
  bench.store(0x5FF8, ~std::uint64_t{0});
  CHECK(bench.read(0x5FFC) == 0x2222222211111111);
  std::uint64_t value;
  CHECK_FALSE(bench.view().read((4u << 20) - 4, &value, sizeof value));
}

TEST_CASE("A payload with the no-snoop attribute reads memory, others read the newest data") {
  Bench bench;
  bench.store(0x7000, 0xAB);
  CHECK(bench.reader.read<std::uint64_t>(0x7000) == 0);
  CHECK(bench.memory.read_value<std::uint64_t>(0x7000) == 0xAB);
}

TEST_CASE("What a device writes is in memory, with what caches had of the rest of its lines") {
  Bench bench;
  bench.store(0x7000, 0xAB);
  bench.store(0x7040, 0xCD);
  bench.reader.write<std::uint64_t>(0x7008, 0xEF);
  CHECK(bench.read(0x7008) == 0xEF);
  CHECK(bench.read(0x7000) == 0xAB);
  CHECK(bench.read(0x7040) == 0);
}
