#include <algorithm>
#include <cstring>

#include "models/fabric/address_map.h"
#include "naive_tables.h"
#include "tests/catch.h"
#include "tests/iommu/vtd_bench.h"

// A device that reads and writes anywhere, through a unit whose tables lie in the memory that it
// changes: what arrives where is held against the naive reading of the tables, byte by byte.

namespace apicsim {
namespace {

using namespace testing;

constexpr std::uint64_t memory_size = RandomTables::pages * RandomTables::page;

VtdUnit::Config unit_config() {
  VtdUnit::Config config = gen8();
  config.capability.domains = 6;
  config.capability.page_walks = 6;
  config.capability.guest_width = 47;
  config.capability.large_pages = 3;
  config.extended.device_tlb = config.extended.snoop_control = false;
  config.host_address_width = RandomTables::host_width;
  return config;
}

class Machine {
 public:
  explicit Machine(std::uint32_t seed) : m_tables(seed) {
    m_iommu.add(m_unit, 0, 0xFF);
    m_device.socket.bind(m_iommu.in);
    m_iommu.out.bind(m_map.in);
    m_unit.dma.socket.bind(m_map.in);
    m_registers.socket.bind(m_unit.socket);
    AddressRegion region;
    region.size = memory_size;
    region.name = "memory";
    region.target = m_map.connect(m_memory.socket);
    m_map.add(region);
    elaborate();
    copy_tables();
    m_registers.write<std::uint64_t>(0x20, RandomTables::root);
    m_registers.write<std::uint32_t>(0x18, 0x40000000);
    m_registers.write<std::uint32_t>(0x18, 0x80000000);
  }

  RandomTables& tables() { return m_tables; }
  void set_source(std::uint16_t source) { m_device.set_requester_id(source); }

  /// By registers: all contexts, all translations.
  void invalidate() {
    m_registers.write<std::uint64_t>(0x28, std::uint64_t{5} << 61);
    m_registers.write<std::uint64_t>(0x208, std::uint64_t{9} << 60);
  }
  void mutate() {
    m_tables.mutate(5);
    copy_tables();
  }

  bool transfer(bool write, std::uint64_t address, std::vector<std::uint8_t>& data) {
    sc_core::sc_time delay;
    const auto length = static_cast<unsigned>(data.size());
    const auto status = write ? m_device.write(address, data.data(), length, delay)
                              : m_device.read(address, data.data(), length, delay);
    return status == tlm::TLM_OK_RESPONSE;
  }
  /// The memory is what the tables say that it is.
  bool is_as_expected() {
    for (std::uint64_t at = 0; at < memory_size; at += 8) {
      std::uint64_t value;
      std::memcpy(&value, m_memory.host(at), sizeof value);
      if (value != *m_tables.word(at)) return false;
    }
    return true;
  }

 private:
  void copy_tables() {
    for (std::uint64_t at = 0; at < memory_size; at += 8) {
      const std::uint64_t value = *m_tables.word(at);
      std::memcpy(m_memory.host(at), &value, sizeof value);
    }
  }

  RandomTables m_tables;
  Timebase m_timebase{1'000'000'000};
  PhysicalMemory m_memory{"memory", {{0, memory_size}}};
  AddressMap m_map{"map", std::uint64_t{1} << 46, AddressMap::UnmodelledPolicy::report};
  SentInterrupts m_sent;
  VtdUnit m_unit{"unit", m_timebase, unit_config(), m_sent};
  Iommu m_iommu{"iommu", m_timebase};
  BusDriver m_registers{"registers"};
  DmaPort m_device{"device", 0};
};

/// What becomes of each byte of a transfer, page by page.
struct Expected {
  bool succeeds = true;
  std::vector<std::uint8_t> read;
};

Expected expect(Machine& machine, const DmaConfig& unit, const DmaRequest& first,
                const std::vector<std::uint8_t>& data) {
  Expected expected;
  std::vector<std::pair<std::uint64_t, std::uint8_t>> written;
  for (std::size_t n = 0; n < data.size(); ++n) {
    DmaRequest request = first;
    request.address += n;
    const NaiveVerdict verdict = naive_translation(machine.tables(), unit, request);
    const bool in_memory = verdict.passes() && verdict.address < memory_size;
    if (!verdict.passes() || (!first.write && !in_memory)) expected.succeeds = false;
    if (first.write && in_memory) written.emplace_back(verdict.address, data[n]);
    expected.read.push_back(in_memory ? machine.tables().byte(verdict.address) : 0xFF);
  }
  for (const auto& [address, value] : written) machine.tables().put_byte(address, value);
  return expected;
}

void fuzz(std::uint32_t seed) {
  Machine machine(seed);
  const VtdUnit::Config config = unit_config();
  DmaConfig unit;
  unit.capability = config.capability;
  unit.extended = config.extended;
  unit.host_address_width = config.host_address_width;
  unsigned succeeded = 0, failed = 0;
  for (unsigned n = 0; n < 3000; ++n) {
    RandomTables& tables = machine.tables();
    if (n % 50 == 49) machine.mutate();
    machine.invalidate();
    DmaRequest request;
    request.source = RandomTables::sources[tables.number(0, RandomTables::sources.size() - 1)];
    request.write = tables.chance(30);
    request.address = tables.address() + tables.number(0, 7);
    if (request.address >> 20 == 0xFEE || request.address > ~std::uint64_t{0} - 4096) continue;
    if (tables.chance(10)) request.address |= 0xFC0;
    // A write stays within its page, so that it cannot change the way of its own rest.
    const std::uint64_t rest = 4096 - request.address % 4096;
    std::vector<std::uint8_t> data(
        tables.number(1, request.write ? std::min<std::uint64_t>(rest, 24) : 200));
    for (std::uint8_t& byte : data) byte = static_cast<std::uint8_t>(tables.number(0, 255));
    machine.set_source(request.source);
    const Expected expected = expect(machine, unit, request, data);
    const bool done = machine.transfer(request.write, request.address, data);
    INFO("seed " << seed << " request " << n << std::hex << " address " << request.address);
    done ? ++succeeded : ++failed;
    REQUIRE(done == expected.succeeds);
    if (!request.write) REQUIRE(data == expected.read);
    if (request.write || n % 100 == 0) REQUIRE(machine.is_as_expected());
  }
  CHECK(succeeded > 100);
  CHECK(failed > 100);
}

}  // namespace

TEST_CASE("A device reaches what its tables give it, even where it writes the tables (VT-d §3)") {
  fuzz(1);
}

TEST_CASE("A device reaches what its tables give it, with other random tables (VT-d §3)") {
  fuzz(4711);
}

}  // namespace apicsim
