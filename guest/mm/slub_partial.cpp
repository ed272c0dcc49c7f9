// Partial slabs: on node lists under the node's lock, frozen on the lists of CPUs without one.
#include "guest/arch/cpu.h"
#include "guest/arch/irqflags.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/slub.h"

namespace {

/// Holds at most one node's list_lock at a time while slabs of several nodes pass by.
class NodeListLock {
 public:
  ~NodeListLock() { release(); }
  void hold(kmem_cache_node* n) {
    if (n == m_node) return;
    release();
    spin_lock(&n->list_lock);
    m_node = n;
  }
  void release() {
    if (m_node) spin_unlock(&m_node->list_lock);
    m_node = nullptr;
  }

 private:
  kmem_cache_node* m_node = nullptr;
};

/// Freezes a slab of the node's list for this CPU. With `take_objects` all its free objects count
/// as in use and are returned; else they stay on the slab's free list, whose head is returned.
/// nullptr when a free on another CPU came between.
void* acquire_slab(kmem_cache_node* n, page* slab, bool take_objects, unsigned* free_objects) {
  const SlabState from(slab);
  SlabState to = from;
  *free_objects = from.counters.objects - from.counters.inuse;
  if (take_objects) {
    to.counters.inuse = from.counters.objects & 0xffff;
    to.freelist = nullptr;
  }
  to.counters.frozen = 1;
  if (!exchange_state(slab, from, to)) return nullptr;
  remove_partial(n, slab);
  return from.freelist;
}

/// First slab: for the caller. Further slabs: to the CPU's partial list until that holds half of
/// what it should.
void* get_partial_node(kmem_cache* s, kmem_cache_node* n, kmem_cache_cpu* c) {
  if (!n || read_once(n->nr_partial) == 0) return nullptr;
  void* objects = nullptr;
  unsigned available = 0;
  spin_lock(&n->list_lock);
  for (list_head *at = n->partial.next, *next; at != &n->partial; at = next) {
    next = at->next;
    page* slab = container_of(at, page, lru);
    unsigned free_objects = 0;
    void* taken = acquire_slab(n, slab, objects == nullptr, &free_objects);
    if (!taken) break;
    available += free_objects;
    if (!objects) {
      set_cpu_slab(c, slab);
      SLUB_STAT("alloc_from_partial", s);
      objects = taken;
    } else {
      put_cpu_partial(s, slab, false);
      SLUB_STAT("cpu_partial_node", s);
    }
    if (available > static_cast<unsigned>(s->cpu_partial) / 2) break;
  }
  spin_unlock(&n->list_lock);
  return objects;
}

/// Nodes other than the wanted one, where they hold more partial slabs than they should keep. The
/// cache's defragmentation ratio makes this the exception, by the clock as mm/slub.c does.
void* get_any_partial(kmem_cache* s, kmem_cache_cpu* c) {
  if (s->remote_node_defrag_ratio == 0) return nullptr;
  if (rdtsc() % 1024 > static_cast<u64>(s->remote_node_defrag_ratio)) return nullptr;
  const int local = numa_mem_id();
  for (int i = 0; i < nr_node_ids; ++i) {
    kmem_cache_node* n = s->node[(local + i) % nr_node_ids];
    if (!n || read_once(n->nr_partial) <= s->min_partial) continue;
    void* objects = get_partial_node(s, n, c);
    if (objects) return objects;
  }
  return nullptr;
}

/// Pushes a CPU's free list, except its last object, back to the slab object by object: the slab
/// stays frozen and keeps at least one object in use, so that no other CPU can let go of it.
void* return_all_but_last(kmem_cache* s, page* slab, void* freelist) {
  void* next = nullptr;
  while (freelist && (next = get_freepointer(s, freelist)) != nullptr) {
    for (;;) {
      const SlabState from(slab);
      SlabState to = from;
      set_freepointer(s, freelist, from.freelist);
      to.freelist = freelist;
      to.counters.inuse = (from.counters.inuse - 1) & 0xffff;
      if (exchange_state(slab, from, to)) break;
    }
    freelist = next;
  }
  return freelist;
}

void discard_list(kmem_cache* s, page* slab) {
  while (slab) {
    page* next = slab->next;
    SLUB_STAT("deactivate_empty", s);
    discard_slab(s, slab);
    SLUB_STAT("free_slab", s);
    slab = next;
  }
}

}  // namespace

