#pragma once

#include "guest/include/types.h"

// SDM Vol. 4, table 2-2.
inline constexpr u32 kMsrApicBase = 0x1b;
inline constexpr u32 kMsrPackageCstConfig = 0xe2;
inline constexpr u32 kMsrMiscEnable = 0x1a0;
inline constexpr u32 kMsrPowerControl = 0x1fc;
inline constexpr u32 kMsrTscDeadline = 0x6e0;
inline constexpr u32 kMsrX2apicFirst = 0x800;
inline constexpr u32 kMsrEfer = 0xc0000080;
inline constexpr u32 kMsrStar = 0xc0000081;
inline constexpr u32 kMsrLstar = 0xc0000082;
inline constexpr u32 kMsrCstar = 0xc0000083;
inline constexpr u32 kMsrSyscallMask = 0xc0000084;
inline constexpr u32 kMsrFsBase = 0xc0000100;
inline constexpr u32 kMsrGsBase = 0xc0000101;
inline constexpr u32 kMsrKernelGsBase = 0xc0000102;

inline constexpr u64 kEferSce = 1u << 0;
inline constexpr u64 kEferLme = 1u << 8;
inline constexpr u64 kEferNx = 1u << 11;

ALWAYS_INLINE u64 rdmsr(u32 msr) {
  u32 low, high;
  asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
  return static_cast<u64>(high) << 32 | low;
}

ALWAYS_INLINE void wrmsr(u32 msr, u64 value) {
  asm volatile("wrmsr"
               :
               : "c"(msr), "a"(static_cast<u32>(value)), "d"(static_cast<u32>(value >> 32))
               : "memory");
}

// False if the processor has no such MSR (#GP); `value` is then 0.
bool rdmsr_safe(u32 msr, u64* value);
bool wrmsr_safe(u32 msr, u64 value);
