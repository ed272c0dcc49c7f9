// struct page, the memory map at ffffea0000000000 and the address conversions around it.
#pragma once

#include "guest/lib/list.h"
#include "guest/mm/layout.h"

struct kmem_cache;

inline constexpr u64 kPageShift = 12;

/// One physical page frame, with the member offsets of Linux 3.13 (include/linux/mm_types.h) for
/// x86-64 with 16-byte compare-and-exchange: freelist and counters form one aligned pair.
// Unnamed members are part of the layout that debuggers know.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
struct alignas(16) page {
  u64 flags;
  void* mapping;
  union {
    u64 index;
    void* freelist;  ///< slab pages: first free object that no CPU has claimed
  };
  union {
    u64 counters;
    struct {
      union {
        s32 _mapcount;
        struct {
          u32 inuse : 16;    ///< objects in use, or on a CPU's own free list
          u32 objects : 15;  ///< objects in the slab
          u32 frozen : 1;    ///< belongs to a CPU, on no node list
        };
      };
      s32 _count;
    };
  };
  union {
    list_head lru;
    struct {
      page* next;    ///< per-CPU partial list
      s32 pages;     ///< slabs from here to the list's end
      s32 pobjects;  ///< free objects in them, as counted when they were added
    };
  };
  union {
    u64 private_data;
    kmem_cache* slab_cache;
    page* first_page;  ///< tail pages of a compound page
  };
  u64 padding;
};
#pragma GCC diagnostic pop

static_assert(sizeof(page) == 64, "page structures are 64 bytes apart");
static_assert(__builtin_offsetof(page, freelist) == 0x10 &&
                  __builtin_offsetof(page, counters) == 0x18,
              "3.13 layout");
static_assert(__builtin_offsetof(page, lru) == 0x20 && __builtin_offsetof(page, slab_cache) == 0x30,
              "3.13 layout");

/// Bits of page::flags (include/linux/page-flags.h with PAGEFLAGS_EXTENDED).
enum pageflags : unsigned {
  PG_locked = 0,
  PG_slab = 7,
  PG_reserved = 10,
  PG_head = 14,
  PG_tail = 15,
};

/// Fields in the upper part of page::flags: node, zone and the last CPU and process (all ones:
/// never recorded).
inline constexpr unsigned NODES_PGSHIFT = 58;
inline constexpr unsigned ZONES_PGSHIFT = 56;
inline constexpr unsigned LAST_CPUPID_PGSHIFT = 40;
inline constexpr u64 LAST_CPUPID_MASK = 0xffff;

/// page::_mapcount of a free block's first page and of an allocated page.
inline constexpr s32 PAGE_BUDDY_MAPCOUNT_VALUE = -128;
inline constexpr s32 PAGE_UNMAPPED_MAPCOUNT = -1;

inline bool page_flag(const page* p, pageflags bit) { return (p->flags >> bit) & 1; }
inline void set_page_flag(page* p, pageflags bit) { p->flags |= 1ull << bit; }
inline void clear_page_flag(page* p, pageflags bit) { p->flags &= ~(1ull << bit); }

inline int page_to_nid(const page* p) { return static_cast<int>(p->flags >> NODES_PGSHIFT); }
inline int page_zonenum(const page* p) { return static_cast<int>((p->flags >> ZONES_PGSHIFT) & 3); }

inline u64 page_to_pfn(const page* p) {
  return (reinterpret_cast<u64>(p) - kVmemmapStart) / sizeof(page);
}
inline page* pfn_to_page(u64 pfn) {
  return reinterpret_cast<page*>(kVmemmapStart + pfn * sizeof(page));
}

inline u64 page_to_phys(const page* p) { return page_to_pfn(p) << kPageShift; }
inline void* page_address(const page* p) {
  return reinterpret_cast<void*>(kPageOffset + page_to_phys(p));
}

/// The page of an address in the mapping of all physical memory.
inline page* virt_to_page(const void* address) {
  return pfn_to_page((reinterpret_cast<u64>(address) - kPageOffset) >> kPageShift);
}

/// The first page of the compound page that holds `address`.
inline page* virt_to_head_page(const void* address) {
  page* p = virt_to_page(address);
  return page_flag(p, PG_tail) ? p->first_page : p;
}
