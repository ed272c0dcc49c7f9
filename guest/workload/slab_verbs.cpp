// Verbs that allocate and free.
#include "guest/arch/cpu.h"
#include "guest/arch/percpu.h"
#include "guest/kernel/printk.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/slab.h"
#include "guest/mm/slab_def.h"
#include "guest/sched/task.h"
#include "guest/workload/pool.h"
#include "guest/workload/verbs.h"

namespace {

/// Takes `count` objects of a node into a pool; false when memory or the pool ends.
bool fill_pool(Pool* pool, size_t size, u64 count, int node = NUMA_NO_NODE) {
  for (u64 i = 0; i < count; ++i) {
    void* object =
        node == NUMA_NO_NODE ? __kmalloc(size, GFP_KERNEL) : __kmalloc_node(size, GFP_KERNEL, node);
    if (!object) return false;
    if (!pool_add(pool, object)) {
      kfree(object);
      return false;
    }
    cond_resched();
  }
  return true;
}

/// xorshift64* (S. Vigna, "An experimental exploration of Marsaglia's xorshift generators", 2016).
class Random {
 public:
  explicit Random(u64 seed) : m_state(seed * 0x9e3779b97f4a7c15ull | 1) {}
  u64 below(u64 limit) {
    m_state ^= m_state >> 12;
    m_state ^= m_state << 25;
    m_state ^= m_state >> 27;
    return ((m_state * 0x2545f4914f6cdd1dull) >> 32) % limit;
  }

 private:
  u64 m_state;
};

/// Objects of a mix carry a mark at their first and last byte: an allocator that hands one object
/// out twice would break it.
struct Marked {
  u8* object;
  u32 size;
  u8 mark;
};

class Mix {
 public:
  Mix(const Command& command, int cpu, Marked* live)
      : m_command(command),
        m_cpu(cpu),
        m_live(live),
        m_random(command.number("seed") + static_cast<u64>(cpu) * 0x10001) {}

  void run() {
    const u64 live = m_command.number("live");
    for (u64 i = 0; i < m_command.number("count"); ++i) {
      Marked& slot = m_live[m_random.below(live)];
      if (slot.object) {
        release(slot);
      } else {
        take(slot, static_cast<u8>(i));
      }
      cond_resched();
    }
    for (u64 i = 0; i < live; ++i) {
      if (m_live[i].object) release(m_live[i]);
    }
    if (m_damaged > 0) report_command(m_command, m_cpu, "objects were overwritten");
    if (m_failed > 0) report_command(m_command, m_cpu, "allocations failed");
  }

 private:
  void take(Marked& slot, u8 mark) {
    const NumberList& sizes = m_command.numbers;
    const u64 size = sizes.values[m_random.below(static_cast<u64>(sizes.count))];
    slot = {static_cast<u8*>(__kmalloc(size, GFP_KERNEL)), static_cast<u32>(size), mark};
    if (!slot.object) {
      ++m_failed;
      return;
    }
    slot.object[0] = slot.object[size - 1] = mark;
  }

  void release(Marked& slot) {
    if (slot.object[0] != slot.mark || slot.object[slot.size - 1] != slot.mark) ++m_damaged;
    kfree(slot.object);
    slot.object = nullptr;
  }

  const Command& m_command;
  int m_cpu;
  Marked* m_live;
  Random m_random;
  u64 m_damaged = 0;
  u64 m_failed = 0;
};

/// True while this CPU can allocate without a new slab: from its current one, or with `node` also
/// from the partial slabs of its own and of its node.
bool has_free_objects(const kmem_cache* s, bool node) {
  const kmem_cache_cpu* c = this_cpu_ptr(s->cpu_slab);
  if (c->freelist || (c->page && c->page->freelist)) return true;
  return node && (c->partial || s->node[numa_mem_id()]->nr_partial > 0);
}

constexpr unsigned live_order = 1;
static_assert(512 * sizeof(Marked) <= (kPageSize << live_order), "all live objects of a mix");

}  // namespace

void do_alloc(const Command& command, int cpu) {
  Pool* pool = pool_get(command.value("pool").text);
  if (!pool) return report_command(command, cpu, "no room for another pool");
  int node = NUMA_NO_NODE;
  if (command.value("node").given) node = static_cast<int>(command.number("node"));
  if (node >= nr_node_ids) return report_command(command, cpu, "no such node");
  if (!fill_pool(pool, command.number("size"), command.number("count"), node)) {
    report_command(command, cpu, "not all objects could be allocated");
  }
}

void do_free(const Command& command, int cpu) {
  Pool* pool = pool_find(command.value("pool").text);
  if (!pool) return report_command(command, cpu, "no such pool");
  if (command.value("index").given) {
    void* object = pool_take_at(pool, command.number("index"));
    if (!object) return report_command(command, cpu, "no live object at this index");
    return kfree(object);
  }
  const bool oldest = command.number("order") == 0;
  const bool all = !command.value("count").given;
  for (u64 left = command.number("count"); left > 0; --left) {
    void* object = pool_take(pool, oldest);
    if (!object) {
      if (!all) report_command(command, cpu, "the pool has no more objects");
      return;
    }
    kfree(object);
    cond_resched();
  }
}

void do_exhaust(const Command& command, int cpu) {
  Pool* pool = pool_get(command.value("pool").text);
  if (!pool) return report_command(command, cpu, "no room for another pool");
  kmem_cache* s = kmalloc_slab(command.number("size"));
  const bool node = command.number("reach") == 1;
  while (has_free_objects(s, node)) {
    if (!fill_pool(pool, command.number("size"), 1)) {
      return report_command(command, cpu, "not all objects could be allocated");
    }
  }
}

void do_pairs(const Command& command, int cpu) {
  const size_t size = command.number("size");
  for (u64 i = 0; i < command.number("count"); ++i) {
    void* object = __kmalloc(size, GFP_KERNEL);
    if (!object) return report_command(command, cpu, "allocation failed");
    kfree(object);
    cond_resched();
  }
}

void do_mix(const Command& command, int cpu) {
  auto* live = static_cast<Marked*>(get_free_pages(GFP_KERNEL | __GFP_ZERO, live_order));
  if (!live) return report_command(command, cpu, "no memory for the list of objects");
  Mix(command, cpu, live).run();
  free_pages(live, live_order);
}

void do_use_after_free(const Command& command, int cpu) {
  Pool* pool = pool_find(command.value("pool").text);
  if (!pool) return report_command(command, cpu, "no such pool");
  void* object = pool_peek(pool, command.number("index"));
  if (!object) return report_command(command, cpu, "no object at this index");
  static_cast<volatile u8*>(object)[command.number("offset")] =
      static_cast<u8>(command.number("value"));
}
