#pragma once

#include <cstdint>
#include <vector>

#include "models/devices/spec/nic_82574.h"

namespace apicsim {

/// The stored registers of the controller and its statistics; no meaning.
class NicRegisterFile {
 public:
  NicRegisterFile();

  /// The declaration of the register at `offset`, nullptr where there is none.
  static const nic::Register* find(std::uint32_t offset);
  static bool is_statistic(std::uint32_t offset);

  std::uint32_t get(std::uint32_t offset) const { return m_values[offset / 4]; }
  void set(std::uint32_t offset, std::uint32_t value) { m_values[offset / 4] = value; }
  /// A base address in two registers, or another quantity of 64 bits.
  std::uint64_t wide(std::uint32_t offset) const {
    return get(offset) | std::uint64_t{get(offset + 4)} << 32;
  }
  /// Statistics of one and of two registers.
  void count(std::uint32_t offset) { ++m_values[offset / 4]; }
  void count_wide(std::uint32_t offset, std::uint64_t amount);
  /// Of a pair, the upper half clears both (§10.2.7).
  std::uint32_t take_statistic(std::uint32_t offset);

  /// Everything but statistics as after a software reset (§4.2.1).
  void reset();

 private:
  std::vector<std::uint32_t> m_values;
};

}  // namespace apicsim
