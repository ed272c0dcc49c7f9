#include "models/core/block_cache.h"

#include <algorithm>

#include "models/core/cpu.h"

namespace apicsim {

namespace {

/// In place of every operation of a block whose bytes were overwritten.
const Op* resynchronise(Cpu& cpu, const Op* op) { return cpu.leave(op); }

}  // namespace

BlockCache::BlockCache() = default;
BlockCache::~BlockCache() = default;

const Block* BlockCache::find(u64 physical, u8 code_size) const {
  const auto it = m_blocks.find(key(physical, code_size));
  return it == m_blocks.end() ? nullptr : it->second;
}

const Block* BlockCache::insert(const Block& block, const Decoded& decoded) {
  const std::vector<Op>& ops = decoded.ops;
  m_op_storage.push_back(std::make_unique<Op[]>(ops.size()));
  std::copy(ops.begin(), ops.end(), m_op_storage.back().get());
  m_storage.push_back(std::make_unique<Block>(block));
  Block* stored = m_storage.back().get();
  stored->ops = m_op_storage.back().get();
  stored->timings = keep(decoded.timings);
  stored->op_count = static_cast<u16>(ops.size());
  Block*& known = m_blocks[key(block.physical, block.code_size)];
  if (known) kill(*known);
  known = stored;
  add_to_page(block.physical & ~page_mask, stored);
  if (block.second_page != no_page) add_to_page(block.second_page, stored);
  return stored;
}

/// Functional execution has none.
const OpTiming* BlockCache::keep(const std::vector<OpTiming>& timings) {
  if (timings.empty()) return nullptr;
  m_timing_storage.push_back(std::make_unique<OpTiming[]>(timings.size()));
  std::copy(timings.begin(), timings.end(), m_timing_storage.back().get());
  return m_timing_storage.back().get();
}

void BlockCache::add_to_page(u64 page, Block* block) {
  Page& entry = m_pages[page >> 12];
  const bool is_new = entry.blocks.empty();
  entry.blocks.push_back(block);
  if (is_new && m_on_new_page) m_on_new_page(page);
}

void BlockCache::kill(Block& block) {
  block.bytes = 0;
  for (unsigned i = 0; i < block.op_count; ++i) block.ops[i].handler = resynchronise;
}

void BlockCache::written(u64 physical, u64 size) {
  for (u64 page = physical & ~page_mask; page < physical + size; page += page_size) {
    const auto it = m_pages.find(page >> 12);
    if (it == m_pages.end()) continue;
    auto& blocks = it->second.blocks;
    const auto hit = [&](Block* block) {
      if (block->bytes == 0) return true;
      const bool overlaps =
          block->physical < physical + size && physical < block->physical + block->bytes;
      const bool in_second = block->second_page == page;
      if (!overlaps && !in_second) return false;
      m_blocks.erase(key(block->physical, block->code_size));
      kill(*block);
      return true;
    };
    blocks.erase(std::remove_if(blocks.begin(), blocks.end(), hit), blocks.end());
    if (blocks.empty()) m_pages.erase(it);
  }
}

}  // namespace apicsim
