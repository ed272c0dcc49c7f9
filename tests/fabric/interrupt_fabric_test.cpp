#include "models/fabric/interrupt_fabric.h"

#include <tlm_utils/simple_initiator_socket.h>

#include <cstring>
#include <memory>

#include "models/apic/local_apic.h"
#include "models/fabric/initiator.h"
#include "tests/catch.h"

using namespace apicsim;

namespace {

constexpr Cycle same_core = 200;
constexpr Cycle same_socket = 900;
constexpr Cycle cross_socket = 1500;
constexpr Cycle msi_latency = 500;

/// Two sockets of two cores of two threads; CPU numbers go through all first threads first.
InterruptFabricConfig two_sockets() {
  InterruptFabricConfig config;
  config.latencies = {same_core, same_socket, cross_socket, msi_latency, 0};
  config.cpus = {{0, 0}, {0, 1}, {1, 0}, {1, 1}, {0, 0}, {0, 1}, {1, 0}, {1, 1}};
  return config;
}

struct Quiet : AttentionListener {
  void attention(std::uint32_t, Cycle) override {}
};

struct RecordingEoi : EoiTarget {
  std::vector<std::pair<std::uint8_t, Cycle>> eois;
  void eoi(std::uint8_t vector, Cycle at) override { eois.emplace_back(vector, at); }
};

/// Stands for the CPU or device that makes the accesses.
struct Port : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<Port> socket{"socket"};
  explicit Port(const sc_core::sc_module_name& name) : sc_module(name) {}
};

/// Real local APICs on a real fabric, with the APIC ids 0, 2, 32, 34, 1, 3, 33, 35.
struct Bench {
  Timebase timebase{3'000'000'000};
  InterruptFabric fabric{"fabric", two_sockets(), timebase};
  Quiet quiet;
  std::vector<std::unique_ptr<LocalApic>> apics;
  Port port{"port"};

  Bench() {
    const std::uint32_t ids[] = {0, 2, 32, 34, 1, 3, 33, 35};
    const Clock clock(100'000'000, 3'000'000'000);
    for (std::uint32_t cpu = 0; cpu < 8; ++cpu) {
      LocalApicConfig config{cpu, ids[cpu], cpu == 0, true, true, 0x15, 6, true, clock, clock};
      apics.push_back(std::make_unique<LocalApic>(config, fabric, quiet));
      fabric.attach(*apics.back());
      apics.back()->write_page(0xF0, 4, 0x1FF, 0);
    }
    port.socket.bind(fabric.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }

  /// Which CPUs hold `vector` in IRR, as a bit mask; IRR is emptied.
  unsigned receivers(std::uint8_t vector) {
    unsigned mask = 0;
    for (std::uint32_t cpu = 0; cpu < apics.size(); ++cpu) {
      apics[cpu]->advance(1'000'000);
      if (!apics[cpu]->requested(vector)) continue;
      mask |= 1u << cpu;
      while (apics[cpu]->interrupt_pending()) {
        apics[cpu]->acknowledge(1'000'000);
        apics[cpu]->write_page(0xB0, 4, 0, 1'000'000);
      }
    }
    return mask;
  }
  void ipi(std::uint32_t cpu, std::uint32_t high, std::uint32_t low, Cycle at = 0) {
    apics[cpu]->write_page(0x310, 4, high, at);
    apics[cpu]->write_page(0x300, 4, low, at);
  }
  tlm::tlm_response_status store(std::uint64_t address, std::uint32_t data, Initiator initiator,
                                 unsigned size = 4, Cycle at = 0) {
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&data));
    payload.set_data_length(size);
    payload.set_streaming_width(size);
    payload.set_extension(&initiator);
    sc_core::sc_time delay = timebase.to_sc_time(at);
    port.socket->b_transport(payload, delay);
    payload.clear_extension<Initiator>();
    return payload.get_response_status();
  }
};

const Initiator device{Initiator::Kind::device, 0x0100};
const Initiator cpu0{Initiator::Kind::cpu, 0};

const InterruptStatistics::Kind& fixed_ipis(const Bench& bench) {
  return bench.fabric.statistics().of(InterruptMessage::Source::ipi, DeliveryMode::fixed);
}

}  // namespace

