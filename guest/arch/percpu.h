#pragma once

#include "guest/arch/alternative.h"
#include "guest/include/types.h"
#include "guest/kernel/release.h"

// Per-CPU variables live in a section that is linked at address 0: the address of one is its offset
// in the area of every CPU, and GS holds the base of the area of the CPU that runs.
#define DECLARE_PER_CPU(type, name) extern __attribute__((section(".data..percpu"))) type name
#define DEFINE_PER_CPU(type, name) __attribute__((section(".data..percpu"))) type name
#define DEFINE_PER_CPU_PAGE_ALIGNED(type, name) \
  __attribute__((section(".data..percpu..page_aligned"), aligned(4096))) type name

// Base of this CPU's area; linked at a fixed offset (link/).
extern __attribute__((section(".data..percpu..this_cpu_off"))) u64 this_cpu_off;
DECLARE_PER_CPU(u32, cpu_number);
DECLARE_PER_CPU(u32, numa_node);

extern u64 __per_cpu_offset[kMaxCpus];

// One instruction each, so that an interrupt or a move to another CPU cannot come between.
template <typename T>
ALWAYS_INLINE T this_cpu_read(const T& variable) {
  T value;
  asm volatile("mov %%gs:%1, %0" : "=r"(value) : "m"(variable));
  return value;
}

template <typename T, typename V>
ALWAYS_INLINE void this_cpu_write(T& variable, V value) {
  asm volatile("mov %1, %%gs:%0" : "=m"(variable) : "r"(static_cast<T>(value)) : "memory");
}

template <typename T, typename V>
ALWAYS_INLINE void this_cpu_add(T& variable, V amount) {
  asm volatile("add %1, %%gs:%0" : "+m"(variable) : "r"(static_cast<T>(amount)) : "memory", "cc");
}

template <typename T>
ALWAYS_INLINE void this_cpu_inc(T& variable) {
  this_cpu_add(variable, 1);
}

template <typename T>
ALWAYS_INLINE void this_cpu_dec(T& variable) {
  this_cpu_add(variable, -1);
}

// Replaces two adjoining per-CPU words if both are as expected; atomic against this CPU only.
// `pair` is a per-CPU address (an offset), 16-byte aligned. A call of the emulation, until a
// processor with CMPXCHG16B has it replaced; 3.2 passes the pair in RSI in both forms, 3.13
// anywhere.
ALWAYS_INLINE bool this_cpu_cmpxchg_double(void* pair, u64 old_low, u64 old_high, u64 new_low,
                                           u64 new_high) {
  if constexpr (release::is_3_2) {
    asm volatile(ALTERNATIVE("call this_cpu_cmpxchg16b_emu\n\tnopl (%%rax)",
                             "cmpxchg16b %%gs:(%%rsi)\n\tsete %%al", X86_FEATURE_CX16)
                 : "+a"(old_low), "+d"(old_high)
                 : "S"(pair), "b"(new_low), "c"(new_high)
                 : "memory", "cc");
  } else {
    asm volatile(ALTERNATIVE("lea (%%rdi), %%rsi\n\tcall this_cpu_cmpxchg16b_emu",
                             "cmpxchg16b %%gs:(%%rdi)\n\tsete %%al", X86_FEATURE_CX16)
                 : "+a"(old_low), "+d"(old_high)
                 : "D"(pair), "b"(new_low), "c"(new_high)
                 : "rsi", "memory", "cc");
  }
  return static_cast<u8>(old_low) != 0;
}

// Address, in this CPU's area, of the variable whose per-CPU address is `variable`.
template <typename T>
ALWAYS_INLINE T* this_cpu_ptr(T* variable) {
  asm volatile("add %%gs:%1, %0" : "+r"(variable) : "m"(this_cpu_off) : "cc");
  return variable;
}

template <typename T>
ALWAYS_INLINE T* per_cpu_ptr(T* variable, int cpu) {
  u64 address = reinterpret_cast<u64>(variable);
  // The compiler must not reason about an object that ends where the area of a CPU begins.
  asm("" : "+r"(address));
  return reinterpret_cast<T*>(address + __per_cpu_offset[cpu]);
}

template <typename T>
ALWAYS_INLINE T& per_cpu(T& variable, int cpu) {
  return *per_cpu_ptr(&variable, cpu);
}

ALWAYS_INLINE int smp_processor_id() { return static_cast<int>(this_cpu_read(cpu_number)); }
ALWAYS_INLINE int numa_node_id() { return static_cast<int>(this_cpu_read(numa_node)); }

// Zeroed per-CPU memory from the dynamic part of every area, first fit; null when that is full.
// `align` is a power of two up to a page. The result is a per-CPU address.
void* __alloc_percpu(size_t size, size_t align);
void free_percpu(void* variable);
