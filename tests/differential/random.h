#pragma once

#include <cstddef>
#include <cstdint>

namespace apicsim::differential {

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the same numbers with every standard library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : m_state(seed) {}

  std::uint64_t next() {
    std::uint64_t z = m_state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// 0..bound-1; bound must not be 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  bool percent(unsigned chance) { return below(100) < chance; }

  template <class T, std::size_t n>
  const T& pick(const T (&choices)[n]) {
    return choices[below(n)];
  }

 private:
  std::uint64_t m_state;
};

}  // namespace apicsim::differential
