#pragma once

#include "guest/include/types.h"

inline constexpr u64 kEflagsIf = 1u << 9;

ALWAYS_INLINE u64 read_flags() {
  u64 flags;
  asm volatile("pushfq\n\tpopq %0" : "=r"(flags) : : "memory");
  return flags;
}

ALWAYS_INLINE void local_irq_disable() { asm volatile("cli" : : : "memory"); }
ALWAYS_INLINE void local_irq_enable() { asm volatile("sti" : : : "memory"); }
ALWAYS_INLINE bool irqs_disabled() { return (read_flags() & kEflagsIf) == 0; }

// Returns RFLAGS as it was; hand it to local_irq_restore().
ALWAYS_INLINE u64 local_irq_save() {
  const u64 flags = read_flags();
  local_irq_disable();
  return flags;
}

ALWAYS_INLINE void local_irq_restore(u64 flags) {
  asm volatile("pushq %0\n\tpopfq" : : "r"(flags) : "memory", "cc");
}

// Interrupts stay off for the life of the object.
class IrqGuard {
 public:
  IrqGuard() : m_flags(local_irq_save()) {}
  ~IrqGuard() { local_irq_restore(m_flags); }
  IrqGuard(const IrqGuard&) = delete;
  IrqGuard& operator=(const IrqGuard&) = delete;

 private:
  u64 m_flags;
};
