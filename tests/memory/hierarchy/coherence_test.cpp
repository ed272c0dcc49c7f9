#include "models/memory/hierarchy/coherence.h"

#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/memory/hierarchy/small_machine.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr LineState I = LineState::invalid, S = LineState::shared, F = LineState::forward,
                    E = LineState::exclusive, M = LineState::modified;
constexpr LineUse fetch = LineUse::fetch, load = LineUse::load, store = LineUse::store;
constexpr std::uint64_t home = 0x12340, remote_home = (1 << 30) + 0x12340;
constexpr Cycle later = 1'000'000;

char letter(LineState state) { return "ISFEM"[static_cast<unsigned>(state)]; }

/// States of cores 0, 1 | socket 0 || cores 2, 3 | socket 1.
std::string states(const MemoryHierarchy& machine, std::uint64_t physical) {
  std::string text;
  for (std::uint32_t core : {0, 1}) text += letter(machine.core_state(core, physical));
  text += letter(machine.socket_state(0, physical));
  text += ' ';
  for (std::uint32_t core : {2, 3}) text += letter(machine.core_state(core, physical));
  text += letter(machine.socket_state(1, physical));
  return text;
}

struct Step {
  std::uint32_t cpu;
  LineUse use;
};

struct Row {
  std::vector<Step> history;
  Step request;
  const char* before;
  const char* after;
  ServedBy level;
};

std::string describe(const Row& row) {
  std::string text;
  for (const Step& step : row.history)
    text += std::to_string(step.cpu) + "fls"[static_cast<unsigned>(step.use)] + ' ';
  return text + "then " + std::to_string(row.request.cpu) +
         "fls"[static_cast<unsigned>(row.request.use)];
}

}  // namespace

TEST_CASE("MESI in a core: reads need any copy, stores E or M (SDM Vol. 3 11.4, table 11-4)") {
  struct {
    LineState state;
    LineUse use;
    bool enough;
    LineState next;
  } const rows[] = {
      {I, fetch, false, I}, {I, load, false, I},  {I, store, false, I}, {S, fetch, true, S},
      {S, load, true, S},   {S, store, false, S}, {E, fetch, true, E},  {E, load, true, E},
      {E, store, true, M},  {M, fetch, true, M},  {M, load, true, M},   {M, store, true, M},
  };
  for (const auto& row : rows) {
    CAPTURE(letter(row.state), static_cast<int>(row.use));
    const CoreStep step = core_access(row.state, row.use);
    CHECK(step.enough == row.enough);
    if (row.enough) CHECK(step.next == row.next);
  }
}

TEST_CASE("MESI in a core: a snoop to share leaves S, one to invalidate I, and M hands over data") {
  struct {
    LineState state;
    Snoop snoop;
    LineState next;
    bool modified;
  } const rows[] = {
      {I, Snoop::share, I, false}, {I, Snoop::invalidate, I, false},
      {S, Snoop::share, S, false}, {S, Snoop::invalidate, I, false},
      {E, Snoop::share, S, false}, {E, Snoop::invalidate, I, false},
      {M, Snoop::share, S, true},  {M, Snoop::invalidate, I, true},
  };
  for (const auto& row : rows) {
    CAPTURE(letter(row.state), static_cast<int>(row.snoop));
    const CoreSnoop answer = core_snoop(row.state, row.snoop);
    CHECK(answer.next == row.next);
    CHECK(answer.modified == row.modified);
  }
}

