#include "models/iommu/iommu.h"

#include "tests/catch.h"
#include "tests/iommu/vtd_bench.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

/// Two units: buses 20h..3Fh, and the rest. Behind them memory.
struct Machine {
  Timebase timebase{1'000'000'000};
  PhysicalMemory memory{"memory", {{0, 16u << 20}}};
  PhysicalMemory tables{"tables", {{0, 16u << 20}}};
  SentInterrupts first_sent, second_sent;
  VtdUnit first{"first", timebase, gen8(), first_sent};
  VtdUnit second{"second", timebase, gen8(), second_sent};
  Iommu iommu{"iommu", timebase};
  PhysicalMemory spare{"spare", {{0, 1u << 20}}};
  BusDriver registers{"registers"}, other{"other"};
  BusDriver device;

  explicit Machine(Initiator initiator) : device("device", initiator) {
    iommu.add(first, 0x20, 0x3F);
    iommu.add(second, 0, 0xFF);
    device.socket.bind(iommu.in);
    iommu.out.bind(memory.socket);
    first.dma.socket.bind(tables.socket);
    second.dma.socket.bind(spare.socket);
    registers.socket.bind(first.socket);
    other.socket.bind(second.socket);
    elaborate();
    const std::uint64_t entry = 0x410001;
    std::memcpy(tables.host(0x1000), &entry, sizeof entry);
    registers.write<std::uint64_t>(0xB8, 0x1000);
    registers.write<std::uint32_t>(0x18, 0x01000000);
    registers.write<std::uint32_t>(0x18, 0x02000000);
  }
};

Initiator from(std::uint32_t requester) { return {Initiator::Kind::device, requester}; }

}  // namespace

TEST_CASE("A device's interrupt request goes through the unit of its bus") {
  Machine machine(from(0x2000));
  machine.device.write<std::uint32_t>(0xFEE00010, 0);
  CHECK(machine.device.status == tlm::TLM_OK_RESPONSE);
  CHECK(machine.first_sent.sent.size() == 1);
  CHECK(machine.first.statistics().remapped == 1);
}

TEST_CASE("The last bus of a unit is its own, the next one is not") {
  Machine machine(from(0x3FFF));
  machine.device.write<std::uint32_t>(0xFEE00010, 0);
  CHECK(machine.first_sent.sent.size() == 1);
}

TEST_CASE("Where the bus's unit does not remap, the request passes on as it is") {
  Machine machine(from(0x4000));
  machine.device.write<std::uint32_t>(0xFEE00010, 0);
  CHECK(machine.first_sent.sent.empty());
  CHECK(machine.second_sent.sent.empty());
  CHECK(machine.device.status == tlm::TLM_ADDRESS_ERROR_RESPONSE);  // there is memory only
}

TEST_CASE("A blocked request looks to its sender as any other posted write") {
  Machine machine(from(0x2000));
  machine.device.write<std::uint32_t>(0xFEE01000, 0x41);
  CHECK(machine.device.status == tlm::TLM_OK_RESPONSE);
  CHECK(machine.first_sent.sent.empty());
  CHECK(machine.first.statistics().blocked == 1);
}

TEST_CASE("Reads, other widths and other addresses are no interrupt requests") {
  Machine machine(from(0x2000));
  machine.device.read<std::uint32_t>(0xFEE00010);
  machine.device.write<std::uint64_t>(0xFEE00010, 0);
  machine.device.write<std::uint16_t>(0xFEE00010, 0);
  machine.device.write<std::uint32_t>(0xFEDFFFFC, 0);
  machine.device.write<std::uint32_t>(0xFEF00000, 0);
  CHECK(machine.first_sent.sent.empty());
  machine.device.write<std::uint32_t>(0x1234, 0x55AA);
  CHECK(machine.device.read<std::uint32_t>(0x1234) == 0x55AA);
}

TEST_CASE("What a CPU writes to the window is never remapped") {
  Machine machine({Initiator::Kind::cpu, 0x2000});
  machine.device.write<std::uint32_t>(0xFEE00010, 0);
  CHECK(machine.first_sent.sent.empty());
}
