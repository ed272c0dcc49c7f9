// The structures of the slab allocator in the layout that the release has for x86-64
// (include/linux/slub_def.h, include/linux/kobject.h, mm/slab.h), under the kernel's names:
// debuggers look for these.
#pragma once

#include "guest/arch/spinlock.h"
#include "guest/kernel/release.h"
#include "guest/lib/list.h"
#include "guest/mm/gfp.h"
#include "guest/mm/page.h"

/// What a CPU holds of a cache. The first two members form the pair that CMPXCHG16B replaces.
struct alignas(16) kmem_cache_cpu {
  void** freelist;  ///< next free object of `page`, for this CPU only
  u64 tid;          ///< grows with every operation, starts at the CPU's number
  ::page* page;     ///< the slab that allocations come from
  ::page* partial;  ///< frozen slabs with free objects, linked by page::next
#if GUEST_RELEASE == 302
  s32 node;  ///< where `page` lies
#endif
};
static_assert(sizeof(kmem_cache_cpu) == (release::is_3_2 ? 0x30 : 0x20), "the release's layout");

/// What a NUMA node holds of a cache.
struct kmem_cache_node {
  SpinLock list_lock;
  u64 nr_partial;
  list_head partial;  ///< slabs with free objects that belong to no CPU
  s64 nr_slabs;
  s64 total_objects;
  list_head full;  ///< filled only for caches under debugging
};
static_assert(sizeof(kmem_cache_node) == 0x40, "the release's layout");

/// Order and object count of a slab in one word: order << 16 | objects.
struct kmem_cache_order_objects {
  u64 x;
};

/// The object through which a cache would show in /sys/kernel/slab; the guest keeps its name there.
struct kobject {
  const char* name;
  list_head entry;
  kobject* parent;
  void* kset;
  void* ktype;
  void* sd;
  s32 kref;
  u32 state;
};
static_assert(sizeof(kobject) == 0x40, "the release's layout");

struct kmem_cache {
  kmem_cache_cpu* cpu_slab;  ///< per-CPU address
  u64 flags;
  u64 min_partial;  ///< slabs that a node keeps although they are empty
  s32 size;         ///< distance of two objects
  s32 object_size;
  s32 offset;       ///< of the free pointer inside a free object
  s32 cpu_partial;  ///< free objects that a CPU's partial list should hold
  kmem_cache_order_objects oo;
  kmem_cache_order_objects max;
  kmem_cache_order_objects min;
  gfp_t allocflags;
  s32 refcount;
  void (*ctor)(void*);
  s32 inuse;
  s32 align;
  s32 reserved;
  const char* name;
  list_head list;
  kobject kobj;
#if GUEST_RELEASE != 302
  void* memcg_params;
  s32 max_attr_size;
#endif
  s32 remote_node_defrag_ratio;  ///< 0..1024: how readily slabs of other nodes are used
  kmem_cache_node* node[kMaxNodes];
};
static_assert(__builtin_offsetof(kmem_cache, size) == 0x18, "the release's layout");
static_assert(__builtin_offsetof(kmem_cache, object_size) == 0x1c, "the release's layout");
static_assert(__builtin_offsetof(kmem_cache, offset) == 0x20, "the release's layout");
static_assert(__builtin_offsetof(kmem_cache, kobj) == 0x78, "the release's layout");
static_assert(__builtin_offsetof(kmem_cache, node) == (release::is_3_2 ? 0xc0 : 0xc8),
              "the release's layout");

inline unsigned oo_order(kmem_cache_order_objects oo) { return static_cast<unsigned>(oo.x >> 16); }
inline unsigned oo_objects(kmem_cache_order_objects oo) {
  return static_cast<unsigned>(oo.x & 0xffff);
}

/// Cache flags (include/linux/slab.h, mm/slub.c).
inline constexpr u64 SLAB_HWCACHE_ALIGN = 0x00002000;
inline constexpr u64 SLAB_RECLAIM_ACCOUNT = 0x00020000;
inline constexpr u64 SLAB_PANIC = 0x00040000;
inline constexpr u64 __CMPXCHG_DOUBLE = 0x40000000;
