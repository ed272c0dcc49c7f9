// How objects lie in a slab and how large slabs are: the rules of calculate_sizes() and
// calculate_order() of mm/slub.c, 3.13.
#include "guest/arch/cpu.h"
#include "guest/kernel/cmdline.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/slub.h"

namespace {

constexpr unsigned page_alloc_costly_order = 3;
constexpr unsigned max_objects_per_page = 32767;  // 15 bits of page::counters
constexpr u64 cache_line = 64;
constexpr u64 min_partial_low = 5;
constexpr u64 min_partial_high = 10;

SlubLimits limits = {0, page_alloc_costly_order, 0};

bool parse_limit(const char* value, unsigned* limit, unsigned highest) {
  u64 number = 0;
  if (!value || !parse_u64(value, &number)) return false;
  *limit = static_cast<unsigned>(min_of<u64>(number, highest));
  return true;
}

bool setup_min_order(const char* value) {
  return parse_limit(value, &limits.min_order, MAX_ORDER - 1);
}
bool setup_max_order(const char* value) {
  return parse_limit(value, &limits.max_order, MAX_ORDER - 1);
}
bool setup_min_objects(const char* value) {
  return parse_limit(value, &limits.min_objects, max_objects_per_page);
}
KERNEL_PARAM(slub_min_order, "slub_min_order", setup_min_order);
KERNEL_PARAM(slub_max_order, "slub_max_order", setup_max_order);
KERNEL_PARAM(slub_min_objects, "slub_min_objects", setup_min_objects);

/// Position of the highest bit, counted from 1; 0 for 0.
unsigned last_bit(u64 value) {
  return value ? 64u - static_cast<unsigned>(__builtin_clzll(value)) : 0;
}

unsigned objects_in(unsigned order, u64 size) {
  return static_cast<unsigned>((kPageSize << order) / size);
}

kmem_cache_order_objects make_oo(unsigned order, u64 size) {
  return {static_cast<u64>(order) << 16 | objects_in(order, size)};
}

/// Smallest order up to `max_order` that holds `min_objects` and wastes at most 1/`fraction` of the
/// slab; an order above `max_order` when there is none.
unsigned order_within(u64 size, unsigned min_objects, unsigned max_order, unsigned fraction) {
  if (objects_in(limits.min_order, size) > max_objects_per_page) {
    return last_bit(size * max_objects_per_page - 1) - 1 - kPageShift;
  }
  const unsigned whole = last_bit(min_objects * size - 1);
  unsigned order = whole > kPageShift ? whole - static_cast<unsigned>(kPageShift) : 0;
  for (order = max_of(limits.min_order, order); order <= max_order; ++order) {
    const u64 slab_size = kPageSize << order;
    if (slab_size < min_objects * size) continue;
    if (slab_size % size <= slab_size / fraction) break;
  }
  return order;
}

/// As many objects as the CPUs make worth while, then fewer, then whatever order holds one object.
int calculate_order(u64 size) {
  unsigned wanted = limits.min_objects;
  if (wanted == 0) wanted = 4 * (last_bit(static_cast<u64>(nr_cpu_ids)) + 1);
  wanted = min_of(wanted, objects_in(limits.max_order, size));
  for (; wanted > 1; --wanted) {
    for (unsigned fraction = 16; fraction >= 4; fraction /= 2) {
      const unsigned order = order_within(size, wanted, limits.max_order, fraction);
      if (order <= limits.max_order) return static_cast<int>(order);
    }
  }
  unsigned order = order_within(size, 1, limits.max_order, 1);
  if (order <= limits.max_order) return static_cast<int>(order);
  order = order_within(size, 1, MAX_ORDER, 1);
  return order < MAX_ORDER ? static_cast<int>(order) : -1;
}

/// Small objects share cache lines as long as a fraction of one holds them.
u64 calculate_alignment(u64 flags, u64 align, u64 size) {
  if (flags & SLAB_HWCACHE_ALIGN) {
    u64 line = cache_line;
    while (size <= line / 2) line /= 2;
    align = max_of(align, line);
  }
  return align_up(max_of<u64>(align, sizeof(void*)), sizeof(void*));
}

/// The larger the objects, the fewer are worth keeping on a CPU's partial list.
int cpu_partial_objects(u64 size) {
  if (size >= kPageSize) return 2;
  if (size >= 1024) return 6;
  return size >= 256 ? 13 : 30;
}

}  // namespace

const SlubLimits& slub_limits() { return limits; }

bool calculate_sizes(kmem_cache* s, size_t align) {
  u64 size = align_up(static_cast<u64>(s->object_size), sizeof(void*));
  s->inuse = static_cast<s32>(size);
  s->offset = 0;
  if (s->ctor) {  // a constructed object must stay intact while it is free
    s->offset = static_cast<s32>(size);
    size += sizeof(void*);
  }
  s->align =
      static_cast<s32>(calculate_alignment(s->flags, align, static_cast<u64>(s->object_size)));
  size = align_up(size, static_cast<u64>(s->align));
  s->size = static_cast<s32>(size);
  const int order = calculate_order(size);
  if (order < 0) return false;
  s->allocflags = order > 0 ? __GFP_COMP : 0;
  unsigned smallest = 0;
  while ((kPageSize << smallest) < size) ++smallest;
  s->oo = make_oo(static_cast<unsigned>(order), size);
  s->min = make_oo(smallest, size);
  if (oo_objects(s->oo) > oo_objects(s->max)) s->max = s->oo;
  s->min_partial = min_of(max_of<u64>((last_bit(size) - 1) / 2, min_partial_low), min_partial_high);
  s->cpu_partial = cpu_partial_objects(size);
  return oo_objects(s->oo) > 0;
}
