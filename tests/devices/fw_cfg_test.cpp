#include "models/devices/fw_cfg.h"

#include <memory>
#include <string>

#include "models/devices/spec/fw_cfg.h"
#include "models/fabric/address_map.h"
#include "models/memory/physical_memory.h"
#include "tests/catch.h"
#include "tests/support/bus_driver.h"

using namespace apicsim;

namespace {

/// The device at its ports 0x510 to 0x51B, with 1 MiB of memory for its DMA.
class Machine {
 public:
  Machine()
      : m_io("io"),
        m_ports("ports", 0x10000, AddressMap::UnmodelledPolicy::stop),
        m_space("space", std::uint64_t{1} << 40, AddressMap::UnmodelledPolicy::stop),
        memory("memory", {{0, 1 << 20}}),
        device("fw_cfg", m_timebase) {
    m_io.socket.bind(m_ports.in);
    device.dma.socket.bind(m_space.in);
    place(m_ports, device.ports.socket, 0x510, 2);
    place(m_ports, device.dma_address.socket, 0x514, 8);
    place(m_space, memory.socket, 0, 1 << 20);
    device.set_number(0x05, 0x1234, 2);
    device.add_file("etc/second", {5, 6, 7});
    device.add_file("etc/first", {9});
    elaborate();
  }

  void select(std::uint16_t key) { m_io.write<std::uint16_t>(0x510, key); }
  std::uint8_t byte() { return m_io.read<std::uint8_t>(0x511); }
  std::uint64_t big_endian(unsigned size) {
    std::uint64_t value = 0;
    while (size-- != 0) value = value << 8 | byte();
    return value;
  }
  template <typename T>
  T in(std::uint16_t port) {
    return m_io.read<T>(port);
  }
  template <typename T>
  void out(std::uint16_t port, T value) {
    m_io.write<T>(port, value);
  }

  /// Returns what the control field holds afterwards.
  std::uint32_t request(std::uint32_t control, std::uint32_t length, std::uint64_t address) {
    constexpr std::uint64_t at = 0x1000;
    put(at, control, 4);
    put(at + 4, length, 4);
    put(at + 8, address, 8);
    out<std::uint32_t>(0x514, 0);
    out<std::uint32_t>(0x518, 0x00100000);  // 0x1000, big-endian
    return static_cast<std::uint32_t>(take(at, 4));
  }
  void put(std::uint64_t address, std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) {
      const auto part = static_cast<std::uint8_t>(value >> (8 * (size - 1 - i)));
      memory.write(address + i, &part, 1);
    }
  }
  std::uint64_t take(std::uint64_t address, unsigned size) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i)
      value = value << 8 | memory.read_value<std::uint8_t>(address + i);
    return value;
  }

 private:
  template <typename Socket>
  static void place(AddressMap& map, Socket& socket, std::uint64_t base, std::uint64_t size) {
    AddressRegion region;
    region.base = base;
    region.size = size;
    region.name = "region";
    region.target = map.connect(socket);
    map.add(region);
  }

  Timebase m_timebase{1'000'000'000};
  BusDriver m_io;
  AddressMap m_ports, m_space;

 public:
  PhysicalMemory memory;
  FwCfg device;
};

}  // namespace

TEST_CASE("fw_cfg: the signature item spells QEMU, the id item announces both interfaces") {
  Machine machine;
  machine.select(fw_cfg::key_signature);
  CHECK(machine.big_endian(4) == 0x51454D55);
  machine.select(fw_cfg::key_id);
  CHECK(machine.byte() == 3);
  CHECK(machine.big_endian(3) == 0);
}

TEST_CASE("fw_cfg: an item is read from its beginning after each selection, zeros behind its end") {
  Machine machine;
  for (int i = 0; i < 2; ++i) {
    machine.select(5);
    CHECK(machine.byte() == 0x34);
    CHECK(machine.byte() == 0x12);
    CHECK(machine.byte() == 0);
    CHECK(machine.byte() == 0);
  }
}

TEST_CASE("fw_cfg: an item that does not exist reads zero") {
  Machine machine;
  for (const std::uint16_t key : {0x06, 0x1F, 0x22, 0x4005, 0x8000, 0xFFFF}) {
    machine.select(key);
    INFO(key);
    CHECK(machine.big_endian(8) == 0);
  }
}

