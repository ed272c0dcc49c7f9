// Timed execution: the same operations as in functional execution, one by one, with the scoreboard
// asked behind each of them when it retires. That is the CPU's local time.
#include "models/core/cpu.h"

namespace apicsim {

void Cpu::set_sibling(const Cpu* sibling, unsigned thread) {
  m_sibling = sibling;
  m_thread = thread;
  m_performance.set_shares_core(true);
}

/// Time went by without this CPU (sleep, a wait in its turn), or the other thread came or went.
void Cpu::resume_timed() {
  m_horizon = never;
  Scoreboard& board = m_timing->board();
  board.resume(cycle);
  board.share(m_sibling != nullptr && m_sibling->activity == Activity::running, m_thread);
}

/// From `block` on, up to the instruction boundary of `end` or for `most` instructions.
void Cpu::run_timed(const Block* block, Cycle end, unsigned most) {
  registers[16] = rip;
  m_block = block;
  const Op* op = block->ops;
  while (op != nullptr) {
    if (cycle >= end || most == 0) {
      leave(op);
      return;
    }
    if (APICSIM_UNLIKELY(op->length == 0)) {
      // A probe is reported at the CPU's turn: then its instruction cannot be put off any more.
      if ((op->flags & op_flag::probe) && !may_share()) {
        wait_for_turn();
        leave(op);
        return;
      }
      op = op->handler(*this, op);
      continue;
    }
    if (!fetch_timed(op)) {
      leave(op);
      return;
    }
    --most;
    op = execute_timed(op, m_block->timings[op - m_block->ops]);
  }
}

const Op* Cpu::execute_timed(const Op* op, const OpTiming& timing) {
  m_timing->begin(timing, may_share());
  if (timing.kind == TimingKind::serialising)
    drain();
  else if (timing.kind == TimingKind::time_stamp || timing.kind == TimingKind::ordered)
    m_stamp = m_timing->board().execution_start(timing);
  const Cycle start = cycle;
  CoreTiming::Path path;
  path.address = rip_of(op);
  path.next = path.address + op->length;
  m_left = m_paused = false;
  const Op* const following = op->handler(*this, op);
  if (APICSIM_UNLIKELY(m_left && !m_paused)) {
    if (m_exit == Exit::turn) m_timing->abandon();
    return nullptr;
  }
  path.target = following == op + 1 ? path.next : rip;
  path.outside_until = cycle != start ? cycle : 0;
  branches += (op->flags & op_flag::branch) != 0;
  if (APICSIM_UNLIKELY(system_flags & rflags::tf)) note_taken(op, path.next);
  if (APICSIM_UNLIKELY(timing.kind == TimingKind::repeated))
    return iterate_timed(op, timing, path.outside_until);
  ++instructions;
  cycle = m_timing->finish(timing, path);
  return following;
}

/// Repeated string instructions come by once per iteration; it ends when the handler has completed.
const Op* Cpu::iterate_timed(const Op* op, const OpTiming& timing, Cycle outside_until) {
  cycle = m_timing->finish_iteration(timing, !m_in_string);
  m_timing->board().resume(outside_until);
  cycle = m_timing->board().retired();
  m_in_string = m_paused;
  if (m_paused) return op;
  ++instructions;
  return nullptr;
}

// --- instruction fetch --------------------------------------------------------------------------

/// The line that the instruction lies in, or the two.
bool Cpu::fetch_timed(const Op* op) {
  const u64 first = segment_base[static_cast<u8>(Seg::cs)] + rip_of(op);
  const u64 last = first + op->length - 1;
  const u64 line = m_timing->fetch_line();
  if (APICSIM_LIKELY(first >> cache_line_shift == line && last >> cache_line_shift == line))
    return true;
  const u64 physical = m_block->physical + op->offset;
  if (first >> cache_line_shift != line && !fetch_line(first, physical)) return false;
  if (first >> cache_line_shift == last >> cache_line_shift) return true;
  const u64 next_page = m_block->second_page | (last & page_mask);
  const bool crosses = ((first ^ last) & ~page_mask) != 0;
  return fetch_line(last, crosses ? next_page : physical + op->length - 1);
}

bool Cpu::fetch_line(u64 linear, u64 physical) {
  m_timing->begin_fetch(may_share());
  Cycle translation;
  if (!time_translation(linear, LineUse::fetch, translation)) return false;
  if (!m_timing->fetch(physical, translation)) return wait_for_turn();
  m_timing->set_fetch_line(linear >> cache_line_shift);
  return true;
}

}  // namespace apicsim
