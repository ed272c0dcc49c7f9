#include "tests/support/timed_config.h"

namespace apicsim {

namespace {

constexpr std::uint32_t cores_per_socket = 32;

void set_caches(MemoryParameters& p) {
  p.l1d_sets = p.l1i_sets = 64;
  p.l1d_ways = p.l1i_ways = 8;
  p.l2_sets = 512;
  p.l2_ways = 8;
  p.llc_slices = 8;
  p.llc_sets = 2048;
  p.llc_ways = 20;
}

void set_latencies(MemoryParameters& p) {
  p.l1_latency = 4;
  p.l2_latency = 12;
  p.llc_latency = 40;
  p.snoop_clean = 60;
  p.snoop_modified = 80;
  p.upgrade = 50;
  p.cross_clean = 250;
  p.cross_modified = 300;
  p.cross_upgrade = 220;
  p.memory_local = 200;
  p.memory_remote = 320;
  p.owner_hold = 0;
  p.flush_line = 70;
  p.write_back_all = 5000;
  p.memory_channels = 4;
  p.memory_line_occupancy = 10;
}

void set_translation(MemoryParameters& p) {
  p.dtlb_4k_sets = 16;
  p.dtlb_2m_sets = 8;
  p.dtlb_1g_sets = 1;
  p.itlb_4k_sets = 16;
  p.itlb_2m_sets = 2;
  p.stlb_sets = 128;
  p.dtlb_4k_ways = p.dtlb_2m_ways = p.dtlb_1g_ways = 4;
  p.itlb_4k_ways = p.itlb_2m_ways = p.stlb_ways = 4;
  p.stlb_latency = 7;
  p.walk_start = 0;
  p.pml4e_cache_entries = 2;
  p.pdpte_cache_entries = 4;
  p.pde_cache_sets = 8;
  p.pde_cache_ways = 4;
}

/// One cycle on port 0, 1 or 5 unless a test says otherwise.
void set_instructions(InstructionTable& table) {
  for (InstructionCost& cost : table.costs) cost.groups[0] = {0x23, 1, 1};
  for (const auto free : {InstructionClass::no_operation, InstructionClass::load_fence,
                          InstructionClass::store_fence, InstructionClass::full_fence})
    table.of(free).groups[0] = {};
  table.of(InstructionClass::multiply).latency = 3;
  table.of(InstructionClass::multiply).groups[0] = {0x02, 1, 1};
  table.of(InstructionClass::read_time).reciprocal = 28;
  table.of(InstructionClass::identify).reciprocal = 100;
  table.of(InstructionClass::repeat_store).reciprocal = 20;
  table.of(InstructionClass::repeat_store).iteration_sixteenths = 8;
  table.of(InstructionClass::locked).latency = 18;
  table.of(InstructionClass::locked_exchange_add).latency = 18;
}

}  // namespace

MemoryParameters test_memory_parameters() {
  MemoryParameters p;
  set_caches(p);
  set_latencies(p);
  set_translation(p);
  return p;
}

TimingConfig test_timing(std::uint32_t cpus, std::uint32_t threads) {
  TimingConfig config;
  config.memory.parameters = test_memory_parameters();
  set_instructions(config.instructions);
  MemoryTopology& topology = config.memory.topology;
  for (std::uint32_t i = 0; i < cpus; ++i) topology.core_of_cpu.push_back(i / threads);
  for (std::uint32_t core = 0; core < (cpus + threads - 1) / threads; ++core)
    topology.socket_of_core.push_back(core / cores_per_socket);
  topology.socket_of_node = {0};
  return config;
}

}  // namespace apicsim
