#pragma once

#include "guest/include/types.h"

ALWAYS_INLINE u8 inb(u16 port) {
  u8 value;
  asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
  return value;
}

ALWAYS_INLINE u16 inw(u16 port) {
  u16 value;
  asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
  return value;
}

ALWAYS_INLINE u32 inl(u16 port) {
  u32 value;
  asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
  return value;
}

ALWAYS_INLINE void outb(u8 value, u16 port) {
  asm volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

ALWAYS_INLINE void outw(u16 value, u16 port) {
  asm volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

ALWAYS_INLINE void outl(u32 value, u16 port) {
  asm volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

// Device registers: one access of exactly this width, in program order (SDM Vol. 3 §11.3 for UC).
ALWAYS_INLINE u32 readl(const volatile void* address) {
  u32 value;
  asm volatile("movl %1, %0" : "=r"(value) : "m"(*static_cast<const volatile u32*>(address)));
  return value;
}

ALWAYS_INLINE u64 readq(const volatile void* address) {
  u64 value;
  asm volatile("movq %1, %0" : "=r"(value) : "m"(*static_cast<const volatile u64*>(address)));
  return value;
}

ALWAYS_INLINE void writel(u32 value, volatile void* address) {
  asm volatile("movl %1, %0" : "=m"(*static_cast<volatile u32*>(address)) : "r"(value) : "memory");
}

ALWAYS_INLINE void writeq(u64 value, volatile void* address) {
  asm volatile("movq %1, %0" : "=m"(*static_cast<volatile u64*>(address)) : "r"(value) : "memory");
}
