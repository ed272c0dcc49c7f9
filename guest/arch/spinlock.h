#pragma once

#include "guest/arch/cpu.h"
#include "guest/arch/irqflags.h"
#include "guest/include/types.h"

// Ticket lock: whoever asked first is served first. All zero is the unlocked state.
struct SpinLock {
  u16 head;  // the ticket being served
  u16 tail;  // the next ticket to be drawn
};

ALWAYS_INLINE void spin_lock(SpinLock* lock) {
  const u16 ticket = __atomic_fetch_add(&lock->tail, u16{1}, __ATOMIC_ACQUIRE);
  while (__atomic_load_n(&lock->head, __ATOMIC_ACQUIRE) != ticket) cpu_relax();
}

ALWAYS_INLINE void spin_unlock(SpinLock* lock) {
  __atomic_store_n(&lock->head, static_cast<u16>(lock->head + 1), __ATOMIC_RELEASE);
}

ALWAYS_INLINE bool spin_is_locked(const SpinLock* lock) {
  return __atomic_load_n(&lock->head, __ATOMIC_RELAXED) !=
         __atomic_load_n(&lock->tail, __ATOMIC_RELAXED);
}

// False if the lock is taken.
ALWAYS_INLINE bool spin_trylock(SpinLock* lock) {
  u16 head = __atomic_load_n(&lock->head, __ATOMIC_RELAXED);
  const u16 next = static_cast<u16>(head + 1);
  return __atomic_compare_exchange_n(&lock->tail, &head, next, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED);
}

// Returns the flags for spin_unlock_irqrestore().
ALWAYS_INLINE u64 spin_lock_irqsave(SpinLock* lock) {
  const u64 flags = local_irq_save();
  spin_lock(lock);
  return flags;
}

ALWAYS_INLINE void spin_unlock_irqrestore(SpinLock* lock, u64 flags) {
  spin_unlock(lock);
  local_irq_restore(flags);
}

// Holds the lock, with interrupts off, for the life of the object.
class SpinLockIrqGuard {
 public:
  explicit SpinLockIrqGuard(SpinLock& lock) : m_lock(&lock), m_flags(spin_lock_irqsave(&lock)) {}
  ~SpinLockIrqGuard() { spin_unlock_irqrestore(m_lock, m_flags); }
  SpinLockIrqGuard(const SpinLockIrqGuard&) = delete;
  SpinLockIrqGuard& operator=(const SpinLockIrqGuard&) = delete;

 private:
  SpinLock* m_lock;
  u64 m_flags;
};
