#pragma once

#include <array>
#include <cstdint>

namespace apicsim {

/// 256 bits, one per interrupt vector: IRR, ISR, TMR (SDM Vol. 3 §11.8.4).
class VectorSet {
 public:
  bool test(std::uint8_t vector) const { return (m_bits[vector >> 5] >> (vector & 31)) & 1; }
  void set(std::uint8_t vector) { m_bits[vector >> 5] |= 1u << (vector & 31); }
  void reset(std::uint8_t vector) { m_bits[vector >> 5] &= ~(1u << (vector & 31)); }
  void assign(std::uint8_t vector, bool value) { value ? set(vector) : reset(vector); }
  void clear() { m_bits = {}; }

  /// Highest vector in the set, or -1 if it is empty.
  int highest() const {
    for (int word = 7; word >= 0; --word)
      if (m_bits[word] != 0) return word * 32 + 31 - __builtin_clz(m_bits[word]);
    return -1;
  }

  unsigned count() const {
    unsigned bits = 0;
    for (const std::uint32_t word : m_bits) bits += __builtin_popcount(word);
    return bits;
  }

  /// How many of the 16 vectors from `first`, a multiple of 16, are in the set.
  unsigned count_class(unsigned first) const {
    return static_cast<unsigned>(__builtin_popcount(m_bits[first >> 5] >> (first & 16) & 0xFFFF));
  }

  /// Register `index` 0..7 of the eight: vectors 32 * index ..< 32 * index + 32.
  std::uint32_t word(unsigned index) const { return m_bits[index]; }

 private:
  std::array<std::uint32_t, 8> m_bits{};
};

}  // namespace apicsim
