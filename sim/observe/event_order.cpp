#include "sim/observe/event_order.h"

#include <algorithm>

namespace apicsim {

bool EventOrder::later(const Waiting& left, const Waiting& right) {
  if (left.cycle != right.cycle) return left.cycle > right.cycle;
  return left.sequence > right.sequence;
}

void EventOrder::event(const Event& event) {
  const std::size_t slot = free_slot();
  m_slots[slot].event = event;
  if (event.text != nullptr) m_slots[slot].text = event.text;
  m_waiting.push_back({event.cycle, m_sequence++, slot});
  std::push_heap(m_waiting.begin(), m_waiting.end(), later);
  m_latest = std::max(m_latest, event.cycle);
  if (m_latest > m_window) pass_until(m_latest - m_window);
}

std::size_t EventOrder::free_slot() {
  if (m_free.empty()) {
    m_slots.emplace_back();
    return m_slots.size() - 1;
  }
  const std::size_t slot = m_free.back();
  m_free.pop_back();
  return slot;
}

void EventOrder::finish() {
  pass_until(never);
  m_next.finish();
}

void EventOrder::pass_until(Cycle cycle) {
  while (!m_waiting.empty() && m_waiting.front().cycle <= cycle) {
    std::pop_heap(m_waiting.begin(), m_waiting.end(), later);
    const std::size_t slot = m_waiting.back().slot;
    m_waiting.pop_back();
    Event& event = m_slots[slot].event;
    if (event.text != nullptr) event.text = m_slots[slot].text.c_str();
    m_next.event(event);
    m_free.push_back(slot);
  }
}

}  // namespace apicsim
