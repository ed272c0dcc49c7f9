#pragma once

#include <cstdint>

namespace apicsim {

/// FNV-1a over the bytes of 64-bit values, least significant first: shows that one of them differs.
/// (Fowler, Noll, Vo; draft-eastlake-fnv, 64-bit parameters.)
class FoldDigest {
 public:
  void add(std::uint64_t value) {
    for (unsigned i = 0; i < 8; ++i) m_value = (m_value ^ (value >> 8 * i & 0xFF)) * 0x100000001B3;
  }
  std::uint64_t value() const { return m_value; }

 private:
  std::uint64_t m_value = 0xCBF29CE484222325;
};

}  // namespace apicsim
