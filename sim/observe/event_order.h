#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/observe/event_stream.h"

namespace apicsim {

/// Hands events on sorted by cycle; those of one cycle in the order of simulation. An event goes on
/// once no earlier one can follow.
class EventOrder final : public EventSink {
 public:
  /// `window`: cycles by which events may arrive out of order. `next` must outlive this object.
  EventOrder(EventSink& next, Cycle window) : m_next(next), m_window(window) {}

  void event(const Event& event) override;
  void finish() override;

 private:
  /// What the heap moves around: where an event stands in the order, and in which slot it waits.
  struct Waiting {
    Cycle cycle;
    std::uint64_t sequence;
    std::size_t slot;
  };
  struct Slot {
    Event event;
    std::string text;
  };
  static bool later(const Waiting& left, const Waiting& right);
  std::size_t free_slot();
  void pass_until(Cycle cycle);

  EventSink& m_next;
  Cycle m_window;
  Cycle m_latest = 0;
  std::uint64_t m_sequence = 0;
  std::vector<Waiting> m_waiting;  ///< heap, the earliest on top
  std::vector<Slot> m_slots;
  std::vector<std::size_t> m_free;
};

}  // namespace apicsim