TEST_CASE("MESIF between sockets: F, E and M answer, S is silent, modified data reach memory") {
  struct {
    LineState state;
    bool dirty;
    Snoop snoop;
    LineState next;
    bool forwards, writes_back;
  } const rows[] = {
      {I, false, Snoop::share, I, false, false}, {I, false, Snoop::invalidate, I, false, false},
      {S, false, Snoop::share, S, false, false}, {S, false, Snoop::invalidate, I, false, false},
      {F, false, Snoop::share, S, true, false},  {F, false, Snoop::invalidate, I, true, false},
      {E, false, Snoop::share, S, true, false},  {E, false, Snoop::invalidate, I, true, false},
      {M, true, Snoop::share, S, true, true},    {M, true, Snoop::invalidate, I, true, false},
  };
  for (const auto& row : rows) {
    CAPTURE(letter(row.state), static_cast<int>(row.snoop));
    const SocketSnoop answer = socket_snoop(row.state, row.dirty, row.snoop);
    CHECK(answer.next == row.next);
    CHECK(answer.forwards == row.forwards);
    CHECK(answer.writes_back == row.writes_back);
  }
}

TEST_CASE("A socket may grant reads from any state, ownership from E and M, and upgrades S and F") {
  for (const LineUse use : {fetch, load}) {
    CHECK(socket_access(I, use) == SocketStep::miss);
    for (const LineState state : {S, F, E, M})
      CHECK(socket_access(state, use) == SocketStep::granted);
  }
  CHECK(socket_access(I, store) == SocketStep::miss);
  CHECK(socket_access(S, store) == SocketStep::upgrade);
  CHECK(socket_access(F, store) == SocketStep::upgrade);
  CHECK(socket_access(E, store) == SocketStep::granted);
  CHECK(socket_access(M, store) == SocketStep::granted);
}

TEST_CASE("A line comes in as E when nobody else has it, as F when shared, as M for a store") {
  CHECK(socket_fill(load, false) == E);
  CHECK(socket_fill(load, true) == F);
  CHECK(socket_fill(fetch, false) == E);
  CHECK(socket_fill(fetch, true) == F);
  CHECK(socket_fill(store, false) == M);
  for (const LineState socket : {S, F, E, M})
    for (const bool alone : {false, true}) {
      CHECK(core_grant(socket, alone, store) == M);
      CHECK(core_grant(socket, alone, fetch) == S);
      CHECK(core_grant(socket, alone, load) == (alone && (socket == E || socket == M) ? E : S));
    }
}

