#pragma once

#include <cstdint>

#include "models/iommu/remapping_memory.h"
#include "models/time/cycle.h"

namespace apicsim {

/// Reads of the structures in memory by one request: counts them and what they cost.
class StructureReader {
 public:
  StructureReader(RemappingMemory& memory, Cycle latency, std::uint64_t& reads, Cycle& now)
      : m_memory(memory), m_latency(latency), m_reads(reads), m_now(now) {}

  /// `count` words of eight bytes; false where memory does not answer.
  bool read(std::uint64_t address, std::uint64_t* words, unsigned count, bool snoop) {
    ++m_reads;
    m_now += m_latency;
    return m_memory.read(address, words, count * 8, snoop);
  }
  bool set_bits(std::uint64_t address, std::uint64_t bits) {
    m_now += m_latency;
    return m_memory.set_bits(address, bits);
  }

 private:
  RemappingMemory& m_memory;
  Cycle m_latency;
  std::uint64_t& m_reads;
  Cycle& m_now;
};

}  // namespace apicsim
