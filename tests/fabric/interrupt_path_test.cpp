#include <tlm_utils/simple_initiator_socket.h>

#include <cstring>
#include <memory>
#include <vector>

#include "models/apic/io_apic.h"
#include "models/apic/local_apic.h"
#include "models/fabric/interrupt_fabric.h"
#include "tests/catch.h"

using namespace apicsim;

namespace {

constexpr Cycle latency = 500;
constexpr std::uint64_t level = 0x8000;

struct Quiet : AttentionListener {
  void attention(std::uint32_t, Cycle) override {}
};

InterruptFabricConfig four_cpus() {
  InterruptFabricConfig config;
  config.latencies.msi = latency;
  config.cpus = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  return config;
}

/// Stands for the CPU that programs the I/O APIC.
struct Port : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<Port> socket{"socket"};
  explicit Port(const sc_core::sc_module_name& name) : sc_module(name) {}
};

/// I/O APIC, fabric and four local APICs, as a board has them.
struct Board {
  Timebase timebase{3'000'000'000};
  InterruptFabric fabric{"fabric", four_cpus(), timebase};
  IoApic io_apic{"io_apic", IoApicConfig{}, timebase};
  Port port{"port"};
  Quiet quiet;
  std::vector<std::unique_ptr<LocalApic>> cpus;
  Cycle now = 0;

  Board() {
    const Clock clock(100'000'000, 3'000'000'000);
    for (std::uint32_t cpu = 0; cpu < 4; ++cpu) {
      LocalApicConfig config{cpu, cpu, cpu == 0, true, true, 0x15, 6, true, clock, clock};
      cpus.push_back(std::make_unique<LocalApic>(config, fabric, quiet));
      cpus.back()->write_page(lapic::reg::svr, 4, 0x1FF, 0);
      fabric.attach(*cpus.back());
    }
    fabric.attach_eoi(io_apic);
    io_apic.messages.bind(fabric.socket);
    port.socket.bind(io_apic.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }

  void store(std::uint64_t offset, std::uint32_t value) {
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    payload.set_address(offset);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    sc_core::sc_time delay = timebase.to_sc_time(now);
    port.socket->b_transport(payload, delay);
  }
  void program(std::uint32_t pin, std::uint64_t entry) {
    store(0x00, 0x11 + 2 * pin);
    store(0x10, static_cast<std::uint32_t>(entry >> 32));
    store(0x00, 0x10 + 2 * pin);
    store(0x10, static_cast<std::uint32_t>(entry));
  }
  void wire(std::uint32_t pin, bool active) { io_apic.pin(pin).set(active, now); }
  void wait(Cycle cycles) {
    now += cycles;
    for (auto& cpu : cpus) cpu->advance(now);
  }
  bool pending(std::uint32_t cpu) const { return cpus[cpu]->interrupt_pending(); }
  std::uint8_t take(std::uint32_t cpu) { return cpus[cpu]->acknowledge(now); }
  void eoi(std::uint32_t cpu) { cpus[cpu]->write_page(lapic::reg::eoi, 4, 0, now); }
  bool tmr(std::uint32_t cpu, std::uint8_t vector) {
    const std::uint32_t offset = lapic::reg::tmr + 0x10 * (vector / 32);
    return (cpus[cpu]->read_page(offset, 4, now) >> vector % 32 & 1) != 0;
  }
};

}  // namespace

TEST_CASE("From the pin to IRR it takes the fabric's latency, and not a cycle less") {
  Board board;
  board.program(4, 0x34);
  board.now = 1000;
  board.wire(4, true);
  board.wait(latency - 1);
  CHECK_FALSE(board.pending(0));
  board.wait(1);
  CHECK(board.pending(0));
  CHECK(board.take(0) == 0x34);
}

TEST_CASE("Two pins at once: the higher vector is served first, the other one after its EOI") {
  Board board;
  board.program(0x0E, 0x78);
  board.program(0x0F, 0x66);
  for (const std::uint32_t pin : {0x0Fu, 0x0Eu}) board.wire(pin, true);
  board.wait(latency);
  CHECK(board.take(0) == 0x78);
  CHECK_FALSE(board.pending(0));
  board.eoi(0);
  CHECK(board.take(0) == 0x66);
}

TEST_CASE("A level-triggered line that stays active interrupts again after each EOI, SDM 11.8.5") {
  Board board;
  board.program(14, level | 0x99);
  board.wire(14, true);
  for (unsigned round = 0; round < 3; ++round) {
    board.wait(latency);
    REQUIRE(board.take(0) == 0x99);
    CHECK_FALSE(board.pending(0));
    if (round == 2) board.wire(14, false);
    board.eoi(0);
  }
  board.wait(latency);
  CHECK_FALSE(board.pending(0));
  CHECK(board.io_apic.counters().sent == 3);
}

TEST_CASE("With EOI broadcasts suppressed the EOI register of the I/O APIC ends it, SDM 11.8.5") {
  Board board;
  board.cpus[0]->write_page(lapic::reg::svr, 4, 0x11FF, 0);
  board.program(14, level | 0x99);
  board.wire(14, true);
  board.wait(latency);
  CHECK(board.take(0) == 0x99);
  board.eoi(0);
  board.wait(latency);
  CHECK_FALSE(board.pending(0));
  board.store(0x40, 0x99);
  board.wait(latency);
  CHECK(board.pending(0));
}

TEST_CASE("TMR follows the entry's trigger mode from one interrupt to the next, SDM 11.8.4") {
  Board board;
  for (const bool is_level : {false, true, true, false}) {
    board.program(14, (is_level ? level : 0) | 0x79);
    board.wire(14, true);
    board.wait(latency);
    REQUIRE(board.take(0) == 0x79);
    CHECK(board.tmr(0, 0x79) == is_level);
    board.wire(14, false);
    board.eoi(0);
    board.wait(latency);
  }
  CHECK_FALSE(board.pending(0));
}

TEST_CASE("Physical destination 1 reaches CPU 1 only, 82093AA 3.2.4") {
  Board board;
  board.program(14, std::uint64_t{1} << 56 | 0x85);
  board.wire(14, true);
  board.wait(latency);
  for (std::uint32_t cpu = 0; cpu < 4; ++cpu) CHECK(board.pending(cpu) == (cpu == 1));
}

TEST_CASE("A logical destination of three CPUs interrupts each of them once, 82093AA 3.2.4") {
  Board board;
  for (std::uint32_t cpu = 0; cpu < 4; ++cpu)
    board.cpus[cpu]->write_page(lapic::reg::ldr, 4, 1u << (24 + cpu), 0);
  board.program(14, std::uint64_t{0x0D} << 56 | 0x886);
  board.wire(14, true);
  board.wait(latency);
  for (std::uint32_t cpu = 0; cpu < 4; ++cpu) CHECK(board.pending(cpu) == (cpu != 1));
}

TEST_CASE("Moving an entry to another CPU inside the handler: no interrupt lost, none twice") {
  Board board;
  board.program(13, level | 0x64);
  board.wire(13, true);
  board.wait(latency);
  CHECK(board.take(0) == 0x64);
  board.program(13, std::uint64_t{1} << 56 | level | 0x64);
  board.wait(latency);
  CHECK_FALSE(board.pending(1));
  board.eoi(0);
  board.wait(latency);
  CHECK(board.take(1) == 0x64);
  board.wire(13, false);
  board.eoi(1);
  board.wait(latency);
  for (std::uint32_t cpu = 0; cpu < 4; ++cpu) CHECK_FALSE(board.pending(cpu));
}