void add_partial(kmem_cache_node* n, page* slab, ListEnd end) {
  ++n->nr_partial;
  if (end == ListEnd::tail) {
    list_add_tail(&slab->lru, &n->partial);
  } else {
    list_add(&slab->lru, &n->partial);
  }
}

void remove_partial(kmem_cache_node* n, page* slab) {
  list_del(&slab->lru);
  --n->nr_partial;
}

void* get_partial(kmem_cache* s, int node, kmem_cache_cpu* c) {
  const int wanted = node == NUMA_NO_NODE ? numa_mem_id() : node;
  void* objects = get_partial_node(s, s->node[wanted], c);
  if (objects || node != NUMA_NO_NODE) return objects;
  return get_any_partial(s, c);
}

void put_cpu_partial(kmem_cache* s, page* slab, bool drain) {
  page* head;
  do {
    head = this_cpu_read(s->cpu_slab->partial);
    int pages = 0;
    int objects = 0;
    if (head) {
      pages = head->pages;
      objects = head->pobjects;
      if (drain && objects > s->cpu_partial) {
        const u64 flags = local_irq_save();
        unfreeze_partials(s, this_cpu_ptr(s->cpu_slab));
        local_irq_restore(flags);
        head = nullptr;
        pages = objects = 0;
        SLUB_STAT("cpu_partial_drain", s);
      }
    }
    slab->pages = pages + 1;
    slab->pobjects = objects + static_cast<int>(slab->objects - slab->inuse);
    slab->next = head;
  } while (!this_cpu_cmpxchg(s->cpu_slab->partial, head, slab));
}

void unfreeze_partials(kmem_cache* s, kmem_cache_cpu* c) {
  NodeListLock lock;
  page* empty = nullptr;
  while (page* slab = c->partial) {
    c->partial = slab->next;
    kmem_cache_node* n = s->node[page_to_nid(slab)];
    lock.hold(n);
    bool done = false;
    bool unused = false;
    while (!done) {
      const SlabState from(slab);
      SlabState to = from;
      to.counters.frozen = 0;
      unused = to.counters.inuse == 0;
      done = exchange_state(slab, from, to);
    }
    if (unused && n->nr_partial > s->min_partial) {
      slab->next = empty;
      empty = slab;
    } else {
      add_partial(n, slab, ListEnd::tail);
      SLUB_STAT("free_add_partial", s);
    }
  }
  lock.release();
  discard_list(s, empty);
}

void deactivate_slab(kmem_cache* s, page* slab, void* freelist) {
  const ListEnd end = read_once(slab->freelist) ? ListEnd::tail : ListEnd::head;
  if (end == ListEnd::tail) SLUB_STAT("deactivate_remote_frees", s);
  void* last = return_all_but_last(s, slab, freelist);
  kmem_cache_node* n = s->node[page_to_nid(slab)];
  // The state and the list must change together: whoever frees into the thawed slab takes the lock
  // before it looks at the list.
  spin_lock(&n->list_lock);
  SlabState to(slab);
  bool done = false;
  while (!done) {
    const SlabState from(slab);
    to = from;
    if (last) {
      to.counters.inuse = (from.counters.inuse - 1) & 0xffff;
      set_freepointer(s, last, from.freelist);
      to.freelist = last;
    }
    to.counters.frozen = 0;
    done = exchange_state(slab, from, to);
  }
  const bool discard = to.counters.inuse == 0 && n->nr_partial > s->min_partial;
  if (!discard && to.freelist) add_partial(n, slab, end);
  spin_unlock(&n->list_lock);
  if (discard) {
    slab->next = nullptr;
    discard_list(s, slab);
  } else if (to.freelist) {
    if (end == ListEnd::tail) {
      SLUB_STAT("deactivate_to_tail", s);
    } else {
      SLUB_STAT("deactivate_to_head", s);
    }
  } else {
    SLUB_STAT("deactivate_full", s);
  }
}

void flush_cpu_slab(kmem_cache* s) {
  kmem_cache_cpu* c = this_cpu_ptr(s->cpu_slab);
  if (c->page) {
    SLUB_STAT("cpuslab_flush", s);
    page* slab = c->page;
    void* freelist = c->freelist;
    c->tid = next_tid(c->tid);
    c->page = nullptr;
    c->freelist = nullptr;
    deactivate_slab(s, slab, freelist);
  }
  unfreeze_partials(s, c);
}
