#pragma once

/// Types, and the instructions that C++ has no words for.

using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = __UINT64_TYPE__;

inline void out8(u16 port, u8 value) { asm volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
inline void out16(u16 port, u16 value) { asm volatile("outw %0, %1" : : "a"(value), "Nd"(port)); }
inline void out32(u16 port, u32 value) { asm volatile("outl %0, %1" : : "a"(value), "Nd"(port)); }
inline u8 in8(u16 port) {
  u8 value;
  asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
inline u16 in16(u16 port) {
  u16 value;
  asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
inline u32 in32(u16 port) {
  u32 value;
  asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

inline u64 read_msr(u32 index) {
  u32 low, high;
  asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index) : "memory");
  return u64{high} << 32 | low;
}
inline void write_msr(u32 index, u64 value) {
  asm volatile("wrmsr"
               :
               : "c"(index), "a"(static_cast<u32>(value)), "d"(static_cast<u32>(value >> 32))
               : "memory");
}

struct Cpuid {
  u32 eax, ebx, ecx, edx;
};
inline Cpuid cpuid(u32 leaf, u32 subleaf = 0) {
  Cpuid c;
  asm volatile("cpuid"
               : "=a"(c.eax), "=b"(c.ebx), "=c"(c.ecx), "=d"(c.edx)
               : "a"(leaf), "c"(subleaf)
               : "memory");
  return c;
}
inline bool intel() { return cpuid(0).ebx == 0x756E6547; }

inline u64 read_cr0() {
  u64 v;
  asm volatile("mov %%cr0, %0" : "=r"(v));
  return v;
}
inline u64 read_cr3() {
  u64 v;
  asm volatile("mov %%cr3, %0" : "=r"(v));
  return v;
}
inline u64 read_cr4() {
  u64 v;
  asm volatile("mov %%cr4, %0" : "=r"(v));
  return v;
}
inline u64 read_cr8() {
  u64 v;
  asm volatile("mov %%cr8, %0" : "=r"(v) : : "memory");
  return v;
}
inline void write_cr0(u64 v) { asm volatile("mov %0, %%cr0" : : "r"(v) : "memory"); }
inline void write_cr3(u64 v) { asm volatile("mov %0, %%cr3" : : "r"(v) : "memory"); }
inline void write_cr4(u64 v) { asm volatile("mov %0, %%cr4" : : "r"(v) : "memory"); }
inline void write_cr8(u64 v) { asm volatile("mov %0, %%cr8" : : "r"(v) : "memory"); }
inline void invalidate(u64 linear) { asm volatile("invlpg (%0)" : : "r"(linear) : "memory"); }

inline u64 read_tsc() {
  u32 low, high;
  asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return u64{high} << 32 | low;
}
inline void pause() { asm volatile("pause" : : : "memory"); }
inline void enable_interrupts() { asm volatile("sti" : : : "memory"); }
inline void disable_interrupts() { asm volatile("cli" : : : "memory"); }
/// Lets `cycles` of the time-stamp counter pass.
inline void delay(u64 cycles) {
  const u64 start = read_tsc();
  while (read_tsc() - start < cycles) pause();
}
