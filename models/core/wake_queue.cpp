#include "models/core/wake_queue.h"

namespace apicsim {

namespace {

u32 power_of_two_at_least(u32 count) {
  u32 power = 1;
  while (power < count) power *= 2;
  return power;
}

}  // namespace

WakeQueue::WakeQueue(u32 cpus)
    : m_leaves(power_of_two_at_least(cpus)), m_wake(m_leaves, never), m_winner(2 * m_leaves) {
  for (u32 leaf = 0; leaf < m_leaves; ++leaf) m_winner[m_leaves + leaf] = leaf;
  for (u32 node = m_leaves - 1; node > 0; --node) m_winner[node] = m_winner[2 * node];
}

void WakeQueue::set(u32 cpu, Cycle wake) {
  m_wake[cpu] = wake;
  for (u32 node = (m_leaves + cpu) / 2; node > 0; node /= 2) {
    const u32 left = m_winner[2 * node], right = m_winner[2 * node + 1];
    m_winner[node] = before(right, left) ? right : left;
  }
}

/// The second is the best of those that lost against the first.
WakeQueue::Candidate WakeQueue::next() const {
  Candidate c;
  const u32 first = m_winner[1];
  if (m_wake[first] == never) return c;
  c.cpu = first;
  c.wake = m_wake[first];
  u32 second = nobody;
  for (u32 node = m_leaves + first; node > 1; node /= 2) {
    const u32 loser = m_winner[node ^ 1];
    if (second == nobody || before(loser, second)) second = loser;
  }
  if (second == nobody || m_wake[second] == never) return c;
  c.other = second;
  c.other_wake = m_wake[second];
  return c;
}

}  // namespace apicsim
