// struct page, the memory map at ffffea0000000000 and the address conversions around it.
#pragma once

#include <stdint.h>

#include "guest/lib/list.h"

struct kmem_cache;

constexpr uint64_t PAGE_SHIFT = 12;
constexpr uint64_t PAGE_SIZE = 1ull << PAGE_SHIFT;
constexpr uint64_t PAGE_MASK = ~(PAGE_SIZE - 1);

/// Start of the mapping of all physical memory (Documentation/x86/x86_64/mm.txt, 3.13).
constexpr uint64_t PAGE_OFFSET = 0xffff880000000000ull;
/// Start of the array of page structures (same document).
constexpr uint64_t VMEMMAP_START = 0xffffea0000000000ull;

/// One physical page frame, with the member offsets of Linux 3.13 (include/linux/mm_types.h) for
/// x86-64 with 16-byte compare-and-exchange: freelist and counters form one aligned pair.
struct alignas(16) page {
  uint64_t flags;
  void* mapping;
  union {
    uint64_t index;
    void* freelist;  ///< slab pages: first free object that no CPU has claimed
  };
  union {
    uint64_t counters;
    struct {
      union {
        int32_t _mapcount;
        struct {
          uint32_t inuse : 16;    ///< objects in use, or on a CPU's own free list
          uint32_t objects : 15;  ///< objects in the slab
          uint32_t frozen : 1;    ///< belongs to a CPU, on no node list
        };
      };
      int32_t _count;
    };
  };
  union {
    list_head lru;
    struct {
      page* next;        ///< per-CPU partial list
      int32_t pages;     ///< slabs from here to the list's end
      int32_t pobjects;  ///< free objects in them, as counted when they were added
    };
  };
  union {
    uint64_t private_data;
    kmem_cache* slab_cache;
    page* first_page;  ///< tail pages of a compound page
  };
  uint64_t padding;
};

static_assert(sizeof(page) == 64, "page structures are 64 bytes apart");
static_assert(offsetof(page, freelist) == 0x10 && offsetof(page, counters) == 0x18, "3.13 layout");
static_assert(offsetof(page, lru) == 0x20 && offsetof(page, slab_cache) == 0x30, "3.13 layout");

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
constexpr unsigned NODES_PGSHIFT = 58;
constexpr unsigned ZONES_PGSHIFT = 56;
constexpr unsigned LAST_CPUPID_PGSHIFT = 40;
constexpr uint64_t LAST_CPUPID_MASK = 0xffff;

/// page::_mapcount of a free block's first page and of an allocated page.
constexpr int32_t PAGE_BUDDY_MAPCOUNT_VALUE = -128;
constexpr int32_t PAGE_UNMAPPED_MAPCOUNT = -1;

static inline bool page_flag(const page* p, pageflags bit) { return (p->flags >> bit) & 1; }
static inline void set_page_flag(page* p, pageflags bit) { p->flags |= 1ull << bit; }
static inline void clear_page_flag(page* p, pageflags bit) { p->flags &= ~(1ull << bit); }

static inline int page_to_nid(const page* p) { return static_cast<int>(p->flags >> NODES_PGSHIFT); }
static inline int page_zonenum(const page* p) {
  return static_cast<int>((p->flags >> ZONES_PGSHIFT) & 3);
}

static inline uint64_t page_to_pfn(const page* p) {
  return (reinterpret_cast<uint64_t>(p) - VMEMMAP_START) / sizeof(page);
}
static inline page* pfn_to_page(uint64_t pfn) {
  return reinterpret_cast<page*>(VMEMMAP_START + pfn * sizeof(page));
}

static inline uint64_t page_to_phys(const page* p) { return page_to_pfn(p) << PAGE_SHIFT; }
static inline void* page_address(const page* p) {
  return reinterpret_cast<void*>(PAGE_OFFSET + page_to_phys(p));
}

/// The page of an address in the mapping of all physical memory.
static inline page* virt_to_page(const void* address) {
  return pfn_to_page((reinterpret_cast<uint64_t>(address) - PAGE_OFFSET) >> PAGE_SHIFT);
}

/// The first page of the compound page that holds `address`.
static inline page* virt_to_head_page(const void* address) {
  page* p = virt_to_page(address);
  return page_flag(p, PG_tail) ? p->first_page : p;
}
