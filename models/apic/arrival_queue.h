#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/fabric/interrupt_message.h"

namespace apicsim {

/// A message under way to one local APIC, reduced to what the receiver acts on.
struct Arrival {
  Cycle cycle = 0;
  std::uint8_t vector = 0;
  DeliveryMode delivery_mode = DeliveryMode::fixed;
  bool level_triggered = false;
};

/// Messages in order of their arrival cycle, those of one cycle in the order of their sending.
/// Allocates only when more are under way than ever before.
class ArrivalQueue {
 public:
  ArrivalQueue() { m_arrivals.reserve(initial_capacity); }

  bool empty() const { return m_arrivals.empty(); }
  std::size_t size() const { return m_arrivals.size(); }
  Cycle next() const { return m_arrivals.empty() ? never : m_arrivals.back().cycle; }

  void push(const Arrival& arrival) {
    // Latest first, so that the next one is taken off the end.
    const auto place =
        std::lower_bound(m_arrivals.begin(), m_arrivals.end(), arrival.cycle,
                         [](const Arrival& a, Cycle cycle) { return a.cycle > cycle; });
    m_arrivals.insert(place, arrival);
  }

  Arrival pop() {
    const Arrival arrival = m_arrivals.back();
    m_arrivals.pop_back();
    return arrival;
  }

  void clear() { m_arrivals.clear(); }

 private:
  static constexpr std::size_t initial_capacity = 16;
  std::vector<Arrival> m_arrivals;
};

}  // namespace apicsim
