#pragma once

#include <cstdint>

#include "models/memory/hierarchy/line_access.h"
#include "models/memory/hierarchy/memory_timing_config.h"
#include "models/memory/hierarchy/tag_array.h"

namespace apicsim {

/// The paging-structure entries that a walk read: physical addresses, PML4E first; `levels` of them
/// (2 for a 1 GiB page, 3 for 2 MiB, 4 for 4 KiB). The last one maps the page of 2^page_shift
/// bytes. PAE and 32-bit paging begin with the PDE, `first` = 2: PDPTEs lie in registers.
struct PageWalk {
  std::uint64_t entries[4] = {};
  std::uint8_t levels = 4;
  std::uint8_t page_shift = 12;
  bool global = false;
  std::uint8_t first = 0;
};

/// TLBs and paging-structure caches of one logical CPU (SDM Vol. 3 §4.10): tags, never
/// translations.
///
/// The first level is split by page size, for data and for instructions; 4 MiB pages and 1 GiB
/// pages of instructions use the 2 MiB entries. The second level holds 4 KiB pages only.
class TranslationTiming {
 public:
  /// Throws MemoryTimingError when a parameter is out of its range.
  explicit TranslationTiming(const MemoryParameters& parameters);

  /// False: a walk is needed, and its loads come on top of `latency`. True: `latency` is what the
  /// translation adds to the access, 0 for a first-level hit.
  bool lookup(std::uint64_t linear, LineUse use, Cycle& latency);

  /// Index of the first entry that a walk has to load, 0..3; those above it come from the
  /// paging-structure caches. To be limited to `levels` - 1 when the page turns out to be larger.
  unsigned first_level(std::uint64_t linear) const;

  /// Takes up what a walk found. To be called after a successful walk that lookup() asked for.
  void insert(std::uint64_t linear, LineUse use, const PageWalk& walk);

  /// Load of CR3, or of CR4 with another PGE (then without `keep_global`), SDM Vol. 3 §4.10.4.1.
  /// The paging-structure caches go in both cases.
  void flush(bool keep_global);
  /// INVLPG: the page, global or not, and all paging-structure caches (§4.10.4.1).
  void flush_page(std::uint64_t linear);

 private:
  struct Levels {
    TagArray small, large, huge;
  };

  bool first_level_hit(std::uint64_t linear, LineUse use);
  TagArray& array_for(LineUse use, unsigned page_shift);

  Levels m_data;
  TagArray m_code_small, m_code_large;
  TagArray m_second;
  TagArray m_pml4e, m_pdpte, m_pde;
  Cycle m_second_latency;
  Cycle m_walk_start;
};

}  // namespace apicsim
