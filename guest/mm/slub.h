// Inside of the slab allocator: free pointers, the two compare-and-exchange pairs, and what the
// files of this folder call in each other.
#pragma once

#include "guest/arch/atomic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/percpu.h"
#include "guest/lib/probe.h"
#include "guest/mm/slab.h"
#include "guest/mm/slab_def.h"

/// Places that Linux counts in enum stat_item (include/linux/slub_def.h), as static probes with the
/// cache as argument.
#define SLUB_STAT(name, cache) PROBE1("slub", name, cache)

/// A free object holds the address of the next one at kmem_cache::offset.
inline void* get_freepointer(const kmem_cache* s, const void* object) {
  return *reinterpret_cast<void* const*>(static_cast<const char*>(object) + s->offset);
}
inline void set_freepointer(const kmem_cache* s, void* object, void* next) {
  *reinterpret_cast<void**>(static_cast<char*>(object) + s->offset) = next;
}

/// Makes `slab` the one that the CPU allocates from.
inline void set_cpu_slab(kmem_cache_cpu* c, page* slab) {
  c->page = slab;
#if GUEST_RELEASE == 302
  c->node = page_to_nid(slab);
#endif
}

/// Transaction ids advance by one: the kernel is not preemptible (mm/slub.c, TID_STEP).
inline u64 next_tid(u64 tid) { return tid + 1; }

/// cmpxchg_double_slab() for processors without CMPXCHG16B: under the slab's bit lock.
bool locked_exchange_slab(page* slab, void* freelist_old, u64 counters_old, void* freelist_new,
                          u64 counters_new);

/// Replaces a slab's {freelist, counters} if both are as expected.
inline bool cmpxchg_double_slab(page* slab, void* freelist_old, u64 counters_old,
                                void* freelist_new, u64 counters_new) {
  if (__builtin_expect(!boot_cpu_data.cx16, 0)) {
    return locked_exchange_slab(slab, freelist_old, counters_old, freelist_new, counters_new);
  }
  return cmpxchg_double(&slab->freelist, reinterpret_cast<u64>(freelist_old), counters_old,
                        reinterpret_cast<u64>(freelist_new), counters_new);
}

/// The parts of page::counters.
struct SlabCounters {
  u32 inuse : 16;
  u32 objects : 15;
  u32 frozen : 1;
  s32 references;
};

/// A copy of a slab's {freelist, counters}, to be changed and exchanged.
struct SlabState {
  void* freelist;
  union {
    u64 word;
    SlabCounters counters;
  };

  explicit SlabState(const page* slab)
      : freelist(read_once(slab->freelist)), word(read_once(slab->counters)) {}
};

/// Replaces the slab's state `from` by `to`; false if it has changed meanwhile.
inline bool exchange_state(page* slab, const SlabState& from, const SlabState& to) {
  return cmpxchg_double_slab(slab, from.freelist, from.word, to.freelist, to.word);
}

/// Replaces a per-CPU word without LOCK: atomic against this CPU only.
template <typename T>
ALWAYS_INLINE bool this_cpu_cmpxchg(T& variable, T expected, T desired) {
  T found = expected;
  asm volatile("cmpxchg %2, %%gs:%1" : "+a"(found), "+m"(variable) : "r"(desired) : "memory", "cc");
  return found == expected;
}

/// Replaces this CPU's {freelist, tid} of a cache if both are as expected.
ALWAYS_INLINE bool cmpxchg_double_cpu(kmem_cache* s, void* freelist_old, u64 tid_old,
                                      void* freelist_new) {
  return this_cpu_cmpxchg_double(s->cpu_slab, reinterpret_cast<u64>(freelist_old), tid_old,
                                 reinterpret_cast<u64>(freelist_new), next_tid(tid_old));
}

inline bool node_match(const page* slab, int node) {
  return slab && (node == NUMA_NO_NODE || page_to_nid(slab) == node);
}

enum class ListEnd { head, tail };

/// Node lists; the caller holds the node's list_lock.
void add_partial(kmem_cache_node* n, page* slab, ListEnd end);
void remove_partial(kmem_cache_node* n, page* slab);

/// A new slab of free objects, frozen, all counted as in use; nullptr when memory is short.
page* new_slab(kmem_cache* s, gfp_t gfp, int node);
/// Gives the pages of an empty slab that is on no list back to the page allocator.
void discard_slab(kmem_cache* s, page* slab);

/// Takes a slab with free objects from a node's partial list, makes it the CPU's slab and returns
/// its objects; further ones go to the CPU's partial list. Interrupts are off.
void* get_partial(kmem_cache* s, int node, kmem_cache_cpu* c);
/// Adds a frozen slab to this CPU's partial list; with `drain`, an overfull list is emptied first.
void put_cpu_partial(kmem_cache* s, page* slab, bool drain);
/// Moves this CPU's partial slabs to their nodes' lists. Interrupts are off.
void unfreeze_partials(kmem_cache* s, kmem_cache_cpu* c);
/// Gives the CPU slab with its remaining free objects back to its node. Interrupts are off.
void deactivate_slab(kmem_cache* s, page* slab, void* freelist);
/// Gives this CPU's slab and partial slabs of a cache back to their nodes. Interrupts are off.
void flush_cpu_slab(kmem_cache* s);

extern "C" {
/// Allocation when the CPU's free list is empty or on the wrong node. `caller` is for reports.
void* __slab_alloc(kmem_cache* s, gfp_t gfp, int node, u64 caller);
/// Freeing of an object whose slab is not the CPU's current one.
void __slab_free(kmem_cache* s, page* slab, void* object, u64 caller);
/// Requests above kMallocMaxCacheSize: compound pages.
void* kmalloc_large(size_t size, gfp_t gfp, int node);
}

/// Fills in a cache's sizes, orders and limits from object_size, align and flags; false if no order
/// holds an object.
bool calculate_sizes(kmem_cache* s, size_t align);
/// calculate_sizes, then the per-CPU and per-node parts. False when memory is short.
bool kmem_cache_open(kmem_cache* s, const char* name, size_t size, size_t align, u64 flags,
                     void (*ctor)(void*));

/// The caches of kmem_cache and kmem_cache_node objects, out of nothing but pages.
void create_own_caches();
/// A cache of its own, before anything could be merged; panics when memory is short.
kmem_cache* create_boot_cache(const char* name, size_t size);

/// slub_min_order=, slub_max_order= and slub_min_objects= of the command line.
struct SlubLimits {
  unsigned min_order;
  unsigned max_order;
  unsigned min_objects;  ///< 0: from the number of CPUs
};
const SlubLimits& slub_limits();

/// All caches, in the order of creation, for reports and checks.
void for_each_cache(void (*visit)(kmem_cache* s, void* context), void* context);
