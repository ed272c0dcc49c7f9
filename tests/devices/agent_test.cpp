// The agent function, agents without a function, and functions that act by themselves.
#include "models/devices/agent/agent_function.h"

#include "models/devices/agent/bus_agent.h"
#include "models/devices/management/management_function.h"
#include "models/fabric/spec/translation_completion.h"
#include "tests/catch.h"
#include "tests/devices/endpoint_bench.h"

using namespace apicsim;

namespace {

/// The root complex as an agent sees it: translates one page, remembers what was said of requests.
struct Translator : sc_core::sc_module, AddressTranslationService {
  struct Seen {
    std::uint64_t address;
    std::uint32_t requester;
    RequestTag tag;
    bool write;
  };
  tlm_utils::simple_target_socket<Translator> socket{"socket"};
  std::vector<Seen> seen;
  std::vector<PageRequest> requests;
  std::uint64_t entry = 0;
  bool refuses_translated = false;

  explicit Translator(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_b_transport(this, &Translator::b_transport);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    using Type = RequestTag::AddressType;
    const auto* initiator = payload.get_extension<Initiator>();
    seen.push_back({payload.get_address(), initiator->id, initiator->tag, payload.is_write()});
    const bool translated = initiator->tag.address_type == Type::translated;
    if (initiator->tag.address_type == Type::translation_request)
      std::memcpy(payload.get_data_ptr(), &entry, sizeof entry);
    payload.set_response_status(translated && refuses_translated ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                                                                 : tlm::TLM_OK_RESPONSE);
  }
  void page_request(const PageRequest& request, Cycle) override { requests.push_back(request); }
  void stray_completion(std::uint16_t, std::uint32_t, Cycle) override {}
};

struct Bench {
  Timebase timebase{1'000'000'000};
  Translator host{"host"};
  AgentFunction device{"device", timebase, {6, 0, 0}, PciIdentity{}, {}};
  BusDriver registers{"registers"}, table{"table"};
  Cycle now = 0;

  Bench() {
    device.dma.socket.bind(host.socket);
    registers.socket.bind(device.registers.socket);
    table.socket.bind(device.msix.socket);
    device.set_service(&host);
    elaborate();
    device.write_config(command_register, 2, 0x6, 0);
    const unsigned ats = find_extended_capability(device, pci::ats_capability_id);
    const unsigned pri = find_extended_capability(device, pci::page_request_capability_id);
    device.write_config(ats + 6, 2, 0x8000, 0);
    device.write_config(pri + 12, 4, 8, 0);
    device.write_config(pri + 4, 2, 1, 0);
  }
  std::uint32_t in(std::uint64_t offset) { return registers.read<std::uint32_t>(offset); }
  void out(std::uint64_t offset, std::uint32_t value) { registers.write(offset, value); }
  agent::Result access(std::uint64_t address, std::uint32_t kind, std::uint32_t length = 8) {
    registers.write<std::uint64_t>(agent::address, address);
    out(agent::length, length);
    out(agent::kind, kind);
    out(agent::start, 1);
    wait();
    return static_cast<agent::Result>(in(agent::result));
  }
  void wait(Cycle cycles = 1000) {
    now += cycles;
    run_to(timebase, now);
  }
};

constexpr std::uint32_t by_ats = agent::kind_write | agent::kind_translate;

}  // namespace

TEST_CASE("Agent: extended capabilities for ATS, PRI and PASID, and nothing beyond 4096 bytes") {
  Bench bench;
  const unsigned ats = find_extended_capability(bench.device, pci::ats_capability_id);
  const unsigned pri = find_extended_capability(bench.device, pci::page_request_capability_id);
  const unsigned pasid = find_extended_capability(bench.device, pci::pasid_capability_id);
  CHECK(ats == 0x100);
  CHECK(bench.device.read_config(ats + 4, 2) == 0x20);
  CHECK(bench.device.read_config(pri + 6, 2) == 0x100);
  CHECK(bench.device.read_config(pri + 8, 4) == 32);
  CHECK(bench.device.read_config(pasid + 4, 2) == 0x1406);
  CHECK(bench.device.read_config(0xFFC, 4) == 0);
  CHECK(bench.device.read_config(0x1000, 4) == 0xFFFFFFFF);
}

TEST_CASE("Agent: what it is told to say of a request, it says, under whatever requester id") {
  Bench bench;
  CHECK(bench.access(0x1234, agent::kind_write) == agent::Result::done);
  CHECK(bench.host.seen[0].address == 0x1234);
  CHECK(bench.host.seen[0].requester == 0x600);
  CHECK(bench.host.seen[0].write);
  bench.out(agent::pasid, 0x54321);
  bench.out(agent::requester, agent::requester_valid | 0x107);
  CHECK(bench.access(0x5000, agent::kind_pasid | agent::kind_privileged | agent::kind_execute) ==
        agent::Result::done);
  CHECK(bench.host.seen[1].requester == 0x107);
  CHECK(bench.host.seen[1].tag.has_pasid);
  CHECK(bench.host.seen[1].tag.pasid == 0x54321);
  CHECK(bench.host.seen[1].tag.privileged);
  CHECK(bench.host.seen[1].tag.execute);
  bench.out(agent::requester, 0);
  bench.host.refuses_translated = true;
  CHECK(bench.access(0x5000, agent::kind_translated) == agent::Result::refused);
  CHECK(bench.host.seen[2].requester == 0x600);
  CHECK((bench.device.read_config(status_register, 2) & 0x2000) != 0);
}

TEST_CASE("Agent: a series has its number, stride and period, and ends when it is told to") {
  Bench bench;
  bench.out(agent::count, 3);
  bench.out(agent::period, 100);
  bench.registers.write<std::uint64_t>(agent::stride, 0x1000);
  bench.access(0x8000, 0);
  REQUIRE(bench.host.seen.size() == 3);
  CHECK(bench.host.seen[2].address == 0xA000);
  CHECK(bench.in(agent::accesses_done) == 3);
  bench.out(agent::count, 1000);
  bench.out(agent::start, 1);
  bench.wait(250);
  CHECK((bench.in(agent::status)&agent::status_busy) != 0);
  bench.out(agent::start, 0);
  const std::size_t made = bench.host.seen.size();
  bench.wait(1000);
  CHECK(bench.host.seen.size() == made);
}

TEST_CASE("Agent: a translation is asked for once and kept until it is invalidated") {
  Bench bench;
  bench.host.entry = 0x7000 | ats::entry_read | ats::entry_write;
  CHECK(bench.access(0x4010, by_ats) == agent::Result::done);
  REQUIRE(bench.host.seen.size() == 2);
  CHECK(bench.host.seen[0].tag.address_type == RequestTag::AddressType::translation_request);
  CHECK(bench.host.seen[0].address == 0x4000);
  CHECK(bench.host.seen[1].tag.address_type == RequestTag::AddressType::translated);
  CHECK(bench.host.seen[1].address == 0x7010);
  CHECK(bench.in(agent::tlb_valid) == 1);
  bench.access(0x4020, by_ats);
  CHECK(bench.host.seen.size() == 3);
  DeviceTlbInvalidation other;
  other.address = 0x5000;
  CHECK(bench.device.invalidate_device_tlb(other, bench.now) == bench.now);
  CHECK(bench.in(agent::tlb_valid) == 1);
  DeviceTlbInvalidation same;
  same.address = 0x4000;
  same.size_log2 = 13;
  CHECK(bench.device.invalidate_device_tlb(same, bench.now).has_value());
  CHECK(bench.in(agent::tlb_valid) == 0);
  CHECK(bench.in(agent::invalidations) == 2);
  bench.access(0x4020, by_ats);
  CHECK(bench.host.seen.size() == 5);
}

TEST_CASE("Agent: a large translation holds for all of its pages, and a silent agent never answers") {
  Bench bench;
  // 2 MiB: bits 19:12 one, bit 20 zero.
  bench.host.entry = 0x400FF000 | ats::entry_large | ats::entry_read | ats::entry_write;
  CHECK(bench.access(0x200010, by_ats) == agent::Result::done);
  CHECK(bench.host.seen[1].address == 0x40000010);
  CHECK(bench.access(0x3FFFF0, by_ats) == agent::Result::done);
  REQUIRE(bench.host.seen.size() == 3);
  CHECK(bench.host.seen[2].address == 0x401FFFF0);
  bench.out(agent::behaviour, agent::behaviour_silent | agent::behaviour_keeps);
  DeviceTlbInvalidation all;
  all.size_log2 = 64;
  CHECK_FALSE(bench.device.invalidate_device_tlb(all, bench.now).has_value());
  CHECK(bench.in(agent::tlb_valid) == 1);
}

TEST_CASE("Agent: without a translation it asks for the page and tries again after the response") {
  Bench bench;
  CHECK(bench.access(0x4010, by_ats) == agent::Result::no_translation);
  bench.access(0x4010, by_ats | agent::kind_page_request);
  CHECK((bench.in(agent::status)&agent::status_waits) != 0);
  REQUIRE(bench.host.requests.size() == 1);
  CHECK(bench.host.requests[0].source == 0x600);
  CHECK(bench.host.requests[0].address == 0x4000);
  CHECK(bench.host.requests[0].write);
  CHECK(bench.host.requests[0].last);
  bench.host.entry = 0x7000 | ats::entry_read | ats::entry_write;
  PageGroupResponse response;
  response.group = bench.host.requests[0].group;
  bench.device.page_group_response(response, bench.now);
  bench.wait();
  CHECK(bench.in(agent::result) == static_cast<std::uint32_t>(agent::Result::done));
  CHECK(bench.in(agent::last_response) == agent::response_valid);
  const unsigned pri = find_extended_capability(bench.device, pci::page_request_capability_id);
  bench.device.page_group_response(response, bench.now);
  CHECK((bench.device.read_config(pri + 6, 2) & 2) != 0);
}

TEST_CASE("Agent: a refused page request ends the access") {
  Bench bench;
  bench.access(0x4010, by_ats | agent::kind_page_request);
  PageGroupResponse response;
  response.group = bench.host.requests.at(0).group;
  response.code = 1;
  bench.device.page_group_response(response, bench.now);
  CHECK(bench.in(agent::result) == 4);
  CHECK(bench.in(agent::status) == 0);
}

TEST_CASE("A stray write hits its address at its cycle, under its requester id") {
  const Timebase timebase(1'000'000'000);
  PhysicalMemory memory("memory", {{0, 0x10000}});
  BusAction action;
  action.requester = 0x0200;
  action.at = 500;
  action.address = 0x1005;
  action.bytes = {0x00, 0x42};
  BusAgent writer("writer", timebase, action);
  writer.dma.socket.bind(memory.socket);
  memory.write_value<std::uint64_t>(0x1000, ~0ull);
  run_to(timebase, 499);
  CHECK(writer.response() == tlm::TLM_INCOMPLETE_RESPONSE);
  CHECK(memory.read_value<std::uint64_t>(0x1000) == ~0ull);
  run_to(timebase, 500);
  CHECK(writer.response() == tlm::TLM_OK_RESPONSE);
  CHECK(memory.read_value<std::uint64_t>(0x1000) == 0xFF4200FFFFFFFFFF);
  CHECK(writer.dma.requester_id() == 0x0200);
}

TEST_CASE("A storm repeats its access with period and stride, and a replay uses an address of before") {
  const Timebase timebase(1'000'000'000);
  Translator host("host");
  struct History : TransferHistory {
    std::optional<std::uint64_t> transfer_address(std::uint32_t requester,
                                                  std::uint32_t back) const override {
      if (requester != 0x200 || back > 1) return std::nullopt;
      return back == 0 ? 0x9000 : 0x8000;
    }
  } history;
  BusAction storm;
  storm.kind = BusAction::Kind::read;
  storm.requester = 0x300;
  storm.address = 0x1000;
  storm.length = 64;
  storm.count = 4;
  storm.period = 10;
  storm.stride = 0x1000;
  BusAction replay;
  replay.kind = BusAction::Kind::replay_write;
  replay.requester = 0x200;
  replay.at = 100;
  replay.bytes = {1};
  replay.transfer = 1;
  BusAction never_was = replay;
  never_was.transfer = 2;
  BusAgent first("first", timebase, storm), second("second", timebase, replay, &history),
      third("third", timebase, never_was, &history);
  AddressMap map("map", std::uint64_t{1} << 40, AddressMap::UnmodelledPolicy::stop);
  AddressRegion all;
  all.size = 0x10000;
  all.name = "host";
  all.target = map.connect(host.socket);
  map.add(all);
  for (BusAgent* one : {&first, &second, &third}) one->dma.socket.bind(map.in);
  run_to(timebase, 1000);
  REQUIRE(host.seen.size() == 5);
  CHECK(host.seen[3].address == 0x4000);
  CHECK(host.seen[4].address == 0x8000);
  CHECK(first.statistics().accepted == 4);
  CHECK(third.statistics().skipped == 1);
}

TEST_CASE("A management function reads and beats from power-on, unless bus mastering is off") {
  const Timebase timebase(1'000'000'000);
  PhysicalMemory memory("memory", {{0, 0x100000}});
  using Kind = ManagementFunction::Access::Kind;
  ManagementFunction device("device", timebase, {1, 0, 2}, PciIdentity{},
                            {{Kind::read, 0xF4000, 64, 0, 100, 0},
                             {Kind::heartbeat, 0xF5000, 4, 50, 100, 3},
                             {Kind::read, 0x200000, 64, 120, never, 0}},
                            {});
  device.dma.socket.bind(memory.socket);
  device.assign_bus_master(true);
  run_to(timebase, 1000);
  CHECK(memory.read_value<std::uint32_t>(0xF5000) == 3);
  CHECK(device.statistics().done == 11 + 3);
  CHECK(device.statistics().refused == 1);
  CHECK((device.read_config(status_register, 2) & 0x2000) != 0);
  device.write_config(command_register, 2, 0, 0);
  run_to(timebase, 2000);
  CHECK(device.statistics().done == 14);
  CHECK(device.bus_statistics().blocked == 10);
}
