#pragma once

#include <array>

#include "models/core/types.h"
#include "models/time/cycle.h"

namespace apicsim {

/// A load or store of one instruction, as the caches answered it.
struct MemoryOperation {
  u64 physical = 0;  ///< of its first byte
  u32 size = 0;      ///< bytes
  bool store = false;
  bool miss = false;  ///< the L1 data cache did not have the line (or not with the right to write)
  Cycle latency = 0;  ///< load-to-use, translation included; stores: until the line is owned
};

/// The memory operations of the instruction in flight, in order. Of more than `most` (interrupt
/// frames with page walks, far transfers) the last ones are added up into one.
class MemoryOperations {
 public:
  static constexpr unsigned most = 8;

  void clear() { m_count = 0; }
  unsigned count() const { return m_count; }
  const MemoryOperation& operator[](unsigned n) const { return m_items[n]; }
  /// Precondition: not empty.
  MemoryOperation& last() { return m_items[m_count - 1]; }
  const MemoryOperation* begin() const { return m_items.data(); }
  const MemoryOperation* end() const { return m_items.data() + m_count; }

  void add(const MemoryOperation& operation) {
    if (APICSIM_LIKELY(m_count < most))
      m_items[m_count++] = operation;
    else
      m_items[most - 1].latency += operation.latency;
  }
  /// The instruction is executed again since it had to wait for its turn: what it found out the
  /// first time still holds.
  void keep_latencies_of(const MemoryOperations& earlier) {
    for (unsigned i = 0; i < m_count && i < earlier.m_count; ++i) {
      if (earlier.m_items[i].physical != m_items[i].physical) continue;
      if (earlier.m_items[i].latency <= m_items[i].latency) continue;
      m_items[i].latency = earlier.m_items[i].latency;
      m_items[i].miss = earlier.m_items[i].miss;
    }
  }

 private:
  unsigned m_count = 0;
  std::array<MemoryOperation, most> m_items;
};

}  // namespace apicsim