// The rows are the reachable states of one line over four cores in two sockets, up to renaming of
// cores, with every request that each can meet.
TEST_CASE("Every state of a line meets every request: next states and who serves") {
  const std::vector<Row> rows = {
      // Nobody has it.
      {{}, {0, load}, "III III", "EIE III", ServedBy::memory},
      {{}, {0, fetch}, "III III", "SIE III", ServedBy::memory},
      {{}, {0, store}, "III III", "MIM III", ServedBy::memory},
      {{}, {2, load}, "III III", "III EIE", ServedBy::remote_memory},
      // Exclusive in core 0.
      {{{0, load}}, {0, load}, "EIE III", "EIE III", ServedBy::l1},
      {{{0, load}}, {0, store}, "EIE III", "MIE III", ServedBy::l1},
      {{{0, load}}, {4, store}, "EIE III", "MIE III", ServedBy::l1},
      {{{0, load}}, {0, fetch}, "EIE III", "EIE III", ServedBy::l2},
      {{{0, load}}, {1, load}, "EIE III", "SSE III", ServedBy::llc_snooped},
      {{{0, load}}, {1, fetch}, "EIE III", "SSE III", ServedBy::llc_snooped},
      {{{0, load}}, {1, store}, "EIE III", "IMM III", ServedBy::llc_snooped},
      {{{0, load}}, {2, load}, "EIE III", "SIS SIF", ServedBy::other_socket},
      {{{0, load}}, {2, store}, "EIE III", "III MIM", ServedBy::other_socket},
      // Modified in core 0; the last level knows of it, or does not.
      {{{0, store}}, {0, load}, "MIM III", "MIM III", ServedBy::l1},
      {{{0, store}}, {0, fetch}, "MIM III", "MIM III", ServedBy::l2},
      {{{0, store}}, {0, store}, "MIM III", "MIM III", ServedBy::l1},
      {{{0, store}}, {1, load}, "MIM III", "SSM III", ServedBy::other_core},
      {{{0, store}}, {1, store}, "MIM III", "IMM III", ServedBy::other_core},
      {{{0, store}}, {2, load}, "MIM III", "SIS SIF", ServedBy::other_modified},
      {{{0, store}}, {2, store}, "MIM III", "III MIM", ServedBy::other_modified},
      {{{0, load}, {0, store}}, {1, load}, "MIE III", "SSM III", ServedBy::other_core},
      {{{0, load}, {0, store}}, {1, store}, "MIE III", "IMM III", ServedBy::other_core},
      {{{0, load}, {0, store}}, {2, load}, "MIE III", "SIS SIF", ServedBy::other_modified},
      {{{0, load}, {0, store}}, {2, store}, "MIE III", "III MIM", ServedBy::other_modified},
      // Shared by both cores of a socket that owns it.
      {{{0, load}, {1, load}}, {0, load}, "SSE III", "SSE III", ServedBy::l1},
      {{{0, load}, {1, load}}, {0, store}, "SSE III", "MIM III", ServedBy::upgrade},
      {{{0, load}, {1, load}}, {2, load}, "SSE III", "SSS SIF", ServedBy::other_socket},
      {{{0, load}, {1, load}}, {2, store}, "SSE III", "III MIM", ServedBy::other_socket},
      {{{0, store}, {1, load}}, {0, store}, "SSM III", "MIM III", ServedBy::upgrade},
      {{{0, store}, {1, load}}, {2, load}, "SSM III", "SSS SIF", ServedBy::other_modified},
      {{{0, store}, {1, load}}, {2, store}, "SSM III", "III MIM", ServedBy::other_modified},
      // Shared by both sockets; the reader that came last forwards.
      {{{0, load}, {2, load}}, {0, load}, "SIS SIF", "SIS SIF", ServedBy::l1},
      {{{0, load}, {2, load}}, {1, load}, "SIS SIF", "SSS SIF", ServedBy::llc},
      {{{0, load}, {2, load}}, {3, load}, "SIS SIF", "SIS SSF", ServedBy::llc},
      {{{0, load}, {2, load}}, {0, store}, "SIS SIF", "MIM III", ServedBy::cross_upgrade},
      {{{0, load}, {2, load}}, {2, store}, "SIS SIF", "III MIM", ServedBy::cross_upgrade},
      {{{0, load}, {2, load}}, {1, store}, "SIS SIF", "IMM III", ServedBy::cross_upgrade},
      {{{0, load}, {2, load}}, {3, store}, "SIS SIF", "III IMM", ServedBy::cross_upgrade},
  };
  for (const Row& row : rows) {
    CAPTURE(describe(row));
    MemoryHierarchy machine(roomy_machine());
    Cycle now = 0;
    for (const Step& step : row.history) access(machine, step.cpu, home, step.use, now += later);
    CHECK(states(machine, home) == row.before);
    const LineAccess out = access(machine, row.request.cpu, home, row.request.use, now += later);
    CHECK(out.level == row.level);
    CHECK(states(machine, home) == row.after);
    CHECK(machine.counters(row.request.cpu)[row.level] >= 1);
  }
}

TEST_CASE("The directory asks the only holder of an owned line, not one of several") {
  MemoryTimingConfig config{roomy_parameters(), {{0, 1, 2, 3}, {0, 0, 0, 0}, {0}, {}}};
  MemoryHierarchy machine(config);
  Cycle now = 0;
  const auto reach = [&](std::uint32_t cpu, LineUse use) {
    return access(machine, cpu, home, use, now += later).level;
  };
  CHECK(reach(0, load) == ServedBy::memory);
  CHECK(reach(1, load) == ServedBy::llc_snooped);
  CHECK(reach(2, load) == ServedBy::llc);
  CHECK(reach(1, store) == ServedBy::upgrade);
  CHECK(machine.counters(1).copies_taken == 2);
  CHECK(reach(3, load) == ServedBy::other_core);  // the former holders are forgotten
  CHECK(machine.last_level(0).find(home / 64)->present == 0b1010);
}

