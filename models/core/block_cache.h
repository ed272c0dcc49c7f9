#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "models/core/decoded.h"
#include "models/core/op.h"
#include "models/core/types.h"

namespace apicsim {

/// Decoded blocks, shared by all CPUs, keyed by physical address and decoding size.
///
/// A write to a page that holds code overwrites the handlers of the blocks it hits with one that
/// goes back to the main loop; whoever is inside such a block leaves it at its next instruction and
/// finds the new bytes (SDM Vol. 3 §8.1.3), and links that still lead to it need no clean-up.
class BlockCache {
 public:
  BlockCache();
  ~BlockCache();

  const Block* find(u64 physical, u8 code_size) const;
  /// Takes over a decoded block, whose operations end with the one that leaves it.
  const Block* insert(const Block& block, const Decoded& decoded);

  bool holds_code(u64 physical_page) const { return m_pages.count(physical_page >> 12) != 0; }
  void written(u64 physical, u64 size);

  /// Called with the physical page when its first block is decoded: stores to it must be seen.
  void on_new_code_page(std::function<void(u64)> callback) { m_on_new_page = std::move(callback); }

  void plant_probe(u64 physical, u32 id) { m_probes[physical] = id; }
  /// Probe at this address, or -1.
  i64 probe_at(u64 physical) const {
    const auto it = m_probes.find(physical);
    return it == m_probes.end() ? -1 : static_cast<i64>(it->second);
  }
  bool has_probes() const { return !m_probes.empty(); }

 private:
  struct Page {
    std::vector<Block*> blocks;
  };
  static u64 key(u64 physical, u8 code_size) { return physical << 2 | code_size / 32; }
  const OpTiming* keep(const std::vector<OpTiming>& timings);
  void add_to_page(u64 page, Block* block);
  static void kill(Block& block);

  std::unordered_map<u64, Block*> m_blocks;
  std::unordered_map<u64, Page> m_pages;
  std::unordered_map<u64, u32> m_probes;
  std::vector<std::unique_ptr<Block>> m_storage;
  std::vector<std::unique_ptr<Op[]>> m_op_storage;
  std::vector<std::unique_ptr<OpTiming[]>> m_timing_storage;
  std::function<void(u64)> m_on_new_page;
};

}  // namespace apicsim
