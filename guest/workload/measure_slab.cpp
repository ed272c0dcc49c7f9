// Rows of the slab allocator, path by path. Objects are chained through their first word, so that
// keeping them disturbs nothing.
#include "guest/arch/percpu.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/slab.h"
#include "guest/mm/slab_def.h"
#include "guest/sched/smp.h"
#include "guest/workload/measure.h"

namespace {

constexpr char kNoMemory[] = "allocation failed";
constexpr char kNoCache[] = "size: no slab cache has objects of this size";

/// A stack of objects.
class Chain {
 public:
  ~Chain() { free_all(); }
  void push(void* object) {
    *static_cast<void**>(object) = m_top;
    m_top = object;
  }
  void* pop() {
    void* object = m_top;
    if (object) m_top = *static_cast<void**>(object);
    return object;
  }
  void free_all() {
    for (void* object = pop(); object; object = pop()) kfree(object);
  }

 private:
  void* m_top = nullptr;
};

kmem_cache* cache_of(Measurement& m) {
  kmem_cache* s = kmalloc_slab(m.size());
  if (!s) m.fail(kNoCache);
  return s;
}

void* timed_alloc(size_t size, u64* cycles) {
  const u64 start = tsc_begin();
  void* object = __kmalloc(size, GFP_KERNEL);
  *cycles = tsc_end() - start;
  return object;
}

u64 timed_free(void* object) {
  const u64 start = tsc_begin();
  kfree(object);
  return tsc_end() - start;
}

/// One object that comes from the CPU's list and goes back to it: the half that `frees` says.
template <bool frees>
void take_fast(Measurement& m) {
  for (u64 i = 0; i < m.count(); ++i) {
    u64 cycles;
    void* object = timed_alloc(m.size(), &cycles);
    if (!object) return m.fail(kNoMemory);
    const u64 freeing = timed_free(object);
    // The first one may find the list empty.
    m.add(frees ? freeing : cycles);
  }
}

/// As time_bench of prototype-kernel measures it: the whole loop.
void take_pair(Measurement& m) {
  for (u64 i = 0; i < m.count(); ++i) {
    const u64 passes = m.each();
    const size_t size = m.size();
    const u64 start = tsc_begin();
    for (u64 n = 0; n < passes; ++n) kfree(__kmalloc(size, GFP_KERNEL));
    m.add(tsc_end() - start);
  }
}

/// So many allocations, then so many frees; an operation is a pair.
void take_pattern(Measurement& m) {
  unsigned order = 0;
  while ((kPageSize << order) < m.each() * sizeof(void*)) ++order;
  auto** objects = static_cast<void**>(get_free_pages(GFP_KERNEL | __GFP_ZERO, order));
  if (!objects) return m.fail(kNoMemory);
  for (u64 i = 0; i < m.count(); ++i) {
    const u64 passes = m.each();
    const size_t size = m.size();
    const u64 start = tsc_begin();
    for (u64 n = 0; n < passes; ++n) objects[n] = __kmalloc(size, GFP_KERNEL);
    for (u64 n = 0; n < passes; ++n) kfree(objects[n]);
    m.add(tsc_end() - start);
  }
  free_pages(objects, order);
}

bool own_slab_has_objects(const kmem_cache* s) {
  const kmem_cache_cpu* c = this_cpu_ptr(s->cpu_slab);
  return c->freelist || (c->page && c->page->freelist);
}

/// This CPU could go on without a new slab.
bool node_has_objects(const kmem_cache* s) {
  const kmem_cache_cpu* c = this_cpu_ptr(s->cpu_slab);
  return own_slab_has_objects(s) || c->partial || s->node[numa_mem_id()]->nr_partial > 0;
}

/// Allocates until `more` is false; false without memory.
template <typename More>
bool exhaust(size_t size, Chain* kept, More more) {
  while (more()) {
    void* object = __kmalloc(size, GFP_KERNEL);
    if (!object) return false;
    kept->push(object);
  }
  return true;
}

/// Two full slabs take turns: freeing an object of one puts it on the CPU's partial list, from
/// where the next allocation takes it. `frees`: the slow free is timed, else the slow allocation.
template <bool frees>
void take_slow(Measurement& m) {
  kmem_cache* s = cache_of(m);
  if (!s) return;
  Chain kept;
  void* objects[2];
  for (void*& object : objects) {
    // The slab's last object, and the slab is full.
    if (!exhaust(m.size(), &kept, [s] { return node_has_objects(s); }) ||
        !(object = __kmalloc(m.size(), GFP_KERNEL)) ||
        !exhaust(m.size(), &kept, [s] { return own_slab_has_objects(s); }))
      return m.fail(kNoMemory);
  }
  for (u64 i = 0; i < m.count(); ++i) {
    void*& other = objects[i & 1];  // lies in the slab that is not the CPU's
    const u64 freeing = timed_free(other);
    u64 cycles;
    other = timed_alloc(m.size(), &cycles);
    if (!other) return m.fail(kNoMemory);
    m.add(frees ? freeing : cycles);
  }
  for (void* object : objects) kfree(object);
}

/// Allocations for which no slab has an object: each makes a new one.
void take_refill(Measurement& m) {
  kmem_cache* s = cache_of(m);
  if (!s) return;
  Chain kept;
  for (u64 i = 0; i < m.count(); ++i) {
    u64 cycles;
    if (!exhaust(m.size(), &kept, [s] { return node_has_objects(s); })) return m.fail(kNoMemory);
    void* object = timed_alloc(m.size(), &cycles);
    if (!object) return m.fail(kNoMemory);
    kept.push(object);
    m.add(cycles);
  }
}

struct RemoteBatch {
  size_t size;
  u64 wanted;
  Chain objects;
};

void allocate_batch(void* data) {
  auto* batch = static_cast<RemoteBatch*>(data);
  for (u64 i = 0; i < batch->wanted; ++i) {
    void* object = __kmalloc(batch->size, GFP_ATOMIC);
    if (!object) return;
    batch->objects.push(object);
  }
}

/// Objects that another CPU has allocated.
void take_remote_free(Measurement& m) {
  constexpr u64 batch_size = 256;
  RemoteBatch batch = {m.size(), 0, {}};
  for (u64 i = 0; i < m.count();) {
    batch.wanted = min_of(batch_size, m.count() - i);
    smp_call_function_single(m.partner(), allocate_batch, &batch, true);
    for (u64 n = 0; n < batch.wanted; ++n, ++i) {
      void* object = batch.objects.pop();
      if (!object) return m.fail(kNoMemory);
      m.add(timed_free(object));
    }
  }
}

MEASURE_ROWS const MeasureRow slab_rows[] = {
    {"kmalloc-fast", take_fast<false>},
    {"kfree-fast", take_fast<true>},
    {"kmalloc-pair", take_pair, 1000},
    {"kmalloc-256-pattern", take_pattern, 256},
    {"kmalloc-slow", take_slow<false>},
    {"kfree-slow", take_slow<true>},
    {"kmalloc-refill", take_refill},
    {"kfree-remote", take_remote_free, 1, Partners::any},
    {"kfree-remote-cross", take_remote_free, 1, Partners::cross},
};

}  // namespace
