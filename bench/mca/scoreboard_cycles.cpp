// Cycles per iteration of basic blocks on the scoreboard alone: every access hits the L1 data
// cache, every branch falls through. Input: lines "name apart|same hexbytes"; `same`: all memory
// operands of the block are one address, `apart`: no load meets an earlier store. Output: "name
// milli-cycles".

#include <fmt/format.h>

#include <systemc>

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "models/core/decoder.h"
#include "models/core/timing/scoreboard.h"
#include "sim/scenario/timing_profile.h"

namespace {

using namespace apicsim;

constexpr u64 reference_hz = 2'800'000'000;
constexpr unsigned warm_up = 300, measured = 1200;
constexpr u64 load_area = 1 << 20, store_area = 1 << 21;
constexpr u64 area_size = 1 << 16;

std::vector<u8> bytes_of(const std::string& hex) {
  std::vector<u8> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<u8>(std::strtoul(hex.substr(i, 2).c_str(), nullptr, 16)));
  return bytes;
}

struct Instruction {
  OpTiming timing;
  u8 length = 0;
  u8 memory_size = 8;
};

/// All instructions of the code, as blocks of the decoder.
std::vector<Instruction> decode(const Decoder& decoder, const std::vector<u8>& code) {
  const BlockCache no_probes;
  std::vector<Instruction> instructions;
  for (std::size_t at = 0; at < code.size();) {
    Decoded decoded;
    const auto size = static_cast<unsigned>(code.size() - at);
    const Block block = decoder.decode({code.data() + at, size, at, 64}, no_probes, decoded);
    if (block.instructions == 0) return {};
    for (unsigned i = 0; i < block.instructions; ++i)
      instructions.push_back({decoded.timings[i], decoded.ops[i].length,
                              static_cast<u8>(decoded.ops[i].operand_bits / 8)});
    at += block.bytes;
  }
  return instructions;
}

class Runner {
 public:
  Runner(const TimingProfile& profile, bool same)
      : m_board(profile.core), m_latency(profile.core.l1_latency), m_same(same) {}

  void iteration(const std::vector<Instruction>& block) {
    for (const Instruction& instruction : block) execute(instruction);
  }
  Cycle retired() const { return m_board.retired(); }

 private:
  void execute(const Instruction& instruction) {
    const OpTiming& timing = instruction.timing;
    MemoryOperations memory;
    for (unsigned i = 0; i < timing.loads; ++i) memory.add(operation(instruction, false));
    const bool fence = timing.kind == TimingKind::store_fence;  // it has a place, but no address
    for (unsigned i = 0; i < timing.stores && !fence; ++i) memory.add(operation(instruction, true));
    m_board.begin(timing);
    if (timing.kind == TimingKind::repeated) {
      m_board.iterate(timing, memory, true);
      return;
    }
    ExecutionOutcome outcome;
    outcome.length = instruction.length;
    m_board.account(timing, memory, outcome);
  }
  MemoryOperation operation(const Instruction& instruction, bool store) {
    MemoryOperation result;
    result.size = instruction.memory_size;
    result.store = store;
    result.latency = m_latency;
    result.physical = m_same ? load_area : store ? store_area + m_next : load_area;
    if (store) m_next = (m_next + 64) % area_size;
    return result;
  }

  Scoreboard m_board;
  Cycle m_latency;
  bool m_same;
  u64 m_next = 0;
};

u64 millicycles(const TimingProfile& profile, const std::vector<Instruction>& block, bool same) {
  Runner runner(profile, same);
  for (unsigned i = 0; i < warm_up; ++i) runner.iteration(block);
  const Cycle start = runner.retired();
  for (unsigned i = 0; i < measured; ++i) runner.iteration(block);
  return (runner.retired() - start) * 1000 / measured;
}

int run(const std::string& profile_file) {
  const auto profile = load_timing_profile(profile_file, reference_hz);
  if (!profile.timed) {
    fmt::print(stderr, "{}: has no sections core, instruction and memory\n", profile_file);
    return 2;
  }
  const Decoder decoder(&profile.instructions);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream fields(line);
    std::string name, memory, hex;
    if (!(fields >> name >> memory >> hex)) continue;
    const auto block = decode(decoder, bytes_of(hex));
    if (block.empty())
      fmt::print("{} undecodable\n", name);
    else
      fmt::print("{} {}\n", name, millicycles(profile, block, memory == "same"));
  }
  return 0;
}

}  // namespace

int sc_main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: bench_scoreboard PROFILE.toml < blocks\n");
    return 2;
  }
  try {
    return run(argv[1]);
  } catch (const ScenarioError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
