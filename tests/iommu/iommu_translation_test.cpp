// The way of a device's requests through DMA remapping: split at pages, refused, delayed, answered.
#include "models/fabric/spec/translation_completion.h"
#include "models/iommu/iommu.h"
#include "tests/catch.h"
#include "tests/iommu/vtd_bench.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint64_t root = 0x100000, context = 0x101000, table = 0x110000;
constexpr std::uint16_t requester = 0x2010;

VtdUnit::Config costly() {
  VtdUnit::Config config = gen8();
  config.extended.coherent = true;
  config.extended.device_tlb = true;
  config.lookup = 5;
  config.structure_read = 100;
  return config;
}

/// The device's pages 0 and 2 lie at 200000h and 300000h, page 1 nowhere; 600000h ff. is of 2 MiB.
struct Machine {
  Timebase timebase{1'000'000'000};
  PhysicalMemory memory{"memory", {{0, 16u << 20}}};
  PhysicalMemory tables{"tables", {{0, 16u << 20}}};
  SentInterrupts sent;
  VtdUnit unit{"unit", timebase, costly(), sent};
  Iommu iommu{"iommu", timebase};
  BusDriver registers{"registers"};
  BusDriver device;

  explicit Machine(RequestTag tag = {}) : device("device", initiator(tag)) {
    iommu.wire(unit, requester, requester);
    device.socket.bind(iommu.in);
    iommu.out.bind(memory.socket);
    unit.dma.socket.bind(tables.socket);
    registers.socket.bind(unit.socket);
    elaborate();
    poke(root + (requester >> 8) * 16, context | 1);
    poke(context + (requester & 0xFF) * 16, table | 1 << 2 | 1);
    poke(context + (requester & 0xFF) * 16 + 8, 1 << 8 | 2);
    poke(table, (table + 0x1000) | 3);
    poke(table + 0x1000, (table + 0x2000) | 3);
    poke(table + 0x2000, (table + 0x3000) | 3);
    poke(table + 0x2000 + 3 * 8, 0x800000 | 0x83);
    poke(table + 0x3000, 0x200000 | 3);
    poke(table + 0x3000 + 2 * 8, 0x300000 | 1);
    registers.write<std::uint64_t>(0x20, root);
    registers.write<std::uint32_t>(0x18, 0x40000000);
    registers.write<std::uint32_t>(0x18, 0x80000000);
  }
  static Initiator initiator(RequestTag tag) {
    Initiator from(Initiator::Kind::device, requester);
    from.tag = tag;
    return from;
  }
  void poke(std::uint64_t address, std::uint64_t value) { tables.write_value(address, value); }
};

RequestTag asking() {
  RequestTag tag;
  tag.address_type = RequestTag::AddressType::translation_request;
  return tag;
}

}  // namespace

TEST_CASE("A request goes to the page that the tables name") {
  Machine machine;
  machine.device.write<std::uint32_t>(0x10, 0x12345678);
  CHECK(machine.device.status == tlm::TLM_OK_RESPONSE);
  CHECK(machine.memory.read_value<std::uint32_t>(0x200010) == 0x12345678);
  machine.memory.write_value<std::uint16_t>(0x300002, 0x55AA);
  CHECK(machine.device.read<std::uint16_t>(0x2002) == 0x55AA);
}

