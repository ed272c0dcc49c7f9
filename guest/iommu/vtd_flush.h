#pragma once

#include "guest/include/types.h"

// What a remapping unit caches, forgotten at the kernel's command: through its queue where that is
// on, else through its registers (VT-d §6.5.1, §6.5.2). All return when the unit has done it.

inline constexpr int kMostDmarUnits = 64;

// The power of two of pages that covers so many, at most the whole address space.
inline u32 order_of(u64 pages) {
  u32 order = 0;
  while (order < 52 && (u64{1} << order) < pages) ++order;
  return order;
}

void flush_all_contexts(int unit);
void flush_device_context(int unit, u16 domain, u16 source);

void flush_all_translations(int unit);
void flush_domain_translations(int unit, u16 domain);
// Of `pages` pages from `pfn` on; all of the domain where the unit cannot select pages, or not so
// many. `leaves_only`: no page table has been taken out.
void flush_page_translations(int unit, u16 domain, u64 pfn, u64 pages, bool leaves_only);

// The same of a PASID's first-level tables; all of them with ~0 pages.
void flush_pasid_translations(int unit, u16 domain, u32 pasid, u64 pfn, u64 pages,
                              bool leaves_only);
// PASID table entries (VT-d §6.5.2.2).
void flush_pasid_cache(int unit, u16 domain, u32 pasid);
void flush_all_pasids(int unit);

// Makes writes to tables visible to a unit that buffers them (CAP.RWBF).
void flush_write_buffer(int unit);

// Makes memory that the CPU has written visible to a unit that does not snoop (ECAP.C = 0).
void flush_to_memory(const void* start, size_t size);
