#include <array>
#include <random>
#include <vector>

#include "tests/catch.h"
#include "tests/memory/hierarchy/small_machine.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint32_t cores = 4, sockets = 2, cpus = 8;

std::uint32_t socket_of(std::uint32_t core) { return core / 2; }

/// First broken rule for one line, nullptr when all hold.
const char* broken_rule(const MemoryHierarchy& machine, std::uint64_t physical) {
  unsigned writers = 0, holders = 0, owning_sockets = 0, holding_sockets = 0, forwarders = 0;
  for (std::uint32_t core = 0; core < cores; ++core) {
    const LineState state = machine.core_state(core, physical);
    if (state == LineState::invalid) continue;
    ++holders;
    if (state == LineState::forward) return "F is a state of sockets only";
    if (state >= LineState::exclusive) ++writers;
    const auto* entry = machine.last_level(socket_of(core)).find(physical / 64);
    if (entry == nullptr) return "the last level includes the cores";
    if ((entry->present >> (core % 2) & 1) == 0) return "the directory knows who may hold a line";
    if (state >= LineState::exclusive && entry->state() < LineState::exclusive)
      return "a core owns only what its socket owns";
  }
  for (std::uint32_t socket = 0; socket < sockets; ++socket) {
    const LineState state = machine.socket_state(socket, physical);
    if (state == LineState::invalid) continue;
    ++holding_sockets;
    if (state >= LineState::exclusive) ++owning_sockets;
    if (state == LineState::forward) ++forwarders;
  }
  if (writers > 1 || (writers == 1 && holders > 1)) return "single writer or several readers";
  if (owning_sockets > 1 || (owning_sockets == 1 && holding_sockets > 1))
    return "one owning socket";
  if (forwarders > 1) return "one forwarder";
  return nullptr;
}

/// What coherence alone demands, without sizes: which CPU may read or write a line without asking.
/// Threads of one core have to tell each other as cores do; which of them has read a line is
/// forgotten when it changes hands, so that one may ask without need when the other came later.
struct Rights {
  std::array<bool, cpus> read{}, write{};
  std::array<unsigned, cpus> last{};

  void perform(std::uint32_t cpu, LineUse use, unsigned time) {
    last[cpu] = time;
    for (std::uint32_t other = 0; other < cpus; ++other) {
      if (other == cpu) continue;
      write[other] = false;
      if (use == LineUse::store) read[other] = false;
    }
    read[cpu] = true;
    if (use == LineUse::store) write[cpu] = true;
  }
  static std::uint32_t sibling(std::uint32_t cpu) { return (cpu + 4) % cpus; }
  bool sibling_came_later(std::uint32_t cpu) const { return last[sibling(cpu)] > last[cpu]; }
  /// The core has the line, and not because its other thread has just written it.
  bool core_reads(std::uint32_t cpu) const { return read[sibling(cpu)] && !write[sibling(cpu)]; }
  bool others_read(std::uint32_t cpu) const {
    for (std::uint32_t other = 0; other < cpus; ++other)
      if (other != cpu && read[other]) return true;
    return false;
  }
};

LineUse random_use(std::mt19937& random) {
  const unsigned n = random() % 8;
  return n < 4 ? LineUse::load : n < 7 ? LineUse::store : LineUse::fetch;
}

}  // namespace

TEST_CASE("A million random operations of all cores keep inclusion and the single writer") {
  MemoryHierarchy machine(small_machine());
  std::mt19937 random(20131);
  Cycle now = 0;
  const char* broken = nullptr;
  for (unsigned i = 0; i < 1'000'000 && broken == nullptr; ++i) {
    const std::uint64_t physical = random() % 96 * 64 + (random() % 2 != 0 ? 1 << 30 : 0);
    const std::uint32_t cpu = random() % cpus;
    const unsigned what = random() % 1000;
    now += random() % 100;
    if (what < 990)
      access(machine, cpu, physical, random_use(random), now);
    else if (what < 993)
      machine.flush_line(cpu, physical, now);
    else if (what < 995)
      machine.lose_private(cpu, now);
    else if (what < 999)
      machine.device_access(physical, random() % 200, random() % 2 != 0, now);
    else
      machine.write_back_all(cpu, now);
    broken = broken_rule(machine, physical);
    for (unsigned line = 0; i % 64 == 0 && line < 96 && broken == nullptr; ++line)
      broken = broken_rule(machine, line * 64);
  }
  CAPTURE(broken == nullptr ? "" : broken);
  CHECK(broken == nullptr);
}

TEST_CASE("Whom others did not disturb needs nobody, whom they did has to ask") {
  MemoryHierarchy machine(roomy_machine());
  std::mt19937 random(313);
  std::array<Rights, 32> rights{};
  unsigned wrong = 0;
  Cycle now = 0;
  for (unsigned i = 0; i < 300'000; ++i) {
    const std::uint64_t number = random() % rights.size();
    const std::uint32_t cpu = random() % cpus;
    const bool store = random() % 3 == 0;
    const LineUse use = store ? LineUse::store : LineUse::load;
    Rights& line = rights[number];
    const bool allowed = store ? line.write[cpu] : line.read[cpu];
    LineAccess out;
    const bool served = machine.private_access(cpu, number * 64, use, now += 10, out);
    if (allowed && !served && !line.sibling_came_later(cpu)) ++wrong;
    // An exclusive copy lets a CPU write that never wrote, as long as nobody else reads.
    if (served && !allowed && (store ? line.others_read(cpu) : !line.core_reads(cpu))) ++wrong;
    if (!served) machine.shared_access(cpu, number * 64, use, now);
    line.perform(cpu, use, i + 1);
  }
  CHECK(wrong == 0);
}

TEST_CASE("The same operations give the same latencies") {
  const auto run = [] {
    MemoryHierarchy machine(small_machine());
    std::mt19937 random(7);
    std::uint64_t hash = 14695981039346656037u;
    Cycle now = 0;
    for (unsigned i = 0; i < 50'000; ++i) {
      const std::uint32_t cpu = random() % cpus;
      const std::uint64_t physical = random() % 256 * 64;
      const LineAccess out = access(machine, cpu, physical, random_use(random), now += 7);
      hash = (hash ^ (out.latency << 8 | static_cast<unsigned>(out.level))) * 1099511628211u;
    }
    return hash;
  };
  CHECK(run() == run());
}
