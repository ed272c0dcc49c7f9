#pragma once

#include <cstdint>

namespace apicsim {

/// `size` bytes from byte `offset` of a register that is `width` bytes wide; zero beyond it.
inline std::uint64_t part_of(std::uint64_t value, std::uint64_t offset, unsigned width) {
  return offset >= width ? 0 : value >> (8 * offset);
}

/// `old` with the bytes that a write of `size` bytes at byte `offset` replaces.
inline std::uint64_t merged(std::uint64_t old, std::uint64_t offset, unsigned size,
                            std::uint64_t value) {
  if (offset >= 8) return old;
  const std::uint64_t ones = size >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * size)) - 1;
  const std::uint64_t mask = ones << (8 * offset);
  return (old & ~mask) | ((value << (8 * offset)) & mask);
}

/// The bits that such a write touches, in place; untouched bytes are zero.
inline std::uint64_t placed(std::uint64_t offset, unsigned size, std::uint64_t value) {
  return merged(0, offset, size, value);
}

}  // namespace apicsim
