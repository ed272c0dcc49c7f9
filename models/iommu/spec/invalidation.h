#pragma once

#include <array>
#include <cstdint>

/// Descriptors of the invalidation queue: VT-d 3.0 §6.5.2. All have 16 bytes, the type in bits 3:0.
namespace apicsim::vtd::descriptor {

inline constexpr std::uint64_t size = 16;
inline constexpr std::uint64_t type_mask = 0xF;

inline constexpr unsigned context_cache = 1;      ///< §6.5.2.1
inline constexpr unsigned iotlb = 2;              ///< §6.5.2.3
inline constexpr unsigned device_tlb = 3;         ///< §6.5.2.5
inline constexpr unsigned interrupt_entries = 4;  ///< §6.5.2.7
inline constexpr unsigned wait = 5;               ///< §6.5.2.8

/// Bits that must be zero, by type. The granularity of context-cache and IOTLB descriptors (bits
/// 5:4) must not be zero.
struct Format {
  unsigned type;
  std::uint64_t reserved_low;
  std::uint64_t reserved_high;
  bool granularity;
};
inline constexpr std::array<Format, 5> formats{{
    {context_cache, 0xFFFC00000000FFC0, ~std::uint64_t{0}, true},
    {iotlb, 0xFFFFFFFF0000FF00, 0xF80, true},
    {device_tlb, 0xFFFF0000FFE0FFF0, 0xFFE, false},
    {interrupt_entries, 0xFFFF000007FFFFE0, ~std::uint64_t{0}, false},
    {wait, 0x00000000FFFFFF80, 0x3, false},
}};

inline constexpr unsigned granularity_shift = 4;
inline constexpr std::uint64_t granularity_mask = 3;

// Interrupt entries.
inline constexpr std::uint64_t index_selective = 1u << 4;
inline constexpr unsigned index_mask_shift = 27;  ///< 5 bits: 2^IM entries
inline constexpr unsigned index_shift = 32;       ///< 16 bits

// Wait.
inline constexpr std::uint64_t interrupt_flag = 1u << 4;
inline constexpr std::uint64_t status_write = 1u << 5;
inline constexpr unsigned status_data_shift = 32;
inline constexpr std::uint64_t status_address = ~std::uint64_t{3};

}  // namespace apicsim::vtd::descriptor
