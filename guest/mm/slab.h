// The slab allocator's public face: caches of equal objects, and kmalloc on top of them.
#pragma once

#include "guest/include/types.h"
#include "guest/mm/gfp.h"

struct kmem_cache;

inline constexpr unsigned kMallocShiftLow = 3;
inline constexpr unsigned kMallocShiftHigh = 13;
/// Larger requests go to the page allocator.
inline constexpr size_t kMallocMaxCacheSize = size_t{1} << kMallocShiftHigh;

/// Sets up the allocator's own caches and the kmalloc caches. Needs the page allocator and per-CPU
/// areas.
void kmem_cache_init();

/// A cache of objects of `size` bytes, aligned to `align` (0: word) and, with SLAB_HWCACHE_ALIGN,
/// to cache lines. May return an existing cache that fits. nullptr, or panic with SLAB_PANIC, when
/// memory is short.
kmem_cache* kmem_cache_create(const char* name, size_t size, size_t align, u64 flags,
                              void (*ctor)(void*));

extern "C" {
/// The kmalloc cache for `size` bytes; nullptr when `size` is 0 or above kMallocMaxCacheSize.
kmem_cache* kmalloc_slab(size_t size);
/// An object, or nullptr when memory is short. __GFP_ZERO clears it.
void* kmem_cache_alloc(kmem_cache* s, gfp_t gfp);
void* kmem_cache_alloc_node(kmem_cache* s, gfp_t gfp, int node);
/// As kmem_cache_alloc, for kmalloc with a size that is known when compiling.
void* kmem_cache_alloc_trace(kmem_cache* s, gfp_t gfp, size_t size);
/// Returns an object of `s` to its slab.
void kmem_cache_free(kmem_cache* s, void* object);

/// `size` bytes, or nullptr. A size of 0 gives nullptr.
void* __kmalloc(size_t size, gfp_t gfp);
void* __kmalloc_node(size_t size, gfp_t gfp, int node);
/// Frees what any kmalloc returned; nullptr is allowed.
void kfree(const void* object);
}

/// Index of the kmalloc cache for a constant size: 1 and 2 are the caches of 96 and 192 bytes.
constexpr unsigned kmalloc_index(size_t size) {
  if (size > 64 && size <= 96) return 1;
  if (size > 128 && size <= 192) return 2;
  if (size <= size_t{1} << kMallocShiftLow) return kMallocShiftLow;
  return 64 - static_cast<unsigned>(__builtin_clzll(size - 1));
}

extern kmem_cache* kmalloc_caches[kMallocShiftHigh + 1];

/// kmalloc for a size that is a constant: goes straight to the cache.
template <size_t Size>
ALWAYS_INLINE void* kmalloc_sized(gfp_t gfp) {
  static_assert(Size > 0 && Size <= kMallocMaxCacheSize, "no kmalloc cache of this size");
  return kmem_cache_alloc_trace(kmalloc_caches[kmalloc_index(Size)], gfp, Size);
}

/// A zeroed object of a type, from its kmalloc cache.
template <typename T>
ALWAYS_INLINE T* kzalloc_object(gfp_t gfp) {
  return static_cast<T*>(kmalloc_sized<sizeof(T)>(gfp | __GFP_ZERO));
}