TEST_CASE("An IPI in turn to each CPU reaches precisely that one, SDM 11.6.2.1") {
  Bench bench;
  const std::uint32_t ids[] = {0, 2, 32, 34, 1, 3, 33, 35};
  for (unsigned sender = 0; sender < 8; ++sender)
    for (unsigned receiver = 0; receiver < 8; ++receiver) {
      bench.ipi(sender, ids[receiver] << 24, 0x4050);
      REQUIRE(bench.receivers(0x50) == 1u << receiver);
    }
  CHECK(fixed_ipis(bench).sent == 64);
  CHECK(fixed_ipis(bench).delivered == 64);
}

TEST_CASE("IPIs arrive after the latency between the two CPUs: not a cycle before") {
  Bench bench;
  const std::pair<std::uint32_t, Cycle> rows[] = {
      {4, same_core}, {1, same_socket}, {5, same_socket}, {2, cross_socket}, {7, cross_socket}};
  const std::uint32_t ids[] = {0, 2, 32, 34, 1, 3, 33, 35};
  Cycle at = 1000;
  for (const auto& row : rows) {
    LocalApic& apic = *bench.apics[row.first];
    bench.ipi(0, ids[row.first] << 24, 0x4050, at);
    CHECK(apic.next_event() == at + row.second);
    apic.advance(at + row.second - 1);
    CHECK_FALSE(apic.requested(0x50));
    apic.advance(at + row.second);
    CHECK(apic.requested(0x50));
    at += 10'000;
  }
}

TEST_CASE("The sender's own copy does not travel: ten NMIs to itself are one, SDM 11.6.1") {
  Bench bench;
  for (Cycle at = 0; at < 10; ++at) bench.ipi(0, 0, 0x4400, at);
  LocalApic& apic = *bench.apics[0];
  CHECK(apic.nmi_pending());
  CHECK(apic.next_event() == never);
  CHECK(apic.counters().merged == 9);
  bench.ipi(0, 0xFF000000, 0x4050, 100);
  CHECK(apic.requested(0x50));
  CHECK(bench.apics[4]->next_event() == 100 + same_core);
}

TEST_CASE("Shorthands: all including self, all but self, once each, SDM 11.6.1") {
  Bench bench;
  bench.ipi(3, 0, 0x000840CF);
  CHECK(bench.receivers(0xCF) == 0xFF);
  bench.ipi(3, 0, 0x000C40CF);
  CHECK(bench.receivers(0xCF) == 0xF7);
  CHECK(fixed_ipis(bench).delivered == 15);
}

TEST_CASE("Physical and logical broadcasts reach every CPU with the sender, SDM 11.6.2") {
  Bench bench;
  bench.ipi(3, 0xFF000000, 0x40CF);
  CHECK(bench.receivers(0xCF) == 0xFF);
  bench.ipi(3, 0xFF000000, 0x48CF);
  CHECK(bench.receivers(0xCF) == 0xFF);
}

TEST_CASE("A destination that names nobody is dropped and counted") {
  Bench bench;
  bench.ipi(0, 0x77000000, 0x4050);
  CHECK(bench.receivers(0x50) == 0);
  CHECK(fixed_ipis(bench).dropped == 1);
  CHECK(fixed_ipis(bench).delivered == 0);
}

TEST_CASE("Logical destinations follow LDR at once when it changes, SDM 11.6.2.2") {
  Bench bench;
  bench.ipi(0, 0x04000000, 0x4850);
  CHECK(bench.receivers(0x50) == 0);
  bench.apics[6]->write_page(0xD0, 4, 0x04000000, 0);
  bench.ipi(0, 0x04000000, 0x4850);
  CHECK(bench.receivers(0x50) == 0x40);
  bench.apics[1]->write_page(0xD0, 4, 0x05000000, 0);
  bench.ipi(0, 0x04000000, 0x4850);
  CHECK(bench.receivers(0x50) == 0x42);
}

