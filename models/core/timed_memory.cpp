// What translations and accesses cost in timed execution. Function comes first: these are asked
// when an access has passed all checks.
#include "models/core/cpu.h"
#include "models/memory/dram_view.h"

namespace apicsim {

bool Cpu::time_translation(u64 linear, LineUse use, Cycle& cycles) {
  cycles = 0;
  if (APICSIM_UNLIKELY(!(cr0 & apicsim::cr0::pg))) return true;
  if (APICSIM_LIKELY(m_timing->translation().lookup(linear, use, cycles))) return true;
  return walk_timed(linear, use, cycles);
}

/// A walk loads entries that others may hold, so it waits for the CPU's turn as a whole.
bool Cpu::walk_timed(u64 linear, LineUse use, Cycle& cycles) {
  if (!m_timing->may_share()) return wait_for_turn();
  const Walk walk = walk_for_timing(linear);
  if (!walk.ok) return true;  // the tables have changed behind a cached translation
  TranslationTiming& translation = m_timing->translation();
  PageWalk found;
  found.first = walk.first;
  found.levels = walk.levels;
  found.page_shift = walk.page_shift;
  found.global = walk.global;
  std::copy(walk.entries, walk.entries + 4, found.entries);
  const unsigned last = walk.levels - 1u;
  const unsigned cached = std::min(translation.first_level(linear), last);
  for (unsigned level = std::max<unsigned>(cached, walk.first); level <= last; ++level) {
    LineAccess answer;
    m_timing->line(walk.entries[level], LineUse::load, m_timing->access_time() + cycles, answer);
    cycles += answer.latency;
  }
  translation.insert(linear, use, found);
  return true;
}

bool Cpu::time_bytes(u64 linear, u64 physical, unsigned size, bool store) {
  Cycle translation;
  if (!time_translation(linear, store ? LineUse::store : LineUse::load, translation)) return false;
  return m_timing->access(physical, size, store, translation) || wait_for_turn();
}

/// Cached bytes in one page or two.
bool Cpu::time_pieces(u64 linear, const Pieces& pieces, unsigned size, bool store) {
  if (is_uncached(pieces.physical[0])) return true;
  if (!time_bytes(linear, pieces.physical[0], pieces.first, store)) return false;
  if (pieces.first == size || is_uncached(pieces.physical[1])) return true;
  Cycle translation;
  if (!time_translation(next_linear(linear, pieces.first), store ? LineUse::store : LineUse::load,
                        translation))
    return false;
  return m_timing->access_second_page(pieces.physical[1], size - pieces.first, store,
                                      translation) ||
         wait_for_turn();
}

// --- instructions that work on caches -----------------------------------------------------------

bool Cpu::flush_cache_line(u64 physical) {
  if (m_timing && !m_timing->may_share()) return wait_for_turn();
  if (m_environment.dram) m_environment.dram->line_written_back(physical);
  if (!m_timing) return true;
  m_timing->add_cost(m_timing->hierarchy().flush_line(m_number, physical, cycle));
  return true;
}

/// Functional execution has one cache for all sockets.
bool Cpu::write_back_caches() {
  if (!m_timing) {
    if (m_environment.dram) m_environment.dram->all_written_back();
    return true;
  }
  if (!m_timing->may_share()) return wait_for_turn();
  add_latency(m_timing->hierarchy().write_back_all(m_number, cycle));
  return true;
}

/// Prefetches never fault and do not walk for what the TLBs do not have at hand; nothing waits for
/// the line.
bool Cpu::prefetch(const Op* op) {
  if (!m_timing) return true;
  u64 linear;
  if (!address<u8>(op, Access::read, linear)) {
    clear_exit();
    return true;
  }
  const TlbEntry& e = m_checked_tlb->entry(linear);
  if (e.read_page != (linear & ~page_mask)) return true;
  LineAccess answer;
  return m_timing->line(e.physical_page | (linear & page_mask), LineUse::load,
                        m_timing->access_time(), answer) ||
         wait_for_turn();
}

}  // namespace apicsim
