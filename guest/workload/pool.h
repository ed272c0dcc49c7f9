// Named collections of objects that stay allocated between commands.
#pragma once

#include "guest/arch/spinlock.h"
#include "guest/lib/text.h"

inline constexpr size_t kPoolNameSize = 24;

/// Slots are filled in the order of allocation and never move; a freed slot keeps its address, as a
/// program with a dangling pointer does.
struct Pool {
  char name[kPoolNameSize];
  SpinLock lock;
  u64 count;       ///< slots in use, freed ones included
  u64 live;        ///< objects not freed yet
  u64 first_live;  ///< no live object lies below
  void** slots;
  u8* freed;  ///< one byte per slot
};

inline constexpr u64 kPoolCapacity = 65536;

/// The pool of that name, made if it is not there; nullptr when there are too many or memory is
/// short.
Pool* pool_get(Text name);
/// The pool of that name, or nullptr.
Pool* pool_find(Text name);

/// Adds an object; false when the pool is full.
bool pool_add(Pool* pool, void* object);
/// Takes the oldest or the youngest live object out; nullptr when there is none.
void* pool_take(Pool* pool, bool oldest);
/// Takes one object out by its place; nullptr if there is none or it has been freed.
void* pool_take_at(Pool* pool, u64 index);
/// What a slot holds or held; nullptr if it was never used.
void* pool_peek(Pool* pool, u64 index);
