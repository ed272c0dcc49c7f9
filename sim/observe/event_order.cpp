#include "sim/observe/event_order.h"

#include <algorithm>
#include <utility>

namespace apicsim {

bool EventOrder::later(const Waiting& left, const Waiting& right) {
  if (left.event.cycle != right.event.cycle) return left.event.cycle > right.event.cycle;
  return left.sequence > right.sequence;
}

void EventOrder::event(const Event& event) {
  m_waiting.push_back({event, m_sequence++, event.text != nullptr ? event.text : ""});
  std::push_heap(m_waiting.begin(), m_waiting.end(), later);
  m_latest = std::max(m_latest, event.cycle);
  if (m_latest > m_window) pass_until(m_latest - m_window);
}

void EventOrder::finish() {
  pass_until(never);
  m_next.finish();
}

void EventOrder::pass_until(Cycle cycle) {
  while (!m_waiting.empty() && m_waiting.front().event.cycle <= cycle) {
    std::pop_heap(m_waiting.begin(), m_waiting.end(), later);
    Waiting first = std::move(m_waiting.back());
    m_waiting.pop_back();
    if (first.event.text != nullptr) first.event.text = first.text.c_str();
    m_next.event(first.event);
  }
}

}  // namespace apicsim
