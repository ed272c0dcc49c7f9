#include "models/memory/hierarchy/core_caches.h"

#include <algorithm>

namespace apicsim {
namespace {

constexpr unsigned raw(LineState state) { return static_cast<unsigned>(state); }

/// What an L1 holds after an access that found `owned` further out.
LineState first_level_state(LineUse use, LineState owned) {
  if (use == LineUse::store) return LineState::modified;
  if (use == LineUse::fetch || owned < LineState::exclusive) return LineState::shared;
  return LineState::exclusive;
}

}  // namespace

CoreCaches::CoreCaches(const MemoryParameters& parameters)
    : m_l1d(parameters.l1d_sets, parameters.l1d_ways),
      m_l1i(parameters.l1i_sets, parameters.l1i_ways),
      m_l2(parameters.l2_sets, parameters.l2_ways) {}

LineState CoreCaches::state(std::uint64_t line) const {
  unsigned highest = std::max(m_l1d.peek(line) & line_state_mask, m_l2.peek(line));
  if (highest == 0 && m_l1i.peek(line) != 0) highest = raw(LineState::shared);
  return static_cast<LineState>(highest);
}

bool CoreCaches::hand_over(std::uint64_t line, LineUse use, unsigned thread) {
  TagArray::Entry* const found = use == LineUse::fetch ? nullptr : m_l1d.find(line);
  if (found == nullptr) return false;
  const CoreStep step = core_access(state_of(*found), use);
  const unsigned users = users_of(*found);
  if (!step.enough || alone(users, use, thread)) return false;
  *m_l1d.promote(line, found) = tag(line, step.next, users_after(users, use, thread));
  return true;
}

CoreCaches::Hit CoreCaches::access_second(std::uint64_t line, LineUse use, unsigned thread) {
  auto owned = static_cast<LineState>(m_l2.peek(line));
  // Code that the core itself has just written may be in the L1D only.
  if (use == LineUse::fetch) owned = std::max(owned, state_of(m_l1d.peek(line)));
  if (!core_access(owned, use).enough) return Hit::none;
  if (use != LineUse::fetch && !refill_is_private(line)) return Hit::none;
  m_l2.touch(line);
  WriteBacks none;
  place_first(line, use, first_level_state(use, owned), thread, none);
  return Hit::l2;
}

bool CoreCaches::refill_is_private(std::uint64_t line) const {
  const TagArray::Entry pushed = m_l1d.victim(line);
  if (pushed == 0 || state_of(pushed) != LineState::modified) return true;
  const std::uint64_t pushed_line = TagArray::key_of(pushed);
  if (m_l2.peek(pushed_line) != 0) return true;
  const TagArray::Entry next = m_l2.victim(pushed_line);
  // The line itself is about to become the most recently used one, so another would have to go.
  return next == 0 || (state_of(next) != LineState::modified && TagArray::key_of(next) != line);
}

void CoreCaches::place_first(std::uint64_t line, LineUse use, LineState state, unsigned thread,
                             WriteBacks& out) {
  TagArray& first = use == LineUse::fetch ? m_l1i : m_l1d;
  const unsigned tagged = raw(state) | users_after(0, use, thread) << users_shift;
  if (first.touch(line) != 0) return first.set_state(line, tagged);
  const TagArray::Entry pushed = first.insert(line, tagged);
  if (state_of(pushed) == LineState::modified)
    place_second(TagArray::key_of(pushed), LineState::modified, out);
}

void CoreCaches::place_second(std::uint64_t line, LineState state, WriteBacks& out) {
  TagArray::Entry* const found = m_l2.find(line);
  if (found != nullptr) {
    if (state_of(*found) != LineState::modified) m_l2.set_state(line, raw(state));
    m_l2.touch(line);
    return;
  }
  const TagArray::Entry pushed = m_l2.insert(line, raw(state));
  if (state_of(pushed) == LineState::modified) out.lines[out.count++] = TagArray::key_of(pushed);
}

CoreCaches::WriteBacks CoreCaches::fill(std::uint64_t line, LineUse use, LineState granted,
                                        unsigned thread) {
  WriteBacks out;
  // New data are in the L1D; the L2's copy is only owned.
  place_second(line, std::min(granted, LineState::exclusive), out);
  place_first(line, use, first_level_state(use, granted), thread, out);
  return out;
}

CoreSnoop CoreCaches::snoop(std::uint64_t line, Snoop snoop) {
  const CoreSnoop answer = core_snoop(state(line), snoop);
  for (TagArray* const array : {&m_l1d, &m_l1i, &m_l2}) {
    if (answer.next == LineState::invalid)
      array->remove(line);
    else
      array->set_state(line, raw(answer.next));
  }
  return answer;
}

void CoreCaches::expect(std::uint64_t line, Cycle ready) {
  Expected* place = &m_expected[0];
  for (Expected& e : m_expected) {
    if (e.line == line) {
      place = &e;
      break;
    }
    if (e.ready < place->ready) place = &e;
  }
  *place = {line, ready};
  m_last_ready = std::max(m_last_ready, ready);
}

void CoreCaches::hold(std::uint64_t line, std::uint32_t cpu, Cycle until) {
  m_held = {line, until, cpu};
  m_last_ready = std::max(m_last_ready, until);
}

Cycle CoreCaches::expected(std::uint64_t line, std::uint32_t cpu) const {
  const Cycle free_at = m_held.line == line && m_held.cpu != cpu ? m_held.until : 0;
  for (const Expected& e : m_expected)
    if (e.line == line) return std::max(e.ready, free_at);
  return free_at;
}

}  // namespace apicsim
