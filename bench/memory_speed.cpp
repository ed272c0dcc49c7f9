// Host time per access of the memory hierarchy and of the TLBs, for 1 and 40 CPUs in turn: what a
// timed machine pays for each load and store besides executing it.
#include <chrono>
#include <cstdio>
#include <string>

#include "models/memory/hierarchy/memory_hierarchy.h"
#include "models/memory/hierarchy/memory_parameters.h"
#include "models/memory/hierarchy/translation_timing.h"

using namespace apicsim;

namespace {

/// Two sockets of ten cores with two threads: geometry of an E5-2680 v2, latencies of no weight.
MemoryTimingConfig machine_config() {
  MemoryParameters p;
  for (const MemoryParameter& parameter : memory_parameters()) p.*parameter.field = 1;
  p.l1d_sets = p.l1i_sets = 64, p.l1d_ways = p.l1i_ways = 8;
  p.l2_sets = 512, p.l2_ways = 8;
  p.llc_slices = 10, p.llc_sets = 2048, p.llc_ways = 20;
  p.dtlb_4k_sets = 16, p.dtlb_4k_ways = 4;
  p.dtlb_2m_sets = 8, p.dtlb_2m_ways = 4;
  p.stlb_sets = 128, p.stlb_ways = 4;
  MemoryTopology t;
  for (std::uint32_t cpu = 0; cpu < 40; ++cpu) t.core_of_cpu.push_back(cpu % 20);
  for (std::uint32_t core = 0; core < 20; ++core) t.socket_of_core.push_back(core / 10);
  t.socket_of_node = {0, 1};
  return {p, t};
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void print(const std::string& what, std::uint64_t accesses, double seconds) {
  std::printf("%-44s %7.2f ns\n", what.c_str(), seconds * 1e9 / static_cast<double>(accesses));
}

/// Each CPU goes round its own area of `lines` lines, `turn` accesses at a time.
void measure(const std::string& what, std::uint32_t cpus, std::uint64_t lines, LineUse use) {
  constexpr std::uint64_t turn = 100, rounds = 20'000'000;
  MemoryHierarchy machine(machine_config());
  std::uint64_t at = 0;
  Cycle now = 0, sum = 0;
  std::uint32_t cpu = 0;
  const auto one = [&] {
    LineAccess out;
    const std::uint64_t physical = std::uint64_t{cpu} << 30 | (at % lines) << cache_line_shift;
    if (!machine.private_access(cpu, physical, use, now, out))
      out = machine.shared_access(cpu, physical, use, now);
    sum += out.latency;
    now += 4;
  };
  for (cpu = 0; cpu < cpus; ++cpu)
    for (at = 0; at < lines; ++at) one();
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0, round = 0; i < rounds; i += turn, ++round) {
    cpu = static_cast<std::uint32_t>(round % cpus);
    for (std::uint64_t n = 0; n < turn; ++n) {
      at = round / cpus * turn + n;
      one();
    }
  }
  print(what + ", " + std::to_string(cpus) + " CPUs", rounds, seconds_since(start));
  if (sum == 0) std::puts("no latency");
}

/// Stores of all CPUs to one line: every access is a transfer.
void measure_contention(std::uint32_t cpus) {
  constexpr std::uint64_t rounds = 2'000'000;
  MemoryHierarchy machine(machine_config());
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < rounds; ++i)
    machine.shared_access(static_cast<std::uint32_t>(i % cpus), 0, LineUse::store, i * 500);
  print("one line, stores, " + std::to_string(cpus) + " CPUs", rounds, seconds_since(start));
}

void measure_translation(std::uint64_t pages) {
  constexpr std::uint64_t rounds = 20'000'000;
  TranslationTiming tlb(machine_config().parameters);
  Cycle latency = 0;
  std::uint64_t walks = 0;
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < rounds; ++i) {
    const std::uint64_t linear = i % pages << 12;
    if (tlb.lookup(linear, LineUse::load, latency)) continue;
    ++walks;
    tlb.insert(linear, LineUse::load, PageWalk());
  }
  const std::string share = std::to_string(walks * 100 / rounds) + " % walks";
  print("TLB, " + std::to_string(pages) + " pages in turn, " + share, rounds, seconds_since(start));
}

}  // namespace

int main() {
  for (const std::uint32_t cpus : {1u, 40u}) {
    measure("L1 hit, 8 lines, loads", cpus, 8, LineUse::load);
    measure("L1 hit, 256 lines, loads", cpus, 256, LineUse::load);
    measure("L1 hit, 256 lines, stores", cpus, 256, LineUse::store);
    measure("L2 hit, 2048 lines, loads", cpus, 2048, LineUse::load);
    measure("last level, 16384 lines, loads", cpus, 16384, LineUse::load);
  }
  measure_contention(2);
  measure_contention(40);
  for (const std::uint64_t pages : {1, 32, 256, 2048}) measure_translation(pages);
}
