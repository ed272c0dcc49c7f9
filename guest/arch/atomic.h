#pragma once

#include "guest/include/types.h"

__extension__ using Uint128 = unsigned __int128;

ALWAYS_INLINE void barrier() { asm volatile("" : : : "memory"); }
ALWAYS_INLINE void smp_mb() { asm volatile("mfence" : : : "memory"); }
// Stores are seen in program order and loads are not reordered (SDM Vol. 3 §9.2.2).
ALWAYS_INLINE void smp_rmb() { barrier(); }
ALWAYS_INLINE void smp_wmb() { barrier(); }

template <typename T>
ALWAYS_INLINE T read_once(const T& value) {
  return __atomic_load_n(&value, __ATOMIC_RELAXED);
}

template <typename T, typename V>
ALWAYS_INLINE void write_once(T& place, V value) {
  __atomic_store_n(&place, static_cast<T>(value), __ATOMIC_RELAXED);
}

template <typename T>
ALWAYS_INLINE T load_acquire(const T& value) {
  return __atomic_load_n(&value, __ATOMIC_ACQUIRE);
}

template <typename T, typename V>
ALWAYS_INLINE void store_release(T& place, V value) {
  __atomic_store_n(&place, static_cast<T>(value), __ATOMIC_RELEASE);
}

// The value before the addition.
template <typename T, typename V>
ALWAYS_INLINE T atomic_fetch_add(T& place, V amount) {
  return __atomic_fetch_add(&place, static_cast<T>(amount), __ATOMIC_SEQ_CST);
}

template <typename T>
ALWAYS_INLINE void atomic_inc(T& place) {
  __atomic_fetch_add(&place, T{1}, __ATOMIC_SEQ_CST);
}

template <typename T>
ALWAYS_INLINE void atomic_dec(T& place) {
  __atomic_fetch_sub(&place, T{1}, __ATOMIC_SEQ_CST);
}

// True when the count has reached zero.
template <typename T>
ALWAYS_INLINE bool atomic_dec_and_test(T& place) {
  return __atomic_sub_fetch(&place, T{1}, __ATOMIC_SEQ_CST) == 0;
}

template <typename T>
ALWAYS_INLINE T atomic_xchg(T& place, T value) {
  return __atomic_exchange_n(&place, value, __ATOMIC_SEQ_CST);
}

// True if `place` held `expected` and now holds `desired`.
template <typename T>
ALWAYS_INLINE bool atomic_cmpxchg(T& place, T expected, T desired) {
  return __atomic_compare_exchange_n(&place, &expected, desired, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST);
}

// LOCK CMPXCHG16B on the 16-byte aligned pair at `pair`.
ALWAYS_INLINE bool cmpxchg_double(void* pair, u64 old_low, u64 old_high, u64 new_low,
                                  u64 new_high) {
  bool done;
  asm volatile("lock cmpxchg16b %1\n\tsete %0"
               : "=q"(done), "+m"(*static_cast<volatile Uint128*>(pair)), "+a"(old_low),
                 "+d"(old_high)
               : "b"(new_low), "c"(new_high)
               : "memory", "cc");
  return done;
}
