// Sizes and orders of the guest's slab caches, and the words of its scripts, as they are, for
// slub_size_test.cpp and script_parts_test.cpp. In a file of its own: the guest declares the C
// library's names itself.
#include "guest/lib/text.cpp"
#include "guest/mm/slub_size.cpp"
#include "guest/workload/cpu_list.cpp"

int nr_cpu_ids = 4;

/// CPUs 0–11 and 16 are online.
bool cpu_online(int cpu) { return (cpu >= 0 && cpu < 12) || cpu == 16; }

bool parse_u64(const char* text, u64* value) { return parse_number({text, strlen(text)}, value); }

namespace guest_parts {

bool slab_size(int cpus, int object_size, u64 flags, size_t align, int* size, unsigned* order,
               unsigned* objects) {
  nr_cpu_ids = cpus;
  kmem_cache cache{};
  cache.object_size = object_size;
  cache.flags = flags;
  if (!calculate_sizes(&cache, align)) return false;
  *size = cache.size;
  *order = oo_order(cache.oo);
  *objects = oo_objects(cache.oo);
  return true;
}

unsigned long min_partial(int object_size) {
  kmem_cache cache{};
  cache.object_size = object_size;
  calculate_sizes(&cache, 0);
  return cache.min_partial;
}

int cpu_partial(int object_size) {
  kmem_cache cache{};
  cache.object_size = object_size;
  calculate_sizes(&cache, 0);
  return cache.cpu_partial;
}

bool number(const char* text, unsigned long* value) {
  return parse_number({text, strlen(text)}, value);
}

/// The CPUs of a list as one word, or 0 and the problem.
unsigned long cpu_mask(const char* text, const char** problem) {
  nr_cpu_ids = 17;
  CpuList list{};
  if (!parse_cpu_list({text, strlen(text)}, &list, problem)) return 0;
  unsigned long mask = 0;
  for (int cpu = list.next(0); cpu >= 0; cpu = list.next(cpu + 1)) mask |= 1ul << cpu;
  return mask;
}

}  // namespace guest_parts
