#pragma once

#include <vector>

#include "models/core/timing/core_timing_config.h"
#include "models/core/types.h"

namespace apicsim {

/// Directions by two-bit counters that address and global history select (McFarling, Combining
/// Branch Predictors, 1993), targets of indirect branches by address and history, returns by a
/// stack. Direct targets are always known. Each function says whether the prediction was wrong and
/// learns the outcome.
class BranchPredictor {
 public:
  explicit BranchPredictor(const CoreTimingConfig& config)
      : m_mask((1u << config.history_bits) - 1),
        m_target_mask(config.target_entries - 1),
        m_return_count(config.return_entries),
        m_counters(std::size_t{1} << config.history_bits, weakly_taken),
        m_targets(config.target_entries, 0),
        m_returns(config.return_entries, 0) {}

  bool conditional(u64 address, bool taken) {
    u8& counter = m_counters[(hash(address) ^ m_history) & m_mask];
    const bool wrong = (counter >= weakly_taken) != taken;
    if (taken)
      counter = static_cast<u8>(counter + (counter < strongly_taken));
    else
      counter = static_cast<u8>(counter - (counter > 0));
    m_history = m_history << 1 | static_cast<u32>(taken);
    return wrong;
  }

  bool indirect(u64 address, u64 target) {
    u32& known = m_targets[(hash(address) ^ m_history) & m_target_mask];
    const bool wrong = known != hash(target);
    known = hash(target);
    m_history = m_history << 2 ^ hash(target);
    return wrong;
  }

  void call(u64 return_address) {
    m_top = m_top + 1 == m_return_count ? 0 : m_top + 1;
    m_returns[m_top] = return_address;
  }
  bool ret(u64 target) {
    const bool wrong = m_returns[m_top] != target;
    m_top = m_top == 0 ? m_return_count - 1 : m_top - 1;
    return wrong;
  }

 private:
  static constexpr u8 weakly_taken = 2, strongly_taken = 3;
  static u32 hash(u64 address) {
    return static_cast<u32>(address) ^ static_cast<u32>(address >> 12) ^
           static_cast<u32>(address >> 32);
  }

  u32 m_mask, m_target_mask, m_return_count;
  u32 m_history = 0;
  u32 m_top = 0;
  std::vector<u8> m_counters;
  std::vector<u32> m_targets;
  std::vector<u64> m_returns;
};

}  // namespace apicsim
