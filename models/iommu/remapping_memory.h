#pragma once

#include <cstdint>

namespace apicsim {

/// A unit's way to the structures in memory.
class RemappingMemory {
 public:
  virtual ~RemappingMemory() = default;
  /// `length` bytes, at most 64, within one page; false where memory does not answer. Without
  /// `snoop` it is what memory itself holds, whatever newer data caches have.
  virtual bool read(std::uint64_t address, void* to, unsigned length, bool snoop) = 0;
  /// Sets bits of an aligned word in one atomic step; false where memory does not answer.
  virtual bool set_bits(std::uint64_t address, std::uint64_t bits) = 0;
};

}  // namespace apicsim
