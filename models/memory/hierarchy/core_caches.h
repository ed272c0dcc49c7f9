#pragma once

#include <array>
#include <cstdint>

#include "models/memory/hierarchy/coherence.h"
#include "models/memory/hierarchy/memory_timing_config.h"
#include "models/memory/hierarchy/tag_array.h"

namespace apicsim {

/// Private caches of one core, shared by its threads: L1D, L1I and an L2 that neither includes nor
/// excludes them. Lines are named by physical address >> cache_line_shift.
///
/// The core's state of a line is the highest of its copies: a store leaves an older copy in the L2
/// as exclusive, an L1D that refills from a modified L2 line holds it as exclusive.
///
/// The L1D remembers which threads know a line as it is: a store leaves its own thread, a load adds
/// it. Another thread's access is not private, as it could notice or be noticed.
class CoreCaches {
 public:
  explicit CoreCaches(const MemoryParameters& parameters);

  /// Which level serves an access that needs nobody outside; `none` otherwise, with nothing
  /// changed.
  enum class Hit : std::uint8_t { none, l1, l2 };

  Hit access(std::uint64_t line, LineUse use, unsigned thread = 0) {
    TagArray& first = use == LineUse::fetch ? m_l1i : m_l1d;
    TagArray::Entry* const found = first.find(line);
    if (found == nullptr) return access_second(line, use, thread);
    const CoreStep step = core_access(state_of(*found), use);
    if (!step.enough) return Hit::none;  // the L2's copy never has the higher state
    const unsigned users = users_of(*found);
    if (!alone(users, use, thread)) return Hit::none;
    *first.promote(line, found) = tag(line, step.next, users_after(users, use, thread));
    return Hit::l1;
  }

  /// Whether a store of the thread would hit the L1D.
  bool stores_hit(std::uint64_t line, unsigned thread) const {
    const TagArray::Entry entry = m_l1d.peek(line);
    return core_access(state_of(entry), LineUse::store).enough &&
           alone(users_of(entry), LineUse::store, thread);
  }

  /// access() for a line in the L1D that a thread of this core has to learn about first. False:
  /// that is not what is missing, nothing has changed.
  bool hand_over(std::uint64_t line, LineUse use, unsigned thread);

  /// Highest state of the copies.
  LineState state(std::uint64_t line) const;
  bool holds(std::uint64_t line) const { return state(line) != LineState::invalid; }

  /// Modified lines that left the private caches, at most two per fill: to be written back.
  struct WriteBacks {
    std::uint64_t lines[2];
    unsigned count = 0;
  };

  /// Takes a line in (or raises the state of one that is here), as the access needs it.
  WriteBacks fill(std::uint64_t line, LineUse use, LineState granted, unsigned thread = 0);

  /// Answers a snoop; the copies change accordingly.
  CoreSnoop snoop(std::uint64_t line, Snoop snoop);

  /// Drops everything; calls `gone(line, modified)` for each copy of a line, in array order.
  template <typename Function>
  void empty(Function gone);

  /// A line whose data arrive at `ready`; accesses before that wait.
  void expect(std::uint64_t line, Cycle ready);
  /// A locked operation of `cpu` has a line until then: the core's other threads wait.
  void hold(std::uint64_t line, std::uint32_t cpu, Cycle until);
  /// When `cpu` can have the data of a line that is here; 0 when it need not wait.
  Cycle ready(std::uint64_t line, std::uint32_t cpu, Cycle now) const {
    return now < m_last_ready ? expected(line, cpu) : 0;
  }

  const TagArray& l1d() const { return m_l1d; }
  const TagArray& l1i() const { return m_l1i; }
  const TagArray& l2() const { return m_l2; }

 private:
  struct Expected {
    std::uint64_t line = 0;
    Cycle ready = 0;
  };
  struct Held {
    std::uint64_t line = 0;
    Cycle until = 0;
    std::uint32_t cpu = 0;
  };

  // Users of a line: a bit per thread, next to the state in the tag. None is known of code.
  static constexpr unsigned users_shift = 3;
  static constexpr unsigned line_state_mask = (1u << users_shift) - 1;
  static unsigned users_of(TagArray::Entry entry) {
    return TagArray::state_of(entry) >> users_shift;
  }
  static bool alone(unsigned users, LineUse use, unsigned thread) {
    const unsigned own = 1u << thread;
    return (users & ~own) == 0 || (use != LineUse::store && (users & own) != 0);
  }
  static unsigned users_after(unsigned users, LineUse use, unsigned thread) {
    if (use == LineUse::fetch) return 0;
    return use == LineUse::store ? 1u << thread : users | 1u << thread;
  }
  static TagArray::Entry tag(std::uint64_t line, LineState state, unsigned users) {
    return line << TagArray::state_bits | users << users_shift | static_cast<unsigned>(state);
  }

  Hit access_second(std::uint64_t line, LineUse use, unsigned thread);
  bool refill_is_private(std::uint64_t line) const;
  void place_first(std::uint64_t line, LineUse use, LineState state, unsigned thread,
                   WriteBacks& out);
  void place_second(std::uint64_t line, LineState state, WriteBacks& out);
  Cycle expected(std::uint64_t line, std::uint32_t cpu) const;
  static LineState state_of(TagArray::Entry entry) {
    return static_cast<LineState>(TagArray::state_of(entry) & line_state_mask);
  }

  TagArray m_l1d, m_l1i, m_l2;
  Cycle m_last_ready = 0;               ///< of all expected and held lines
  Held m_held;                          ///< by the last locked operation
  std::array<Expected, 16> m_expected;  ///< at least the fill buffers of a core
};

template <typename Function>
void CoreCaches::empty(Function gone) {
  for (TagArray* const array : {&m_l1d, &m_l1i, &m_l2}) {
    for (const TagArray::Entry entry : array->entries())
      if (entry != 0) gone(TagArray::key_of(entry), state_of(entry) == LineState::modified);
    array->clear();
  }
}

}  // namespace apicsim
