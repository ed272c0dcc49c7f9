// Making caches: per-CPU and per-node parts, the allocator's own two caches, and merging.
#include "guest/arch/cpu.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/cmdline.h"
#include "guest/lib/string.h"
#include "guest/mm/messages.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/slub.h"

namespace {

list_head slab_caches = {&slab_caches, &slab_caches};
SpinLock slab_caches_lock;
kmem_cache* cache_of_caches;
kmem_cache* cache_of_nodes;
bool no_merge;

bool setup_nomerge(const char*) {
  no_merge = true;
  return true;
}
KERNEL_PARAM(slub_nomerge, "slub_nomerge", setup_nomerge);

/// Bytes of a kmem_cache that has room for the nodes of this machine only.
size_t cache_object_size() {
  return __builtin_offsetof(kmem_cache, node) +
         static_cast<size_t>(nr_node_ids) * sizeof(kmem_cache_node*);
}

void init_node(kmem_cache_node* n) {
  *n = kmem_cache_node{};
  list_init(&n->partial);
  list_init(&n->full);
}

/// The cache of node structures needs its own before it can allocate any: the first slab of each
/// node is opened by hand, its first object taken.
kmem_cache_node* first_node_structure(kmem_cache* s, int node) {
  page* slab = new_slab(s, GFP_KERNEL, node);
  if (!slab) return nullptr;
  auto* n = static_cast<kmem_cache_node*>(slab->freelist);
  slab->freelist = get_freepointer(s, n);
  slab->inuse = 1;
  slab->frozen = 0;
  init_node(n);
  return n;
}

bool init_nodes(kmem_cache* s) {
  for (int node = 0; node < nr_node_ids; ++node) {
    if (s == cache_of_nodes && s->node[node] == nullptr) {
      kmem_cache_node* n = first_node_structure(s, node);
      if (!n) return false;
      // Without memory of its own a node gets its structure from another node's slab.
      page* slab = virt_to_head_page(n);
      s->node[node] = n;
      kmem_cache_node* home = s->node[page_to_nid(slab)];
      if (!home) home = n;
      ++home->nr_slabs;
      home->total_objects += slab->objects;
      add_partial(home, slab, ListEnd::head);
      continue;
    }
    auto* n =
        static_cast<kmem_cache_node*>(kmem_cache_alloc_node(cache_of_nodes, GFP_KERNEL, node));
    if (!n) return false;
    init_node(n);
    s->node[node] = n;
  }
  return true;
}

bool init_cpus(kmem_cache* s) {
  s->cpu_slab =
      static_cast<kmem_cache_cpu*>(__alloc_percpu(sizeof(kmem_cache_cpu), 2 * sizeof(void*)));
  if (!s->cpu_slab) return false;
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) {
    per_cpu_ptr(s->cpu_slab, cpu)->tid = static_cast<u64>(cpu);
  }
  return true;
}

void publish(kmem_cache* s) {
  const u64 flags = spin_lock_irqsave(&slab_caches_lock);
  list_add(&s->list, &slab_caches);
  spin_unlock_irqrestore(&slab_caches_lock, flags);
}

/// An existing cache can serve when its objects are large enough, less than a word larger, and fall
/// on the wanted alignment (find_mergeable() of mm/slub.c).
kmem_cache* find_mergeable(size_t size, size_t align, u64 flags, void (*ctor)(void*)) {
  if (no_merge || ctor) return nullptr;
  kmem_cache wanted{};
  wanted.object_size = static_cast<s32>(size);
  wanted.flags = flags;
  if (!calculate_sizes(&wanted, align)) return nullptr;
  for (list_head* at = slab_caches.prev; at != &slab_caches; at = at->prev) {
    kmem_cache* s = container_of(at, kmem_cache, list);
    if (s->ctor || s->refcount < 0 || wanted.size > s->size) continue;
    if ((s->flags ^ flags) & SLAB_RECLAIM_ACCOUNT) continue;
    if (s->size & (wanted.align - 1)) continue;
    if (s->size - wanted.size >= static_cast<s32>(sizeof(void*))) continue;
    return s;
  }
  return nullptr;
}

