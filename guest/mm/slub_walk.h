// Free lists that may be damaged, counted without trusting them.
#pragma once

#include "guest/mm/slub.h"

/// Why a free list ended.
enum class ListFault { none, outside, misplaced, cycle };

struct ListCount {
  unsigned objects;
  ListFault fault;
  const void* bad;  ///< the pointer at fault
};

/// Counts the objects from `head` on, which must all lie in `slab`.
ListCount count_free_objects(const kmem_cache* s, const page* slab, const void* head);

/// True when the address is that of a slab of this cache, as far as can be told without a fault.
bool is_slab_of(const kmem_cache* s, const page* slab);
