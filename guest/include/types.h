#pragma once

#include <cstddef>
#include <cstdint>

// Names of the widths that hardware registers and table fields have.
using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using s8 = std::int8_t;
using s16 = std::int16_t;
using s32 = std::int32_t;
using s64 = std::int64_t;
using std::size_t;

// Upper bounds of the static tables; a machine with more is cut, and says so.
// NR_CPUS: the most that both releases can be configured for without CONFIG_MAXSMP (range 2 512 of
// arch/x86/Kconfig), and what Debian builds. Ubuntu builds 256: nr_cpus=256 limits with its words.
inline constexpr int kMaxCpus = 512;
inline constexpr int kMaxNodes = 64;

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))

template <typename T, size_t N>
constexpr size_t array_size(const T (&)[N]) {
  return N;
}

template <typename T>
constexpr T min_of(T a, T b) {
  return b < a ? b : a;
}

template <typename T>
constexpr T max_of(T a, T b) {
  return a < b ? b : a;
}

// `align` is a power of two.
constexpr u64 align_up(u64 value, u64 align) { return (value + align - 1) & ~(align - 1); }
constexpr u64 align_down(u64 value, u64 align) { return value & ~(align - 1); }