TEST_CASE("CPUs that share an APIC ID all receive, SDM 11.6.2.1") {
  Bench bench;
  bench.ipi(0, 0x02000000, 0x4050);
  CHECK(bench.receivers(0x50) == 0x02);
  bench.apics[6]->write_page(0x20, 4, 0x02000000, 0);
  bench.ipi(0, 0x02000000, 0x4050);
  CHECK(bench.receivers(0x50) == 0x42);
}

TEST_CASE("Mixed modes: xAPIC and x2APIC CPUs reach each other, SDM 11.12.9") {
  Bench bench;
  LocalApic& x2 = *bench.apics[2];
  REQUIRE(x2.write_apic_base(0xFEE00C00, 0));
  bench.ipi(0, 32u << 24, 0x4050);
  CHECK(bench.receivers(0x50) == 0x04);
  REQUIRE(x2.write_msr(0x830, std::uint64_t{35} << 32 | 0x50, 0));
  CHECK(bench.receivers(0x50) == 0x80);
  REQUIRE(x2.write_msr(0x830, 0xFFFFFFFF'00000050ull, 0));
  CHECK(bench.receivers(0x50) == 0xFF);
  REQUIRE(x2.write_msr(0x830, 0x000000FF'00000050ull, 0));
  CHECK(bench.receivers(0x50) == 0);
  bench.ipi(0, 0xFF000000, 0x4050);
  CHECK(bench.receivers(0x50) == 0xFF);
}

TEST_CASE("A CPU that leaves or disables its APIC is no destination any more, SDM 11.4.3") {
  Bench bench;
  bench.ipi(0, 0x02000000, 0x4050);
  CHECK(bench.receivers(0x50) == 0x02);
  REQUIRE(bench.apics[1]->write_apic_base(0xFEE00000, 0));
  bench.ipi(0, 0x02000000, 0x4050);
  CHECK(bench.receivers(0x50) == 0);
  CHECK(fixed_ipis(bench).dropped == 1);
}

TEST_CASE("Lowest priority goes to the smallest TPR class, SDM 11.6.2.4") {
  Bench bench;
  for (std::uint32_t cpu = 0; cpu < 8; ++cpu)
    bench.apics[cpu]->write_page(0x80, 4, cpu == 5 ? 0x10 : 0x20, 0);
  bench.ipi(0, 0xFF000000, 0x4161);
  CHECK(bench.receivers(0x61) == 0x20);
}

TEST_CASE("Lowest priority among equals: the CPU with index vector mod n") {
  Bench bench;
  for (unsigned vector = 0x40; vector < 0x60; ++vector) {
    bench.ipi(0, 0xFF000000, 0x4100 | vector);
    REQUIRE(bench.receivers(static_cast<std::uint8_t>(vector)) == 1u << vector % 8);
  }
}

TEST_CASE("INIT and SIPI to all but self, as an operating system starts its CPUs, SDM 8.4.4") {
  Bench bench;
  bench.ipi(0, 0, 0x000C4500, 0);
  bench.ipi(0, 0, 0x000C069A, 30'000);
  for (std::uint32_t cpu = 0; cpu < 8; ++cpu) {
    bench.apics[cpu]->advance(100'000);
    CHECK(bench.apics[cpu]->init_pending() == (cpu != 0));
    CHECK(bench.apics[cpu]->start_up_vector().has_value() == (cpu != 0));
  }
}

TEST_CASE("A device write to 0xFEExxxxx is an interrupt after the MSI latency, SDM 11.11") {
  Bench bench;
  CHECK(bench.store(0xFEE20000, 0x00F1, device, 4, 700) == tlm::TLM_OK_RESPONSE);
  CHECK(bench.apics[2]->next_event() == 700 + msi_latency);
  CHECK(bench.receivers(0xF1) == 0x04);
}

TEST_CASE("With the redirection hint one of the logical destinations receives, SDM 11.11.1") {
  Bench bench;
  for (std::uint32_t cpu = 0; cpu < 8; ++cpu)
    bench.apics[cpu]->write_page(0xD0, 4, 1u << (24 + cpu), 0);
  bench.store(0xFEE00004 | 0x0E << 12, 0x50, device);
  CHECK(bench.receivers(0x50) == 0x0E);
  bench.store(0xFEE0000C | 0x0E << 12, 0x50, device);
  CHECK(bench.receivers(0x50) == 1u << (1 + 0x50 % 3));
}

TEST_CASE("What is no interrupt in the window is dropped, counted and answered, SDM 11.11") {
  Bench bench;
  CHECK(bench.store(0xFEE02000, 0x50, cpu0) == tlm::TLM_OK_RESPONSE);
  CHECK(bench.store(0xFEE02000, 0x50, device, 2) == tlm::TLM_OK_RESPONSE);
  CHECK(bench.store(0xFEE02000, 0x0350, device) == tlm::TLM_OK_RESPONSE);
  CHECK(bench.store(0xFEE02000, 0x8050, device) == tlm::TLM_OK_RESPONSE);
  CHECK(bench.receivers(0x50) == 0);
  CHECK(bench.fabric.statistics().not_interrupts == 4);
}

TEST_CASE("Reads of the window give all ones") {
  Bench bench;
  std::uint32_t data = 0;
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_address(0xFEE00020);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&data));
  payload.set_data_length(4);
  payload.set_streaming_width(4);
  sc_core::sc_time delay;
  bench.port.socket->b_transport(payload, delay);
  CHECK(data == 0xFFFFFFFF);
}

TEST_CASE("EOIs of level-triggered interrupts go to all I/O APICs, SDM 11.8.5") {
  Bench bench;
  RecordingEoi first;
  RecordingEoi second;
  bench.fabric.attach_eoi(first);
  bench.fabric.attach_eoi(second);
  bench.store(0xFEE00000, 0xC066, device);
  bench.apics[0]->advance(10'000);
  CHECK(bench.apics[0]->acknowledge(10'000) == 0x66);
  bench.apics[0]->write_page(0xB0, 4, 0, 10'050);
  REQUIRE(first.eois.size() == 1);
  CHECK(first.eois[0] == std::make_pair(std::uint8_t{0x66}, Cycle{10'050}));
  CHECK(second.eois == first.eois);
}

TEST_CASE("SMI travels as an IPI and as a device's write, SDM 11.6.1, 11.11.2") {
  Bench bench;
  bench.ipi(0, 0x02000000, 0x4200, 0);
  bench.store(0xFEE03000, 0x0200, device, 4, 0);
  for (auto& apic : bench.apics) apic->advance(10'000);
  CHECK(bench.apics[1]->smi_pending());
  CHECK(bench.apics[5]->smi_pending());
  CHECK_FALSE(bench.apics[0]->smi_pending());
}

TEST_CASE("The fabric has no more places than its configuration says") {
  Bench bench;
  CHECK_THROWS_AS(bench.fabric.attach(*bench.apics[0]), std::length_error);
}

TEST_CASE("More destinations than the fabric remembers are still routed right") {
  Bench bench;
  LocalApic& x2 = *bench.apics[0];
  REQUIRE(x2.write_apic_base(0xFEE00D00, 0));
  for (std::uint32_t destination = 100; destination < 10'000; ++destination)
    REQUIRE(x2.write_msr(0x830, std::uint64_t{destination} << 32 | 0x50, 0));
  CHECK(fixed_ipis(bench).dropped == 9'900);
  REQUIRE(x2.write_msr(0x830, std::uint64_t{33} << 32 | 0x50, 0));
  CHECK(bench.receivers(0x50) == 0x40);
}
