// Intel 82574L: rings, interrupts, filters, resets.
#include "models/devices/nic/nic.h"

#include <string>
#include "models/devices/nic/frame_source.h"

#include "tests/catch.h"
#include "tests/devices/endpoint_bench.h"

using namespace apicsim;

namespace {

constexpr std::uint64_t tx_ring = 0x10000, rx_ring = 0x20000, buffers = 0x100000;
constexpr std::uint32_t entries = 8;

struct Bench : EndpointSurroundings {
  static Nic::Config config() {
    Nic::Config config;
    config.frame_time = 1000;
    return config;
  }
  Nic nic{"nic", timebase, {3, 0, 0}, Nic::identity(), config(), wiring()};
  BusDriver registers{"registers"}, ports{"ports"}, table{"table"};

  Bench() {
    nic.dma.socket.bind(map.in);
    registers.socket.bind(nic.registers.socket);
    ports.socket.bind(nic.ports.socket);
    table.socket.bind(nic.msix.socket);
    elaborate();
    nic.write_config(command_register, 2, 0x6, 0);
  }
  std::uint32_t in(std::uint32_t offset) { return registers.read<std::uint32_t>(offset); }
  void out(std::uint32_t offset, std::uint32_t value) { registers.write(offset, value); }

  void start_rings(std::uint32_t receive_control = nic::rctl_enable | nic::rctl_loopback_mac |
                                                   nic::rctl_unicast_all | nic::rctl_broadcast |
                                                   nic::rctl_strip_crc) {
    for (std::uint32_t i = 0; i < entries; ++i) {
      memory.write_value<std::uint64_t>(rx_ring + 16 * i, buffers + 0x800 * i);
      memory.write_value<std::uint64_t>(rx_ring + 16 * i + 8, 0);
    }
    out(nic::rdbal, static_cast<std::uint32_t>(rx_ring));
    out(nic::rdlen, 16 * entries);
    out(nic::rdt, entries - 1);
    out(nic::rctl, receive_control);
    out(nic::tdbal, static_cast<std::uint32_t>(tx_ring));
    out(nic::tdlen, 16 * entries);
    out(nic::tctl, nic::tctl_enable | nic::tctl_pad);
  }
  void describe(std::uint32_t index, std::uint64_t address, std::uint16_t length,
                std::uint8_t command) {
    memory.write_value<std::uint64_t>(tx_ring + 16 * index, address);
    memory.write_value<std::uint64_t>(tx_ring + 16 * index + 8,
                                      length | std::uint64_t{command} << 24);
  }
  /// A frame of `length` bytes that begins with a unicast address, at `address`.
  std::vector<std::uint8_t> frame_at(std::uint64_t address, std::size_t length) {
    std::vector<std::uint8_t> frame(length);
    for (std::size_t i = 0; i < length; ++i) frame[i] = static_cast<std::uint8_t>(2 * i + 2);
    put(address, frame);
    return frame;
  }
  std::uint64_t receive_status(std::uint32_t index) {
    return memory.read_value<std::uint64_t>(rx_ring + 16 * index + 8);
  }
};

constexpr std::uint8_t whole = nic::tx_end_of_packet | nic::tx_insert_fcs | nic::tx_report_status;

}  // namespace

TEST_CASE("82574L registers: reset values, writable bits and those that read zero (section 10.2)") {
  Bench bench;
  CHECK(bench.in(nic::ctrl) == 0x00140241);
  CHECK((bench.in(nic::status)&0x000800C3) == 0x00080083);
  CHECK(bench.in(nic::tctl) == 0);
  CHECK(bench.in(nic::imc) == 0);
  for (const nic::Register& declared : nic::registers) {
    if (declared.offset < 0x100 || declared.refused != 0) continue;
    for (std::uint32_t i = 0; i < declared.count; ++i) {
      const std::uint32_t at = declared.offset + 4 * i;
      CAPTURE(declared.name, at);
      bench.out(at, 0xFFFFFFFF);
      CHECK(bench.in(at) == (declared.writable | (declared.reset & ~declared.writable)));
      bench.out(at, 0);
      CHECK(bench.in(at) == (declared.reset & ~declared.writable));
    }
  }
}

