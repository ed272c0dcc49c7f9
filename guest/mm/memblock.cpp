#include "guest/mm/memblock.h"

#include "guest/lib/string.h"
#include "guest/mm/layout.h"

namespace {

// A sorted table of ranges that do not overlap; neighbours of one node are one range.
class RangeTable {
 public:
  int count() const { return m_count; }
  const MemRange& operator[](int index) const { return m_ranges[index]; }
  MemRange& at(int index) { return m_ranges[index]; }

  void add(u64 base, u64 size, int node) {
    remove(base, size);
    insert({base, size, node});
    merge();
  }

  void remove(u64 base, u64 size) {
    const u64 end = base + size;
    for (int i = 0; i < m_count; ++i) {
      const MemRange range = m_ranges[i];
      const u64 range_end = range.base + range.size;
      if (range_end <= base || range.base >= end) continue;
      erase(i--);
      if (range.base < base) i += insert({range.base, base - range.base, range.node});
      if (range_end > end) i += insert({end, range_end - end, range.node});
    }
  }

  void merge() {
    for (int i = 0; i + 1 < m_count;) {
      MemRange& left = m_ranges[i];
      const MemRange& right = m_ranges[i + 1];
      if (left.base + left.size == right.base && left.node == right.node) {
        left.size += right.size;
        erase(i + 1);
      } else {
        ++i;
      }
    }
  }

  // Cuts a range in two where `address` lies inside it.
  void split(u64 address) {
    for (int i = 0; i < m_count; ++i) {
      const MemRange range = m_ranges[i];
      if (address <= range.base || address >= range.base + range.size) continue;
      m_ranges[i].size = address - range.base;
      insert({address, range.base + range.size - address, range.node});
      return;
    }
  }

 private:
  static constexpr int kMost = 512;

  int insert(const MemRange& range) {
    if (m_count == kMost || range.size == 0) return 0;
    int at = m_count++;
    for (; at > 0 && m_ranges[at - 1].base > range.base; --at) m_ranges[at] = m_ranges[at - 1];
    m_ranges[at] = range;
    return 1;
  }

  void erase(int index) {
    --m_count;
    for (int i = index; i < m_count; ++i) m_ranges[i] = m_ranges[i + 1];
  }

  MemRange m_ranges[kMost];
  int m_count;
};

RangeTable memory;
RangeTable reserved;

// The highest place for `size` bytes in [low, high) that touches nothing reserved, or 0.
u64 find_in_range(u64 low, u64 high, u64 size, u64 align) {
  int at = reserved.count() - 1;
  while (high >= low + size && high >= size) {
    const u64 place = align_down(high - size, align);
    if (place < low) return 0;
    while (at >= 0 && reserved[at].base >= place + size) --at;
    if (at < 0 || reserved[at].base + reserved[at].size <= place) return place;
    high = reserved[at].base;
  }
  return 0;
}

u64 find_in_node(u64 size, u64 align, int node, u64 limit) {
  for (int i = memory.count() - 1; i >= 0; --i) {
    const MemRange& range = memory[i];
    if (node != kNoNode && range.node != node) continue;
    // Page 0 is nobody's: its address would read as "none".
    const u64 low = max_of(range.base, kPageSize);
    const u64 high = limit == 0 ? range.base + range.size : min_of(range.base + range.size, limit);
    const u64 place = find_in_range(low, high, size, align);
    if (place != 0) return place;
  }
  return 0;
}

}  // namespace

void memblock_add(u64 base, u64 size) { memory.add(base, size, kNoNode); }
void memblock_remove(u64 base, u64 size) { memory.remove(base, size); }
void memblock_reserve(u64 base, u64 size) { reserved.add(base, size, kNoNode); }
void memblock_free(u64 base, u64 size) { reserved.remove(base, size); }

void memblock_set_node(u64 base, u64 size, int node) {
  memory.split(base);
  memory.split(base + size);
  for (int i = 0; i < memory.count(); ++i) {
    if (memory[i].base >= base && memory[i].base < base + size) memory.at(i).node = node;
  }
  memory.merge();
}

u64 memblock_find(u64 size, u64 align, int node, u64 limit) {
  const u64 place = find_in_node(size, align, node, limit);
  if (place != 0 || node == kNoNode) return place;
  return find_in_node(size, align, kNoNode, limit);
}

u64 memblock_alloc(u64 size, u64 align, int node, u64 limit) {
  const u64 place = memblock_find(size, align, node, limit);
  if (place == 0) return 0;
  memblock_reserve(place, size);
  memset(phys_to_virt(place), 0, size);
  return place;
}

int memblock_memory_count() { return memory.count(); }
const MemRange& memblock_memory(int index) { return memory[index]; }
int memblock_reserved_count() { return reserved.count(); }
const MemRange& memblock_reserved(int index) { return reserved[index]; }

void memblock_for_each_free(void (*visit)(const MemRange& range, void* context), void* context) {
  for (int i = 0; i < memory.count(); ++i) {
    const MemRange& range = memory[i];
    const u64 end = range.base + range.size;
    u64 at = range.base;
    for (int r = 0; r < reserved.count() && at < end; ++r) {
      const u64 taken_end = reserved[r].base + reserved[r].size;
      if (taken_end <= at) continue;
      if (reserved[r].base >= end) break;
      if (reserved[r].base > at) visit({at, reserved[r].base - at, range.node}, context);
      at = taken_end;
    }
    if (at < end) visit({at, end - at, range.node}, context);
  }
}

u64 memblock_end_of_memory() {
  if (memory.count() == 0) return 0;
  const MemRange& last = memory[memory.count() - 1];
  return last.base + last.size;
}

u64 memblock_total_memory() {
  u64 total = 0;
  for (int i = 0; i < memory.count(); ++i) total += memory[i].size;
  return total;
}
