#pragma once

#include "guest/include/types.h"

// The address space of x86_64 kernels of that time (Documentation/x86/x86_64/mm.txt).
inline constexpr u64 kPageSize = 4096;
inline constexpr u64 kPageOffset = 0xffff880000000000;    // direct map of all memory
inline constexpr u64 kVmallocStart = 0xffffc90000000000;  // ioremap
inline constexpr u64 kVmemmapStart = 0xffffea0000000000;  // page metadata, 64 bytes a frame
inline constexpr u64 kKernelMap = 0xffffffff80000000;     // the kernel image
inline constexpr u64 kKernelMapSize = 512u << 20;

// Of an address in the direct map or in the kernel image.
inline u64 virt_to_phys(const volatile void* address) {
  const u64 value = reinterpret_cast<u64>(address);
  return value >= kKernelMap ? value - kKernelMap : value - kPageOffset;
}

template <typename T = void>
inline T* phys_to_virt(u64 physical) {
  return reinterpret_cast<T*>(physical + kPageOffset);
}
