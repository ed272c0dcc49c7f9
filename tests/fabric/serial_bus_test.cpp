#include "models/fabric/serial_bus.h"

#include <tlm_utils/simple_initiator_socket.h>

#include <memory>

#include "models/apic/local_apic.h"
#include "models/fabric/interrupt_fabric.h"
#include "tests/catch.h"

using namespace apicsim;
using namespace apicsim::lapic;

namespace {

constexpr std::uint64_t reference = 1'000'000'000;
constexpr Cycle bus_cycle = 100;  ///< at 10 MHz
constexpr Cycle short_message = 21 * bus_cycle;
constexpr Cycle eoi_message = 14 * bus_cycle;
constexpr Cycle lowest_priority_message = 34 * bus_cycle;

constexpr std::uint32_t fixed_to_2 = 0x02000000;

InterruptFabricConfig serial(std::size_t cpus) {
  InterruptFabricConfig config;
  config.cpus.resize(cpus);
  config.serial_bus = Clock(10'000'000, reference);
  return config;
}

LocalApicConfig p6(std::uint32_t cpu) {
  const Clock clock(100'000'000, reference);
  LocalApicConfig config{cpu, cpu, cpu == 0, false, false, 0x11, 4, false, clock, clock};
  config.generation = ApicGeneration::p6;
  config.serial_bus = true;
  config.physical_bits = 36;
  return config;
}

struct Quiet : AttentionListener {
  void attention(std::uint32_t, Cycle) override {}
};

struct RecordingEoi : EoiTarget {
  std::vector<std::pair<std::uint8_t, Cycle>> eois;
  void eoi(std::uint8_t vector, Cycle at) override { eois.emplace_back(vector, at); }
};

/// Nobody writes to the fabric's window here, but its socket wants to be bound.
struct Port : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<Port> socket{"socket"};
  explicit Port(const sc_core::sc_module_name& name) : sc_module(name) {}
};

/// Four P6 processors with the ids 0 to 3, software-enabled.
struct Bench {
  Timebase timebase{reference};
  InterruptFabric fabric{"fabric", serial(4), timebase};
  Port port{"port"};
  Quiet quiet;
  RecordingEoi io_apic;
  std::vector<std::unique_ptr<LocalApic>> apics;