TEST_CASE("82574L NVM: the MAC address in words 0 to 2, and words 0 to 3Fh add up to BABAh") {
  Bench bench;
  std::uint16_t sum = 0;
  std::vector<std::uint16_t> words;
  for (std::uint32_t word = 0; word < 64; ++word) {
    bench.out(nic::eerd, word << 2 | nic::eerd_start);
    const std::uint32_t answer = bench.in(nic::eerd);
    REQUIRE((answer & nic::eerd_done) != 0);
    words.push_back(static_cast<std::uint16_t>(answer >> 16));
    sum = static_cast<std::uint16_t>(sum + words.back());
  }
  CHECK(sum == 0xBABA);
  CHECK(words[0] == 0x5452);
  CHECK(bench.in(nic::ral) == 0x12005452);
  CHECK(bench.in(nic::ral + 4) == 0x80005634);
}

TEST_CASE("82574L sends a frame of two descriptors, pads it and takes it back in MAC loopback") {
  Bench bench;
  bench.start_rings();
  const auto frame = bench.frame_at(0x8000, 40);
  bench.describe(0, 0x8000, 16, nic::tx_insert_fcs);
  bench.describe(1, 0x8010, 24, whole);
  bench.out(nic::tdt, 2);
  bench.wait();
  CHECK(bench.in(nic::tdh) == 2);
  CHECK((bench.memory.read_value<std::uint8_t>(tx_ring + 12) & 1) == 0);
  CHECK((bench.memory.read_value<std::uint8_t>(tx_ring + 28) & 1) == 1);
  CHECK(bench.in(nic::rdh) == 1);
  CHECK((bench.receive_status(0) & 0xFFFF) == 60);
  CHECK((bench.receive_status(0) >> 32 & 0xFF) == 0x07);  // DD, EOP, IXSM
  auto expected = frame;
  expected.resize(60);
  CHECK(bench.bytes(buffers, 60) == expected);
  CHECK(bench.in(nic::gptc) == 1);
  CHECK(bench.in(nic::gptc) == 0);
  CHECK(bench.in(nic::gprc) == 1);
}

TEST_CASE("82574L: a ring wraps, a frame longer than a buffer takes several descriptors") {
  Bench bench;
  bench.start_rings();
  bench.frame_at(0x8000, 1000);
  for (unsigned round = 0; round < 20; ++round) {
    const std::uint32_t index = round % entries;
    bench.describe(index, 0x8000, 1000, whole);
    bench.out(nic::rctl, bench.in(nic::rctl) | 2u << nic::rctl_size_shift);  // 512 bytes
    bench.out(nic::tdt, (index + 1) % entries);
    bench.wait();
    const std::uint32_t head = bench.in(nic::rdh);
    CHECK(head == (2 * (round + 1)) % entries);
    CHECK((bench.receive_status((2 * round) % entries) & 0xFFFF) == 512);
    CHECK((bench.receive_status((2 * round + 1) % entries) & 0xFFFF) == 488);
    bench.out(nic::rdt, (head + entries - 1) % entries);
  }
  CHECK(bench.nic.statistics().received == 20);
}

TEST_CASE(
    "82574L: descriptors without a buffer get DD and nothing else, which fills a freed page") {
  Bench bench;
  bench.start_rings(nic::rctl_enable | nic::rctl_broadcast);
  // The ring was freed: its page holds zeros now, and the unit is enabled before the new address
  // is written.
  for (std::uint32_t i = 0; i < 16 * entries; i += 8)
    bench.memory.write_value<std::uint64_t>(rx_ring + i, 0);
  Frame frame(60, 0xFF);
  append_check_sequence(frame, true);
  bench.nic.arrive(frame, bench.now);
  bench.wait();
  for (std::uint32_t i = 0; i + 1 < entries; ++i) {
    CHECK(bench.memory.read_value<std::uint64_t>(rx_ring + 16 * i) == 0);
    CHECK(bench.receive_status(i) == 0x0000000100000000);
  }
  CHECK(bench.nic.statistics().null_descriptors == entries - 1);
  CHECK(bench.nic.statistics().received == 0);
}

TEST_CASE("82574L interrupts by INTA: asserted by an enabled cause, ended by reading ICR") {
  Bench bench;
  bench.start_rings();
  bench.frame_at(0x8000, 60);
  bench.describe(0, 0x8000, 60, whole);
  bench.out(nic::tdt, 1);
  bench.wait();
  CHECK_FALSE(bench.nic.interrupt_asserted());
  bench.out(nic::ims, nic::cause_transmitted);
  CHECK(bench.nic.interrupt_asserted());
  const std::uint32_t causes = bench.in(nic::icr);
  CHECK((causes & nic::cause_asserted) != 0);
  CHECK((causes & nic::cause_transmitted) != 0);
  CHECK((causes & nic::cause_received) != 0);
  CHECK_FALSE(bench.nic.interrupt_asserted());
  CHECK(bench.in(nic::icr) == 0);
  bench.out(nic::ics, nic::cause_transmitted);
  CHECK(bench.nic.interrupt_asserted());
  bench.out(nic::imc, nic::cause_transmitted);
  CHECK_FALSE(bench.nic.interrupt_asserted());
  bench.out(nic::ims, nic::cause_transmitted);
  CHECK(bench.nic.interrupt_asserted());
}

