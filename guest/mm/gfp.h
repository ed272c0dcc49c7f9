// Allocation flags with the values of Linux 3.13 (include/linux/gfp.h): they show up in registers
// and messages of the allocators.
#pragma once

#include "guest/include/types.h"

using gfp_t = unsigned int;

inline constexpr gfp_t __GFP_DMA = 0x01u;
inline constexpr gfp_t __GFP_DMA32 = 0x04u;
inline constexpr gfp_t __GFP_WAIT = 0x10u;
inline constexpr gfp_t __GFP_HIGH = 0x20u;
inline constexpr gfp_t __GFP_IO = 0x40u;
inline constexpr gfp_t __GFP_FS = 0x80u;
inline constexpr gfp_t __GFP_NOWARN = 0x200u;
inline constexpr gfp_t __GFP_NOFAIL = 0x800u;
inline constexpr gfp_t __GFP_NORETRY = 0x1000u;
inline constexpr gfp_t __GFP_COMP = 0x4000u;
inline constexpr gfp_t __GFP_ZERO = 0x8000u;
inline constexpr gfp_t __GFP_THISNODE = 0x40000u;

inline constexpr gfp_t GFP_ATOMIC = __GFP_HIGH;
inline constexpr gfp_t GFP_KERNEL = __GFP_WAIT | __GFP_IO | __GFP_FS;

/// "Any node" for the node argument of the allocators.
inline constexpr int NUMA_NO_NODE = -1;