TEST_CASE("fw_cfg: bytes written to the ports change nothing, not even the selection") {
  Machine machine;
  machine.select(5);
  machine.out<std::uint8_t>(0x510, 0);
  machine.out<std::uint8_t>(0x511, 0xEE);
  CHECK(machine.byte() == 0x34);
  machine.select(5);
  CHECK(machine.byte() == 0x34);
}

TEST_CASE("fw_cfg: the data port takes reads of one byte, at either port") {
  Machine machine;
  machine.select(5);
  CHECK(machine.in<std::uint16_t>(0x510) == 0);
  CHECK(machine.in<std::uint8_t>(0x510) == 0x34);
  CHECK(machine.byte() == 0x12);
}

TEST_CASE("fw_cfg: the directory lists the files by name, big-endian, in entries of 64 bytes") {
  Machine machine;
  machine.select(fw_cfg::key_directory);
  REQUIRE(machine.big_endian(4) == 2);
  struct Row {
    std::uint64_t size;
    std::uint16_t key;
    std::string name;
  };
  for (const Row& row : {Row{1, 0x21, "etc/first"}, Row{3, 0x20, "etc/second"}}) {
    CHECK(machine.big_endian(4) == row.size);
    CHECK(machine.big_endian(2) == row.key);
    CHECK(machine.big_endian(2) == 0);
    for (unsigned i = 0; i < 56; ++i)
      CHECK(machine.byte() == (i < row.name.size() ? static_cast<std::uint8_t>(row.name[i]) : 0));
  }
  machine.select(0x20);
  CHECK(machine.big_endian(4) == 0x05060700);
}

TEST_CASE("fw_cfg DMA: the address register reads as its signature, in memory order") {
  Machine machine;
  CHECK(machine.in<std::uint32_t>(0x514) == 0x554D4551);
  CHECK(machine.in<std::uint32_t>(0x518) == 0x47464320);
}

TEST_CASE("fw_cfg DMA: select and read in one request, zeros behind the item's end") {
  Machine machine;
  machine.put(0x2000, 0x1111111111111111, 8);
  CHECK(machine.request(0x20u << 16 | fw_cfg::dma_select | fw_cfg::dma_read, 5, 0x2000) == 0);
  CHECK(machine.take(0x2000, 8) == 0x0506070000111111);
}

TEST_CASE(
    "fw_cfg DMA: requests go on where the last one ended, and share the offset with the port") {
  Machine machine;
  CHECK(machine.request(0x20u << 16 | fw_cfg::dma_select, 0, 0) == 0);
  CHECK(machine.request(fw_cfg::dma_skip, 1, 0) == 0);
  CHECK(machine.request(fw_cfg::dma_read, 1, 0x2000) == 0);
  CHECK(machine.take(0x2000, 1) == 6);
  CHECK(machine.byte() == 7);
}

TEST_CASE("fw_cfg DMA: no item can be written: the error bit stands in the control field") {
  Machine machine;
  CHECK(machine.request(0x20u << 16 | fw_cfg::dma_select | fw_cfg::dma_write, 1, 0x2000) ==
        fw_cfg::dma_error);
  machine.select(0x20);
  CHECK(machine.byte() == 5);
}

TEST_CASE(
    "fw_cfg DMA: the transfer begins with the low half of the address, not with the high one") {
  Machine machine;
  machine.put(0x1000, 0x20u << 16 | fw_cfg::dma_select | fw_cfg::dma_read, 4);
  machine.put(0x1004, 1, 4);
  machine.put(0x1008, 0x2000, 8);
  machine.out<std::uint32_t>(0x514, 0);
  CHECK(machine.take(0x2000, 1) == 0);
  machine.out<std::uint32_t>(0x518, 0x00100000);
  CHECK(machine.take(0x2000, 1) == 5);
}

TEST_CASE("fw_cfg DMA: a transfer of any length ends, wherever it leads") {
  Machine machine;
  CHECK(machine.request(0x20u << 16 | fw_cfg::dma_select | fw_cfg::dma_read, 0x10'0000, 0xF'0000) <=
        1);
  CHECK(machine.memory.read_value<std::uint8_t>(0xF0000) == 5);
  CHECK(machine.request(fw_cfg::dma_skip, 0xFFFFFFFF, 0) == 0);
  CHECK(machine.byte() == 0);
}