/// A cache made before the cache of caches could serve moves into an object of it. Slabs point to
/// their cache: those made so far, all on this CPU or on node lists, follow.
kmem_cache* move_to_heap(kmem_cache* early) {
  auto* s = static_cast<kmem_cache*>(kmem_cache_alloc(cache_of_caches, GFP_KERNEL | __GFP_ZERO));
  if (!s) panic(msg::kBootCacheFailed, early->name, cache_object_size());
  memcpy(s, early, cache_object_size());
  s->refcount = -1;
  const u64 flags = local_irq_save();
  flush_cpu_slab(s);
  local_irq_restore(flags);
  for (int node = 0; node < nr_node_ids; ++node) {
    kmem_cache_node* n = s->node[node];
    for (list_head* at = n->partial.next; at != &n->partial; at = at->next) {
      container_of(at, page, lru)->slab_cache = s;
    }
  }
  publish(s);
  return s;
}

void open_early(kmem_cache* s, const char* name, size_t size) {
  if (!kmem_cache_open(s, name, size, 0, SLAB_HWCACHE_ALIGN, nullptr)) {
    panic(msg::kBootCacheFailed, name, size);
  }
}

}  // namespace

bool kmem_cache_open(kmem_cache* s, const char* name, size_t size, size_t align, u64 flags,
                     void (*ctor)(void*)) {
  s->name = s->kobj.name = name;
  s->object_size = static_cast<s32>(size);
  s->flags = flags | (boot_cpu_data.cx16 ? __CMPXCHG_DOUBLE : 0);
  s->ctor = ctor;
  s->refcount = 1;
  s->remote_node_defrag_ratio = 1000;
  return calculate_sizes(s, align) && init_nodes(s) && init_cpus(s);
}

kmem_cache* kmem_cache_create(const char* name, size_t size, size_t align, u64 flags,
                              void (*ctor)(void*)) {
  kmem_cache* s = find_mergeable(size, align, flags, ctor);
  if (s) {
    // Clearing on allocation must reach as far as the largest user's object.
    s->object_size = max_of(s->object_size, static_cast<s32>(size));
    ++s->refcount;
    return s;
  }
  s = static_cast<kmem_cache*>(kmem_cache_alloc(cache_of_caches, GFP_KERNEL | __GFP_ZERO));
  if (s && kmem_cache_open(s, name, size, align, flags, ctor)) {
    publish(s);
    return s;
  }
  if (flags & SLAB_PANIC) panic(msg::kCacheFailed, name);
  return nullptr;
}

void create_own_caches() {
  static kmem_cache early_caches;
  static kmem_cache early_nodes;
  cache_of_nodes = &early_nodes;
  open_early(&early_nodes, "kmem_cache_node", sizeof(kmem_cache_node));
  cache_of_caches = &early_caches;
  open_early(&early_caches, "kmem_cache", cache_object_size());
  cache_of_caches = move_to_heap(&early_caches);
  cache_of_nodes = move_to_heap(&early_nodes);
}

kmem_cache* create_boot_cache(const char* name, size_t size) {
  auto* s = static_cast<kmem_cache*>(kmem_cache_alloc(cache_of_caches, GFP_KERNEL | __GFP_ZERO));
  if (!s || !kmem_cache_open(s, name, size, 0, 0, nullptr)) {
    panic(msg::kBootCacheFailed, name, size);
  }
  publish(s);
  return s;
}

void for_each_cache(void (*visit)(kmem_cache* s, void* context), void* context) {
  for (list_head* at = slab_caches.prev; at != &slab_caches; at = at->prev) {
    visit(container_of(at, kmem_cache, list), context);
  }
}