TEST_CASE("The home of a line follows its node") {
  MemoryHierarchy machine(roomy_machine());
  CHECK(access(machine, 0, remote_home, load, 0).level == ServedBy::remote_memory);
  CHECK(access(machine, 2, remote_home + 64, load, 0).level == ServedBy::memory);
  // Outside all ranges: node 0.
  CHECK(access(machine, 0, std::uint64_t{1} << 40, load, 0).level == ServedBy::memory);
}

TEST_CASE("CLFLUSH takes a line from every cache of the machine") {
  for (const LineUse use : {load, store}) {
    MemoryHierarchy machine(roomy_machine());
    access(machine, 0, home, use, 0);
    access(machine, 2, home, LineUse::load, later);
    CHECK(machine.flush_line(3, home + 63, 2 * later) == small_parameters().flush_line);
    CHECK(states(machine, home) == "III III");
    CHECK(access(machine, 0, home, load, 3 * later).level == ServedBy::memory);
  }
}

TEST_CASE("WBINVD empties the caches of its socket and takes longer for modified lines") {
  MemoryTimingConfig config = roomy_machine();
  config.parameters.memory_line_occupancy = 14;
  MemoryHierarchy machine(config);
  CHECK(machine.write_back_all(0, 0) == 2000);
  access(machine, 0, home, store, later);
  access(machine, 1, home + 64, load, later);
  access(machine, 1, home + 64, store, 2 * later);
  access(machine, 1, home + 128, load, later);
  access(machine, 2, home + 192, store, later);
  CHECK(machine.write_back_all(0, 3 * later) == 2000 + 2 * 14);
  for (const std::uint64_t offset : {0, 64, 128})
    CHECK(states(machine, home + offset) == "III III");
  CHECK(states(machine, home + 192) == "III MIM");
  CHECK(machine.write_back_all(0, 4 * later) == 2000);
}

TEST_CASE("A core that loses its caches leaves modified lines with the last level") {
  MemoryHierarchy machine(roomy_machine());
  access(machine, 0, home, load, 0);
  access(machine, 0, home, store, later);
  access(machine, 0, home + 64, load, 0);
  access(machine, 1, home + 128, store, 0);
  machine.lose_private(4, later);  // the other thread of core 0
  CHECK(states(machine, home) == "IIM III");
  CHECK(states(machine, home + 64) == "IIE III");
  CHECK(states(machine, home + 128) == "IMM III");
  // Nobody has to be asked any more.
  CHECK(access(machine, 1, home, load, 2 * later).level == ServedBy::llc);
  CHECK(access(machine, 0, home + 64, store, 2 * later).level == ServedBy::llc);
}

TEST_CASE("DMA writes invalidate all copies, DMA reads leave them shared") {
  MemoryHierarchy machine(roomy_machine());
  access(machine, 0, home, store, 0);
  access(machine, 2, home + 64, store, 0);
  machine.device_access(home, 128, false, later);
  CHECK(states(machine, home) == "SIM III");
  CHECK(states(machine, home + 64) == "III SIM");
  machine.device_access(home + 63, 2, true,
                        2 * later);  // the last byte of one, the first of the next
  CHECK(states(machine, home) == "III III");
  CHECK(states(machine, home + 64) == "III III");
  access(machine, 0, home, load, 3 * later);
  machine.device_access(home, 0, true, 4 * later);
  machine.device_access(home + 64, 64, true, 4 * later);
  machine.device_access(home - 64, 64, true, 4 * later);
  CHECK(states(machine, home) == "EIE III");
}
