#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#define APICSIM_LIKELY(x) __builtin_expect(!!(x), 1)
#define APICSIM_UNLIKELY(x) __builtin_expect(!!(x), 0)

namespace apicsim {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i8 = std::int8_t;
using i16 = std::int16_t;
using i32 = std::int32_t;
using i64 = std::int64_t;

template <class T>
inline constexpr unsigned bits_of = sizeof(T) * 8;

template <class T>
using Signed = std::make_signed_t<T>;

/// Bytes of the longest instruction, SDM Vol. 2 §2.3.11.
inline constexpr unsigned longest_instruction = 15;

/// Bits [high:low] of a word, as the manuals write them.
constexpr u64 bits(u64 value, unsigned high, unsigned low) {
  return (value >> low) & (high - low == 63 ? ~u64{0} : (u64{1} << (high - low + 1)) - 1);
}
constexpr bool bit(u64 value, unsigned n) { return (value >> n) & 1; }

/// A linear address is canonical when bits 63:47 are all equal (48-bit linear addresses).
constexpr bool canonical(u64 address) {
  return static_cast<u64>(static_cast<i64>(address << 16) >> 16) == address;
}

}  // namespace apicsim
