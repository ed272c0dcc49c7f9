#pragma once

#include <array>

#include "models/core/op.h"
#include "models/core/types.h"

namespace apicsim {

inline constexpr u64 page_size = 4096;
inline constexpr u64 page_mask = page_size - 1;

/// A cached translation of a 4 KiB page together with the host's address of its contents: one
/// lookup answers both. A page that is not plain memory is never entered.
struct TlbEntry {
  static constexpr u64 invalid = 1;

  u64 read_page = invalid;   ///< linear page address for which loads are permitted
  u64 write_page = invalid;  ///< the same for stores: dirty bit set, and no translated code within
  u64 host_offset = 0;       ///< host address minus linear address
  u64 physical_page : 63;
  u64 global : 1;

  TlbEntry() : physical_page(0), global(0) {}
};

/// Direct-mapped TLB of one privilege level. A software view: it may keep what INVLPG, a load of
/// CR3 or a change of paging mode would drop, and nothing else (SDM Vol. 3 §4.10).
class Tlb {
 public:
  static constexpr unsigned entries = 256;

  TlbEntry& entry(u64 linear) { return m_entries[(linear >> 12) & (entries - 1)]; }
  const TlbEntry& entry(u64 linear) const { return m_entries[(linear >> 12) & (entries - 1)]; }

  void flush(bool keep_global) {
    for (auto& e : m_entries)
      if (!keep_global || !e.global) e = TlbEntry();
  }
  void flush_page(u64 linear) {
    auto& e = entry(linear);
    const u64 page = linear & ~page_mask;
    if (e.read_page == page || e.write_page == page) e = TlbEntry();
  }
  /// Stores to this page have to be seen: it holds translated code now.
  void revoke_write(u64 physical_page) {
    for (auto& e : m_entries)
      if (e.physical_page == physical_page) e.write_page = TlbEntry::invalid;
  }

 private:
  std::array<TlbEntry, entries> m_entries;
};

/// Where execution continues: linear address (and privilege) to block. Same life as the TLB.
class JumpCache {
 public:
  static constexpr unsigned entries = 1024;

  struct Entry {
    u64 key = ~u64{0};
    const Block* block = nullptr;
  };

  /// User and supervisor entries differ in a bit that no canonical address has.
  static u64 key(u64 rip, bool user) { return rip ^ (user ? u64{1} << 62 : 0); }
  Entry& entry(u64 rip) { return m_entries[(rip ^ (rip >> 10)) & (entries - 1)]; }
  const Entry& entry(u64 rip) const { return m_entries[(rip ^ (rip >> 10)) & (entries - 1)]; }
  void flush() { m_entries.fill(Entry()); }

 private:
  std::array<Entry, entries> m_entries;
};

}  // namespace apicsim