TEST_CASE("A request across pages is one for each: those that are allowed are carried out") {
  Machine machine;
  std::vector<unsigned char> bytes(0x3000, 0x77);
  machine.device.transfer(tlm::TLM_WRITE_COMMAND, 0, bytes.data(), 0x3000);
  CHECK(machine.device.status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(machine.memory.read_value<std::uint8_t>(0x200FFF) == 0x77);
  CHECK(machine.memory.read_value<std::uint8_t>(0x201000) == 0);
  CHECK(machine.memory.read_value<std::uint8_t>(0x300000) == 0);  // read only
  machine.device.transfer(tlm::TLM_READ_COMMAND, 0, bytes.data(), 0x3000);
  CHECK(bytes[0xFFF] == 0x77);
  CHECK(bytes[0x1000] == 0xFF);
  CHECK(bytes[0x1FFF] == 0xFF);
  CHECK(bytes[0x2000] == 0);
}

TEST_CASE("Byte enables go with their pages") {
  Machine machine;
  machine.poke(table + 0x3000 + 8, 0x400000 | 3);
  std::vector<unsigned char> bytes(8, 0x33), enables = {0xFF, 0, 0};
  machine.device.transfer(tlm::TLM_WRITE_COMMAND, 0xFFC, bytes.data(), 8, enables.data(), 3);
  CHECK(machine.device.status == tlm::TLM_OK_RESPONSE);
  CHECK(machine.memory.read_value<std::uint32_t>(0x200FFC) == 0x33000033);
  CHECK(machine.memory.read_value<std::uint32_t>(0x400000) == 0x00330000);
}

TEST_CASE("A blocked read is all ones and fails, and the fault is recorded") {
  Machine machine;
  CHECK(machine.device.read<std::uint32_t>(0x1004) == 0xFFFFFFFF);
  CHECK(machine.device.status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(machine.registers.read<std::uint64_t>(0x100) == 0x1000);
  CHECK(machine.registers.read<std::uint64_t>(0x108) == (0xC000000600000000 | requester));
}

TEST_CASE("Walking costs its reads, a remembered translation its look-up") {
  Machine machine;
  const auto cost = [&] {
    std::uint32_t word = 0;
    tlm::tlm_generic_payload payload;
    Initiator from(Initiator::Kind::device, requester);
    payload.set_read();
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
    payload.set_data_length(sizeof word);
    payload.set_streaming_width(sizeof word);
    payload.set_extension(&from);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    machine.device.socket->b_transport(payload, delay);
    payload.clear_extension(&from);
    return machine.timebase.now(delay) - machine.timebase.now(sc_core::SC_ZERO_TIME);
  };
  CHECK(cost() == 605);
  CHECK(cost() == 5);
}

TEST_CASE("A translation request is answered with an entry for each page (PCIe 10.2.3)") {
  Machine machine(asking());
  std::uint64_t entries[3] = {1, 1, 1};
  machine.device.transfer(tlm::TLM_READ_COMMAND, 0, entries, 8);
  CHECK(entries[0] == (0x200000 | ats::entry_read | ats::entry_write));
  machine.device.transfer(tlm::TLM_READ_COMMAND, 0x2000, entries, 8);
  CHECK(entries[0] == (0x300000 | ats::entry_read));
  machine.device.transfer(tlm::TLM_READ_COMMAND, 0, entries, 24);
  CHECK(entries[1] == 0);
  CHECK(machine.device.status == tlm::TLM_OK_RESPONSE);
  machine.device.transfer(tlm::TLM_READ_COMMAND, 0x612000, entries, 8);
  CHECK(ats::entry_bytes(entries[0]) == 0x200000);
  CHECK(ats::entry_base(entries[0]) == 0x800000);
  CHECK(machine.registers.read<std::uint32_t>(0x34) == 0);
}

TEST_CASE("Translation requests to the interrupt range: writable, untranslated only (3.14)") {
  Machine machine(asking());
  std::uint64_t entry = 0;
  machine.device.transfer(tlm::TLM_READ_COMMAND, 0xFEE00000, &entry, 8);
  CHECK(entry == (0xFEE00000 | ats::entry_write | ats::entry_untranslated_only));
}

TEST_CASE("Damaged tables abort a translation request, what is not set up is unsupported") {
  Machine machine(asking());
  std::uint64_t entry = 0;
  machine.poke(table + 0x3000, 0x200000 | 3 | 1ull << 50);
  machine.device.transfer(tlm::TLM_READ_COMMAND, 0, &entry, 8);
  CHECK(machine.device.status == tlm::TLM_GENERIC_ERROR_RESPONSE);
  machine.registers.write<std::uint32_t>(0x18, 0);
  machine.device.transfer(tlm::TLM_READ_COMMAND, 0, &entry, 8);
  CHECK(machine.device.status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
}