TEST_CASE(
    "82574L interrupts by MSI: one message for a new cause, none while ITR's interval lasts") {
  Bench bench;
  enable_msi(bench.nic);
  bench.out(nic::ims, nic::cause_link);
  bench.out(nic::ics, nic::cause_link);
  CHECK(bench.sent() == 1);
  CHECK(bench.target.writes[0].requester == 0x300);
  bench.out(nic::ics, nic::cause_link);
  CHECK(bench.sent() == 1);
  bench.in(nic::icr);
  bench.out(nic::itr, 100);  // 25.6 us
  bench.out(nic::ics, nic::cause_link);
  CHECK(bench.sent() == 2);
  bench.in(nic::icr);
  bench.out(nic::ics, nic::cause_link);
  CHECK(bench.sent() == 2);
  bench.wait(25'599);
  CHECK(bench.sent() == 2);
  bench.wait(1);
  CHECK(bench.sent() == 3);
}

TEST_CASE("82574L interrupts by MSI-X: vectors by IVAR, auto-clear by EIAC (section 10.2.4)") {
  Bench bench;
  enable_msix(bench.nic, bench.table, nic::msix_vectors);
  bench.out(nic::ivar, 0x8 | 1 | (0x8 | 2) << 8 | (0x8 | 3) << 16);
  bench.out(nic::eiac, nic::cause_receive_queue);
  bench.out(nic::ims, nic::cause_receive_queue | nic::cause_transmit_queue | nic::cause_other);
  bench.out(nic::ics, nic::cause_receive_queue);
  REQUIRE(bench.sent() == 1);
  CHECK(bench.target.writes[0].data == 0x51);
  CHECK((bench.in(nic::ims)&nic::cause_receive_queue) == 0);
  bench.out(nic::ics, nic::cause_transmit_queue);
  REQUIRE(bench.sent() == 2);
  CHECK(bench.target.writes[1].data == 0x52);
  bench.out(nic::ics, nic::cause_link);
  REQUIRE(bench.sent() == 3);
  CHECK(bench.target.writes[2].data == 0x53);
}

TEST_CASE("82574L without bus mastering moves nothing, and goes on when its unit is enabled anew") {
  Bench bench;
  bench.start_rings();
  bench.nic.write_config(command_register, 2, 0x2, 0);
  bench.frame_at(0x8000, 60);
  bench.describe(0, 0x8000, 60, whole);
  bench.out(nic::tdt, 1);
  bench.wait();
  CHECK(bench.in(nic::tdh) == 0);
  CHECK(bench.nic.statistics().halts == 1);
  bench.nic.write_config(command_register, 2, 0x6, 0);
  bench.out(nic::tctl, 0);
  bench.out(nic::tctl, nic::tctl_enable);
  bench.wait();
  CHECK(bench.in(nic::tdh) == 1);
}

TEST_CASE("82574L: a ring outside of memory stops its unit and is a received master abort") {
  Bench bench;
  bench.start_rings();
  bench.out(nic::tdbah, 0x10);
  bench.out(nic::tdt, 1);
  bench.wait();
  const bool aborted = (bench.nic.read_config(status_register, 2) & 0x3000) != 0;
  CHECK(aborted == (bench.nic.bus_statistics().refused != 0));
  CHECK(bench.in(nic::tdh) <= 1);
}

TEST_CASE("82574L: indexes outside of the ring and a ring of no length move nothing") {
  Bench bench;
  bench.start_rings();
  bench.out(nic::tdt, entries);
  bench.wait();
  CHECK(bench.in(nic::tdh) == 0);
  bench.out(nic::tdlen, 0);
  bench.out(nic::tdt, 3);
  bench.wait();
  CHECK(bench.nic.bus_statistics().reads == 0);
}

TEST_CASE("82574L filters: own address, broadcasts, groups by hash, damaged and short frames") {
  Bench bench;
  bench.start_rings(nic::rctl_enable | nic::rctl_strip_crc);
  const auto arrives = [&](std::vector<std::uint8_t> start, bool damaged = false) {
    Frame frame(60);
    std::copy(start.begin(), start.end(), frame.begin());
    append_check_sequence(frame, true);
    if (damaged) frame[20] ^= 1;
    const std::uint64_t before = bench.nic.statistics().received;
    bench.nic.arrive(frame, bench.now);
    bench.wait();
    bench.out(nic::rdt, (bench.in(nic::rdh) + entries - 1) % entries);
    return bench.nic.statistics().received != before;
  };
  CHECK(arrives({0x52, 0x54, 0x00, 0x12, 0x34, 0x56}));
  CHECK_FALSE(arrives({0x52, 0x54, 0x00, 0x12, 0x34, 0x56}, true));
  CHECK(bench.in(nic::crcerrs) == 1);
  CHECK_FALSE(arrives({0x52, 0x54, 0x00, 0x12, 0x34, 0x57}));
  CHECK_FALSE(arrives({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}));
  CHECK_FALSE(arrives({0x01, 0x00, 0x5E, 0x00, 0x00, 0x01}));
  // RCTL.MO = 0: bits 47:36 of the address, 0x010 here, are bit 16 of the first word.
  bench.out(nic::mta, 1u << 16);
  CHECK(arrives({0x01, 0x00, 0x5E, 0x00, 0x00, 0x01}));
  bench.out(nic::rctl, bench.in(nic::rctl) | nic::rctl_broadcast);
  CHECK(arrives({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}));
  bench.nic.arrive(Frame(40), bench.now);
  bench.wait();
  CHECK(bench.in(nic::ruc) == 1);
}

TEST_CASE("82574L: frames wait for descriptors until the packet buffer of 20 KiB is full") {
  Bench bench;
  bench.start_rings(nic::rctl_enable | nic::rctl_unicast_all);
  bench.out(nic::rdt, 0);
  Frame frame(1496);
  append_check_sequence(frame, true);
  for (int i = 0; i < 15; ++i) bench.nic.arrive(frame, bench.now);
  bench.wait();
  CHECK(bench.in(nic::mpc) == 2);
  CHECK(bench.in(nic::rnbc) == 13);
  CHECK((bench.in(nic::icr)&nic::cause_receive_overrun) != 0);
  CHECK(bench.nic.statistics().received == 0);
  bench.out(nic::rdt, 3);
  bench.wait();
  CHECK(bench.nic.statistics().received == 3);
}

TEST_CASE("82574L stops by name at what is not modelled") {
  Bench bench;
  std::string stopped;
  try {
    bench.in(0x2900);
  } catch (const Unmodelled& what) {
    stopped = what.what();
  }
  CHECK(stopped.find("82574L register 0x2900") != std::string::npos);
  CHECK_THROWS_AS(bench.out(nic::rctl, 1u << 10), Unmodelled);
  CHECK_THROWS_AS(bench.out(nic::mrqc, 1), Unmodelled);
}

TEST_CASE("CTRL.RST and a function level reset put the 82574L's registers back") {
  Bench bench;
  bench.start_rings();
  bench.out(nic::ims, 0xFF);
  bench.out(nic::ctrl, bench.in(nic::ctrl) | nic::ctrl_reset);
  CHECK(bench.in(nic::ctrl) == 0x00140241);
  CHECK(bench.in(nic::rctl) == 0);
  CHECK(bench.in(nic::ims) == 0);
  CHECK(bench.nic.read_config(command_register, 2) == 0x6);
  bench.start_rings();
  const unsigned express = find_capability(bench.nic, pci::express_capability_id);
  bench.nic.write_config(express + 8, 2, 0xA810, 0);
  CHECK(bench.nic.read_config(express + 8, 2) == 0x2810);
  CHECK(bench.nic.read_config(command_register, 2) == 0);
  CHECK(bench.in(nic::tdlen) == 0);
  CHECK(bench.in(nic::ral) == 0x12005452);
}

TEST_CASE("A frame from outside reaches the ring at its cycle, as often as the series says") {
  Timebase timebase{1'000'000'000};
  struct Sink : FrameSink {
    std::vector<Cycle> times;
    std::size_t size = 0;
    void arrive(const Frame& frame, Cycle at) override {
      times.push_back(at);
      size = frame.size();
      CHECK(has_valid_check_sequence(frame));
    }
  } sink;
  FrameSource::Config config;
  config.at = 100;
  config.bytes = {1, 2, 3, 4, 5, 6};
  config.count = 3;
  config.period = 50;
  FrameSource source("source", timebase, config, sink);
  run_to(timebase, 1000);
  CHECK(sink.times == std::vector<Cycle>{100, 150, 200});
  CHECK(sink.size == 64);
}