  Bench() {
    for (std::uint32_t cpu = 0; cpu < 4; ++cpu) {
      apics.push_back(std::make_unique<LocalApic>(p6(cpu), fabric, quiet));
      fabric.attach(*apics.back());
      apics.back()->write_page(reg::svr, 4, 0x1FF, 0);
    }
    fabric.attach_eoi(io_apic);
    port.socket.bind(fabric.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  /// All that happens before `cycle` has happened.
  void run_to(Cycle cycle) {
    sc_core::sc_start(timebase.to_sc_time(cycle) - sc_core::sc_time_stamp());
  }
  void write(std::uint32_t cpu, std::uint32_t offset, std::uint32_t value, Cycle now) {
    apics[cpu]->write_page(offset, 4, value, now);
  }
  std::uint32_t read(std::uint32_t cpu, std::uint32_t offset, Cycle now) {
    return static_cast<std::uint32_t>(apics[cpu]->read_page(offset, 4, now));
  }
  void ipi(std::uint32_t cpu, std::uint32_t high, std::uint32_t low, Cycle now) {
    write(cpu, reg::icr_high, high, now);
    write(cpu, reg::icr, low, now);
  }
  std::uint32_t errors(std::uint32_t cpu, Cycle now) {
    write(cpu, reg::esr, 0, now);
    return read(cpu, reg::esr, now);
  }
  const SerialBusCounters& bus() const { return fabric.serial_bus()->counters(); }
};

/// Advances the receiver, too: has it the vector at `now`?
bool requested(Bench& bench, std::uint32_t cpu, std::uint8_t vector, Cycle now) {
  bench.apics[cpu]->advance(now);
  return bench.apics[cpu]->requested(vector);
}

/// CPU 1 has the highest priority, and a request for the vector that CPU 0 sends at lowest priority
/// to all. Returns for how long the message was pending.
Cycle send_to_a_busy_cpu(Bench& bench) {
  for (std::uint32_t cpu = 0; cpu < 4; ++cpu) bench.write(cpu, reg::ldr, 1u << (24 + cpu), 0);
  bench.write(1, reg::tpr, 0xF0, 0);
  bench.ipi(0, 0x01000000, 0x4055, 0);
  bench.run_to(10'000);
  bench.ipi(0, 0x0F000000, 0x4955, 10'000);
  bench.run_to(20'000);
  Cycle left = 10'000;
  while ((bench.read(0, reg::icr, left) & icr::delivery_status) != 0) ++left;
  bench.apics[1]->advance(20'000);
  return left - 10'000;
}

}  // namespace

TEST_CASE("A short message takes 21 bus cycles from the next edge, not one less, SDM 11.10") {
  Bench bench;
  bench.ipi(0, fixed_to_2, 0x4055, 250);
  const Cycle arrival = 300 + short_message;
  bench.run_to(arrival);
  CHECK_FALSE(requested(bench, 2, 0x55, arrival - 1));
  bench.run_to(arrival + 1);
  CHECK_FALSE(requested(bench, 2, 0x55, arrival - 1));
  CHECK(requested(bench, 2, 0x55, arrival));
}

TEST_CASE("The delivery status is pending until the message has left the bus, SDM 11.6.1") {
  Bench bench;
  CHECK(bench.read(0, reg::icr, 0) == 0);
  bench.ipi(0, fixed_to_2, 0x4055, 0);
  CHECK((bench.read(0, reg::icr, 0) & icr::delivery_status) != 0);
  bench.run_to(short_message);
  CHECK((bench.read(0, reg::icr, short_message - 1) & icr::delivery_status) != 0);
  bench.run_to(short_message + 1);
  CHECK((bench.read(0, reg::icr, short_message) & icr::delivery_status) == 0);
}

TEST_CASE("Messages wait for each other, the highest arbitration id goes first, SDM 11.7") {
  Bench bench;
  bench.ipi(3, 0, 0x4033, 10);  // alone at the first edge: on the bus before the others ask
  bench.ipi(1, 0, 0x4051, 110);
  bench.ipi(2, 0, 0x4042, 120);
  bench.run_to(100'000);
  const LocalApic& receiver = *bench.apics[0];
  bench.apics[0]->advance(100'000);
  CHECK(receiver.accepted_at(0x33) == 100 + short_message);
  CHECK(receiver.accepted_at(0x42) == 100 + 2 * short_message);
  CHECK(receiver.accepted_at(0x51) == 100 + 3 * short_message);
}

TEST_CASE("The winner becomes last, the others rise, INIT level de-assert resets, SDM 11.7") {
  Bench bench;
  const SerialBus& bus = *bench.fabric.serial_bus();
  bench.ipi(3, 0, 0x4033, 0);
  bench.run_to(10'000);
  CHECK(bus.arbitration_id(3) == 0);
  CHECK(bus.arbitration_id(0) == 1);
  CHECK(bus.arbitration_id(2) == 3);
  bench.ipi(0, 0, 0x00088500, 10'000);
  bench.run_to(20'000);
  for (std::size_t cpu = 0; cpu < 4; ++cpu) CHECK(bus.arbitration_id(cpu) == cpu);
  CHECK(bench.bus().synchronised == 1);
  for (const auto& apic : bench.apics) {
    apic->advance(20'000);
    CHECK_FALSE(apic->init_pending());
  }
}

TEST_CASE("Arbitration ids stay different whoever wins, 82093AA 3.2.3") {
  Bench bench;
  const SerialBus& bus = *bench.fabric.serial_bus();
  for (unsigned round = 0; round < 60; ++round) {
    bench.ipi(round * 7 % 4, 0, 0x4040 + round, round * 10'000);
    bench.run_to((round + 1) * 10'000);
    for (std::size_t a = 0; a < 5; ++a)
      for (std::size_t b = 0; b < a; ++b) REQUIRE(bus.arbitration_id(a) != bus.arbitration_id(b));
  }
}

TEST_CASE("An EOI goes before interrupts and takes 14 bus cycles, SDM 11.10") {
  Bench bench;
  InterruptMessage level;
  level.source = InterruptMessage::Source::msi;
  level.vector = 0x61;
  level.level_triggered = true;
  bench.fabric.send(level, 0);
  bench.run_to(10'000);
  bench.apics[0]->advance(10'000);
  CHECK(bench.apics[0]->acknowledge(10'000) == 0x61);
  bench.ipi(3, 0x01000000, 0x4044, 10'001);
  bench.write(0, reg::eoi, 0, 10'002);
  bench.run_to(100'000);
  REQUIRE(bench.io_apic.eois.size() == 1);
  CHECK(bench.io_apic.eois[0] == std::make_pair(std::uint8_t{0x61}, 10'100 + eoi_message));
  bench.apics[1]->advance(100'000);
  CHECK(bench.apics[1]->accepted_at(0x44) == 10'100 + eoi_message + short_message);
}

TEST_CASE("Lowest priority arbitrates with APR in 34 cycles, equals by id, SDM 11.6.2.4, 11.10") {
  Bench bench;
  for (std::uint32_t cpu = 0; cpu < 4; ++cpu) {
    bench.write(cpu, reg::ldr, 1u << (24 + cpu), 0);
    bench.write(cpu, reg::tpr, cpu == 0 ? 0x40 : 0x20, 0);
  }
  bench.ipi(0, 0x0F000000, 0x4955, 0);
  bench.run_to(10'000);
  // CPUs 1 to 3 are equal, and the bus id of 3 is the highest of theirs.
  CHECK(requested(bench, 3, 0x55, lowest_priority_message));
  CHECK(bench.apics[3]->accepted_at(0x55) == lowest_priority_message);
  for (std::uint32_t cpu = 0; cpu < 3; ++cpu) CHECK_FALSE(requested(bench, cpu, 0x55, 10'000));
}

TEST_CASE("The focus processor takes a lowest-priority interrupt in 21 cycles, SDM 11.6.2.4") {
  Bench bench;
  CHECK(send_to_a_busy_cpu(bench) == short_message);
  CHECK(bench.bus().focused == 1);
  CHECK(bench.apics[1]->counters().merged == 1);
}

TEST_CASE("With focus checking disabled in SVR the priority decides, in 34 cycles, SDM 11.9") {
  Bench bench;
  for (std::uint32_t cpu = 0; cpu < 4; ++cpu) bench.write(cpu, reg::svr, 0x3FF, 0);
  CHECK(send_to_a_busy_cpu(bench) == lowest_priority_message);
  CHECK(bench.bus().focused == 0);
  CHECK(bench.apics[1]->counters().merged == 0);
}

TEST_CASE("Nobody takes a message: send and receive accept errors, SDM 11.5.3") {
  Bench bench;
  bench.ipi(0, 0x0A000000, 0x4055, 0);
  bench.run_to(10'000);
  CHECK(bench.errors(0, 10'000) == esr::send_accept);
  for (std::uint32_t cpu = 1; cpu < 4; ++cpu)
    CHECK(bench.errors(cpu, 10'000) == esr::receive_accept);
  CHECK(bench.fabric.statistics().of(InterruptMessage::Source::ipi, DeliveryMode::fixed).dropped ==
        1);
  CHECK((bench.read(0, reg::icr, 10'000) & icr::delivery_status) == 0);
}

TEST_CASE("A software-disabled APIC takes NMIs but no fixed interrupt: not accepted, 11.4.7.2") {
  Bench bench;
  bench.write(2, reg::svr, 0xFF, 0);
  bench.ipi(0, fixed_to_2, 0x4055, 0);
  bench.ipi(0, fixed_to_2, 0x4400, 0);
  bench.run_to(10'000);
  bench.apics[2]->advance(10'000);
  CHECK(bench.apics[2]->nmi_pending());
  CHECK(bench.errors(0, 10'000) == esr::send_accept);
}

TEST_CASE("Two interrupts per class have room, a third one is tried again, SDM 11.8.2, 11.8.4") {
  Bench bench;
  for (const std::uint32_t vector : {0x51u, 0x52u, 0x53u})
    bench.ipi(0, fixed_to_2, 0x4000 | vector, 0);
  bench.run_to(4 * short_message);
  CHECK(requested(bench, 2, 0x51, 4 * short_message));
  CHECK(requested(bench, 2, 0x52, 4 * short_message));
  CHECK_FALSE(requested(bench, 2, 0x53, 4 * short_message));
  CHECK(bench.bus().retries == 1);
  CHECK((bench.read(0, reg::icr, 4 * short_message) & icr::delivery_status) != 0);
  CHECK(bench.apics[2]->acknowledge(4 * short_message) == 0x52);
  bench.run_to(6 * short_message);
  CHECK_FALSE(requested(bench, 2, 0x53, 6 * short_message));  // in service counts, too
  bench.write(2, reg::eoi, 0, 6 * short_message);
  bench.run_to(9 * short_message);
  CHECK(requested(bench, 2, 0x53, 9 * short_message));
  CHECK(bench.errors(0, 9 * short_message) == 0);
}

TEST_CASE("An interrupt whose vector is requested already has room, SDM 11.8.2") {
  Bench bench;
  for (const std::uint32_t vector : {0x51u, 0x52u, 0x51u})
    bench.ipi(0, fixed_to_2, 0x4000 | vector, 0);
  bench.run_to(4 * short_message);
  bench.apics[2]->advance(4 * short_message);
  CHECK(bench.apics[2]->counters().merged == 1);
  CHECK(bench.bus().retries == 0);
}

TEST_CASE("Remote read fetches a register of another APIC, ICR 17:16 says how it went") {
  Bench bench;
  bench.write(2, reg::tpr, 0x37, 0);
  bench.ipi(0, fixed_to_2, 0x4300 | reg::tpr >> 4, 0);
  CHECK((bench.read(0, reg::icr, 0) & icr::remote_read) == icr::remote_read_in_progress);
  bench.run_to(39 * bus_cycle);
  CHECK((bench.read(0, reg::icr, 0) & icr::remote_read) == icr::remote_read_in_progress);
  bench.run_to(39 * bus_cycle + 1);
  CHECK((bench.read(0, reg::icr, 39 * bus_cycle) & icr::remote_read) == icr::remote_read_valid);
  CHECK(bench.read(0, reg::rrd, 39 * bus_cycle) == 0x37);
  bench.ipi(0, 0x0A000000, 0x4308, 10'000);
  bench.run_to(20'000);
  CHECK((bench.read(0, reg::icr, 20'000) & icr::remote_read) == 0);
}

TEST_CASE("An APIC that IA32_APIC_BASE disabled stays off the serial bus until reset, 11.4.3") {
  Bench bench;
  REQUIRE(bench.apics[2]->write_apic_base(0xFEE00000, 0));
  REQUIRE(bench.apics[2]->write_apic_base(0xFEE00800, 0));
  bench.write(2, reg::svr, 0x1FF, 0);
  bench.ipi(0, fixed_to_2, 0x4055, 0);
  bench.run_to(10'000);
  CHECK_FALSE(requested(bench, 2, 0x55, 10'000));
  CHECK(bench.errors(0, 10'000) == esr::send_accept);
  bench.apics[2]->reset();
  bench.write(2, reg::svr, 0x1FF, 10'000);
  bench.ipi(0, fixed_to_2, 0x4055, 10'000);
  bench.run_to(20'000);
  CHECK(requested(bench, 2, 0x55, 20'000));
}

TEST_CASE("Physical destinations have 4 bits, 15 is for all, SDM 11.6.2.1") {
  Bench bench;
  bench.ipi(0, 0x0F000000, 0x4055, 0);
  bench.ipi(0, 0x12000000, 0x4056, 0);
  bench.run_to(10'000);
  for (std::uint32_t cpu = 0; cpu < 4; ++cpu) {
    CHECK(requested(bench, cpu, 0x55, 10'000));
    CHECK(requested(bench, cpu, 0x56, 10'000) == (cpu == 2));
  }
}

TEST_CASE("A fabric with a serial bus takes no APIC without one, and the reverse") {
  const Timebase timebase(reference);
  Quiet quiet;
  InterruptFabric fabric("fabric", serial(1), timebase);
  LocalApicConfig config = p6(0);
  config.serial_bus = false;
  LocalApic apic(config, fabric, quiet);
  CHECK_THROWS_AS(fabric.attach(apic), std::invalid_argument);
}
