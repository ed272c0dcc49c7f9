#pragma once

#include <array>

#include "models/core/types.h"
#include "models/time/cycle.h"

namespace apicsim {

/// Stores from their renaming until they have reached the L1 cache, which they do in order and
/// after retirement. Loads look for their bytes here first.
class StoreBuffer {
 public:
  static constexpr unsigned most = 64;

  struct Store {
    u64 physical = 0;
    Cycle data_ready = 0;
    Cycle drained = 0;  ///< when it has reached the L1 cache
    u32 size = 0;
    u32 number = 0;
  };

  /// When the place is free that the last of `count` more stores takes among `entries`.
  Cycle free_at(unsigned count, unsigned entries) const {
    if (count == 0) return 0;
    const u32 number = m_count + count - 1 - entries;
    return m_stores[number & (most - 1)].drained;
  }

  void push(u64 physical, u32 size, Cycle data_ready, Cycle drained) {
    Store& store = m_stores[m_count & (most - 1)];
    store = {physical, data_ready, drained, size, m_count};
    for (u64 word = physical >> 3; word <= (physical + size - 1) >> 3; ++word)
      m_newest[word & (words - 1)] = m_count;
    ++m_count;
    m_last_drained = drained;
  }
  /// A store that has no address: SFENCE.
  void push_fence(Cycle drained) {
    m_stores[m_count & (most - 1)] = {~u64{0}, 0, drained, 0, m_count};
    ++m_count;
    m_last_drained = drained;
  }

  /// When all stores so far have reached the L1 cache.
  Cycle drained() const { return m_last_drained; }

  /// The newest store that still waits at `now` and overlaps the bytes of a load, or nullptr.
  const Store* find(u64 physical, u32 size, Cycle now) const {
    if (m_last_drained <= now) return nullptr;
    const Store* const first = candidate(physical, physical, size, now);
    const u64 last_byte = physical + size - 1;
    if ((physical >> 3) == (last_byte >> 3)) return first;
    const Store* const last = candidate(last_byte, physical, size, now);
    if (first == nullptr || last == nullptr) return first ? first : last;
    return static_cast<i32>(last->number - first->number) > 0 ? last : first;
  }
  static bool contains(const Store& store, u64 physical, u32 size) {
    return store.physical <= physical && physical + size <= store.physical + store.size;
  }

 private:
  static constexpr unsigned words = 128;

  /// The table names the newest store to a quadword; one of another address may have taken its
  /// place, and then the load finds nothing.
  const Store* candidate(u64 byte, u64 physical, u32 size, Cycle now) const {
    const u32 number = m_newest[(byte >> 3) & (words - 1)];
    const Store& store = m_stores[number & (most - 1)];
    const bool waits = store.number == number && store.drained > now;
    const bool overlaps =
        store.physical < physical + size && physical < store.physical + store.size;
    return waits && overlaps ? &store : nullptr;
  }

  u32 m_count = 0;
  Cycle m_last_drained = 0;
  std::array<Store, most> m_stores{};
  std::array<u32, words> m_newest{};
};

}  // namespace apicsim
