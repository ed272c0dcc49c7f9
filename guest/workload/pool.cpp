#include "guest/workload/pool.h"

#include "guest/mm/page_alloc.h"

namespace {

constexpr int max_pools = 16;
Pool pools[max_pools];
int pool_count;
SpinLock pools_lock;

constexpr unsigned order_of(u64 bytes) {
  unsigned order = 0;
  while ((kPageSize << order) < bytes) ++order;
  return order;
}

bool init_pool(Pool* pool, Text name) {
  constexpr unsigned slots_order = order_of(kPoolCapacity * sizeof(void*));
  constexpr unsigned freed_order = order_of(kPoolCapacity);
  pool->slots = static_cast<void**>(get_free_pages(GFP_KERNEL | __GFP_ZERO, slots_order));
  pool->freed = static_cast<u8*>(get_free_pages(GFP_KERNEL | __GFP_ZERO, freed_order));
  if (!pool->slots || !pool->freed) {
    free_pages(pool->slots, slots_order);
    free_pages(pool->freed, freed_order);
    return false;
  }
  copy_text(name, pool->name, kPoolNameSize);
  return true;
}

void* take_slot(Pool* pool, u64 index) {
  pool->freed[index] = 1;
  --pool->live;
  return pool->slots[index];
}

}  // namespace

Pool* pool_find(Text name) {
  for (int i = 0; i < pool_count; ++i) {
    if (same_text(name, pools[i].name)) return &pools[i];
  }
  return nullptr;
}

Pool* pool_get(Text name) {
  const SpinLockIrqGuard guard(pools_lock);
  Pool* pool = pool_find(name);
  if (pool) return pool;
  if (pool_count == max_pools || name.size >= kPoolNameSize) return nullptr;
  if (!init_pool(&pools[pool_count], name)) return nullptr;
  return &pools[pool_count++];
}

bool pool_add(Pool* pool, void* object) {
  const SpinLockIrqGuard guard(pool->lock);
  if (pool->count == kPoolCapacity) return false;
  pool->slots[pool->count++] = object;
  ++pool->live;
  return true;
}

void* pool_take(Pool* pool, bool oldest) {
  const SpinLockIrqGuard guard(pool->lock);
  if (pool->live == 0) return nullptr;
  if (oldest) {
    while (pool->freed[pool->first_live]) ++pool->first_live;
    return take_slot(pool, pool->first_live);
  }
  u64 index = pool->count - 1;
  while (pool->freed[index]) --index;
  return take_slot(pool, index);
}

void* pool_take_at(Pool* pool, u64 index) {
  const SpinLockIrqGuard guard(pool->lock);
  if (index >= pool->count || pool->freed[index]) return nullptr;
  return take_slot(pool, index);
}

void* pool_peek(Pool* pool, u64 index) {
  const SpinLockIrqGuard guard(pool->lock);
  return index < pool->count ? pool->slots[index] : nullptr;
}
