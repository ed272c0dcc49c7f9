// The network controller against QEMU's e1000e: the same accesses, the same registers and memory.
#include <chrono>
#include <random>
#include <thread>

#include "models/devices/nic/nic.h"
#include "tests/catch.h"
#include "tests/devices/endpoint_bench.h"
#include "tests/devices/qemu_machine.h"

using namespace apicsim;

namespace {

constexpr std::uint64_t bar = 0xFEA00000;
constexpr std::uint32_t config_address = 0x80003800;  ///< CONFIG_ADDRESS of 00:07.0
constexpr std::uint64_t tx_ring = 0x10000, rx_ring = 0x20000, data = 0x30000, buffers = 0x40000;
constexpr std::uint32_t entries = 8;

/// Both controllers under one set of accesses.
struct Pair : EndpointSurroundings {
  QemuMachine qemu;
  Nic nic{"nic", timebase, {0, 7, 0}, Nic::identity(), Nic::Config{}, wiring()};
  BusDriver registers{"registers"}, ports{"ports"}, table{"table"};

  Pair() {
    nic.dma.socket.bind(map.in);
    registers.socket.bind(nic.registers.socket);
    ports.socket.bind(nic.ports.socket);
    table.socket.bind(nic.msix.socket);
    elaborate();
    nic.write_config(command_register, 2, 0x6, 0);
    qemu.out(0xCF8, 4, config_address | 0x10);
    qemu.out(0xCFC, 4, bar);
    qemu.out(0xCF8, 4, config_address | 0x04);
    qemu.out(0xCFC, 2, 0x6);
  }
  void out(std::uint32_t offset, std::uint32_t value) {
    qemu.write(bar + offset, 4, value);
    registers.write(offset, value);
  }
  std::uint32_t ours(std::uint32_t offset) { return registers.read<std::uint32_t>(offset); }
  std::uint32_t theirs(std::uint32_t offset) {
    return static_cast<std::uint32_t>(qemu.read(bar + offset, 4));
  }
  void same(std::uint32_t offset) {
    CAPTURE(offset);
    CHECK(ours(offset) == theirs(offset));
  }
  void put64(std::uint64_t address, std::uint64_t value) {
    memory.write_value(address, value);
    qemu.write(address, 8, value);
  }
  void same_memory(std::uint64_t address) {
    CAPTURE(address);
    CHECK(memory.read_value<std::uint64_t>(address) == qemu.read(address, 8));
  }
  /// Until QEMU has sent what there is to send.
  void finish(std::uint32_t tail) {
    wait();
    for (int i = 0; i < 500 && theirs(nic::tdh) != tail; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    REQUIRE(theirs(nic::tdh) == tail);
  }
};

}  // namespace

TEST_CASE("QEMU agrees: reset values of the 82574L's rings, filters and control registers") {
  Pair pair;
  if (!pair.qemu.available()) SKIP("no qemu-system-x86_64 with qtest");
  REQUIRE((pair.theirs(nic::status) & 3) == 3);
  for (const std::uint32_t at :
       {nic::ctrl, nic::rctl, nic::tctl, nic::rdbal, nic::rdlen, nic::rdh, nic::rdt, nic::tdbal,
        nic::tdlen, nic::tdh, nic::tdt, nic::ims, nic::icr, nic::mta, nic::ral, nic::ral + 4})
    pair.same(at);
}

TEST_CASE("QEMU agrees: writable bits of the 82574L's ring registers and multicast table") {
  Pair pair;
  if (!pair.qemu.available()) SKIP("no qemu-system-x86_64 with qtest");
  std::mt19937 random(82574);
  for (int i = 0; i < 300; ++i) {
    const std::uint32_t word = nic::mta + 4 * static_cast<std::uint32_t>(random() % 128);
    for (const std::uint32_t at :
         {nic::rdbal, nic::rdbah, nic::rdlen, nic::tdbal, nic::tdbah, nic::tdlen, word}) {
      pair.out(at, i % 4 == 0 ? 0xFFFFFFFF : random());
      pair.same(at);
    }
  }
}

TEST_CASE("QEMU agrees: frames in MAC loopback leave the same descriptors, data and causes") {
  Pair pair;
  if (!pair.qemu.available()) SKIP("no qemu-system-x86_64 with qtest");
  std::mt19937 random(7);
  for (std::uint32_t i = 0; i < 1600; i += 8) pair.put64(data + i, 0x0202020202020202ull * (i + 1));
  for (std::uint32_t i = 0; i < entries; ++i) {
    pair.put64(rx_ring + 16 * i, buffers + 0x800 * i);
    pair.put64(rx_ring + 16 * i + 8, 0);
  }
  pair.out(nic::rdbal, static_cast<std::uint32_t>(rx_ring));
  pair.out(nic::rdlen, 16 * entries);
  pair.out(nic::rdt, entries - 1);
  pair.out(nic::tdbal, static_cast<std::uint32_t>(tx_ring));
  pair.out(nic::tdlen, 16 * entries);
  pair.out(nic::rctl, nic::rctl_enable | nic::rctl_loopback_mac | nic::rctl_unicast_all |
                          nic::rctl_multicast_all | nic::rctl_broadcast | nic::rctl_strip_crc);
  pair.out(nic::tctl, nic::tctl_enable | nic::tctl_pad);
  constexpr std::uint8_t command =
      nic::tx_end_of_packet | nic::tx_insert_fcs | nic::tx_report_status;
  for (std::uint32_t round = 0; round < 24; ++round) {
    const std::uint32_t index = round % entries;
    const std::uint32_t length = 60 + random() % 1400;
    CAPTURE(round, length);
    pair.put64(tx_ring + 16 * index, data + 8 * (random() % 8));
    pair.put64(tx_ring + 16 * index + 8, length | std::uint64_t{command} << 24);
    pair.out(nic::tdt, (index + 1) % entries);
    pair.finish((index + 1) % entries);
    pair.same(nic::rdh);
    pair.same_memory(tx_ring + 16 * index + 8);
    // Bytes of status and length; the check sum field of QEMU's holds a packet checksum.
    const std::uint64_t mine = pair.memory.read_value<std::uint64_t>(rx_ring + 16 * index + 8);
    const std::uint64_t other = pair.qemu.read(rx_ring + 16 * index + 8, 8);
    CHECK((mine & 0xFFFF) == (other & 0xFFFF));
    CHECK((mine >> 32 & 3) == (other >> 32 & 3));
    for (std::uint32_t at = 0; at + 8 <= length; at += 8)
      pair.same_memory(buffers + 0x800 * index + at);
    pair.out(nic::rdt, (pair.ours(nic::rdh) + entries - 1) % entries);
    constexpr std::uint32_t causes = nic::cause_transmitted | nic::cause_received;
    CHECK((pair.ours(nic::icr) & causes) == (pair.theirs(nic::icr) & causes));
  }
  pair.same(nic::gptc);
  pair.same(nic::gprc);
}
