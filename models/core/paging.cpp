#include "models/core/paging.h"

#include <algorithm>

namespace apicsim {

namespace {

/// Paging-structure entry bits, SDM Vol. 3 tables 4-4 to 4-6, 4-8 to 4-11 and 4-14 to 4-20.
namespace pte {
constexpr u64 present = 1, write = 2, user = 4, accessed = 1 << 5, dirty = 1 << 6, large = 1 << 7,
              global = 1 << 8, no_execute = u64{1} << 63;
constexpr u64 address = 0x000FFFFFFFFFF000;
}  // namespace pte

/// Page-fault error code, SDM Vol. 3 figure 4-12.
namespace pf {
constexpr u32 present = 1, write = 2, user = 4, reserved = 8, fetch = 16;
}

/// Indices of `Walk::entries`.
constexpr unsigned pml4e = 0, pdpte = 1, pde = 2, last = 3;

constexpr u64 above(unsigned width) { return ~u64{0} << width; }

/// `size` 4 or 8 bytes.
u64 read_entry(PhysicalPort& memory, u64 address, unsigned size) {
  u64 entry = size == 8 ? ~u64{0} : 0xFFFFFFFF;  // tables outside memory: nobody answers
  if (const std::byte* host = memory.host(address)) std::memcpy(&entry, host, size);
  return entry;
}

class Walker {
 public:
  Walker(const PagingContext& context, u64 linear, Access access, bool user)
      : m_context(context), m_linear(linear), m_access(access), m_user(user) {}

  Walk run(PhysicalPort& memory) {
    switch (m_context.mode) {
      case PagingMode::bits32:
        return descend(memory, pde, m_context.cr3 & 0xFFFFF000);
      case PagingMode::pae: {
        const u64 entry = m_context.pdpte[bits(m_linear, 31, 30)];
        if (!(entry & pte::present)) return fault(0);
        return descend(memory, pde, entry & pte::address);
      }
      default:
        return descend(memory, pml4e, m_context.cr3 & pte::address);
    }
  }

 private:
  bool narrow() const { return m_context.mode == PagingMode::bits32; }
  unsigned entry_size() const { return narrow() ? 4 : 8; }

  /// Bits of the linear address below those that select the entry.
  unsigned shift_of(unsigned level) const {
    return narrow() ? 12 + 10 * (last - level) : 12 + 9 * (last - level);
  }
  bool is_leaf(unsigned level, u64 entry) const {
    if (level == last) return true;
    if (level == pml4e || !(entry & pte::large)) return false;
    return !narrow() || m_context.large_pages;
  }

  Walk descend(PhysicalPort& memory, unsigned level, u64 table) {
    m_walk.first = static_cast<u8>(level);
    for (;; ++level) {
      const unsigned shift = shift_of(level);
      const unsigned index_bits = narrow() ? 10 : 9;
      const u64 address = table + bits(m_linear, shift + index_bits - 1, shift) * entry_size();
      const u64 entry = read_entry(memory, address, entry_size());
      m_walk.entries[level] = address;
      m_walk.levels = static_cast<u8>(level + 1);
      if (!(entry & pte::present)) return fault(0);
      const bool leaf = is_leaf(level, entry);
      const u64 reserved = narrow() ? reserved_bits32(level, leaf) : reserved_bits(level, leaf);
      if (entry & reserved) return fault(pf::present | pf::reserved);
      m_rights &= entry;
      m_no_execute |= (entry & pte::no_execute) != 0;
      note(address, entry, leaf);
      if (leaf) return finish(entry, shift);
      table = entry & pte::address;
    }
  }

  /// PSE-36 puts address bits 39:32 into bits 20:13 of the PDE of a 4 MiB page (table 4-4).
  unsigned wide_address_bits() const {
    return m_context.pse36 ? std::min(40u, m_context.physical_address_bits) : 32;
  }
  u64 reserved_bits32(unsigned level, bool leaf) const {
    if (level != pde || !leaf) return 0;
    return above(wide_address_bits() - 32 + 13) & bits(~u64{0}, 21, 0);
  }
  u64 reserved_bits(unsigned level, bool leaf) const {
    u64 mask = pte::address & above(m_context.physical_address_bits);
    if (m_context.mode == PagingMode::pae) mask |= 0x7FF0000000000000;  // tables 4-9 to 4-11
    if (!m_context.no_execute) mask |= pte::no_execute;
    if (level == pml4e || (level == pdpte && !m_context.one_gigabyte_pages)) mask |= pte::large;
    if (leaf && level == pde) mask |= 0x00000000001FE000;
    if (leaf && level == pdpte) mask |= 0x000000003FFFE000;
    return mask;
  }

  void note(u64 address, u64 entry, bool leaf) {
    u64 wanted = pte::accessed;
    if (leaf && m_access == Access::write) wanted |= pte::dirty;
    if ((entry & wanted) != wanted) m_walk.updates[m_walk.update_count++] = {address, wanted};
  }

  /// SDM Vol. 3 §4.6.1, for user-mode and supervisor-mode addresses and accesses.
  bool permitted() const {
    const bool user_page = m_rights & pte::user;
    if (m_user && !user_page) return false;
    if (m_access == Access::execute) {
      if (m_no_execute && !narrow()) return false;
      return m_user || !user_page || !m_context.smep;
    }
    if (!m_user && user_page && m_context.smap && !m_context.alignment_flag) return false;
    return m_access == Access::read || write_permitted();
  }
  bool write_permitted() const {
    return (m_rights & pte::write) || (!m_user && !m_context.write_protect);
  }

  u64 page_address(u64 entry, unsigned shift) const {
    const u64 base = entry & pte::address & above(shift);
    if (!narrow() || shift == 12) return base;
    return base | bits(entry, 20, 13) << 32;
  }

  Walk finish(u64 entry, unsigned shift) {
    if (!permitted()) return fault(pf::present);
    m_walk.ok = true;
    m_walk.page_shift = static_cast<u8>(shift);
    m_walk.physical = page_address(entry, shift) | (m_linear & ~above(shift));
    m_walk.writable = write_permitted() && ((entry & pte::dirty) || m_access == Access::write);
    m_walk.user_page = m_rights & pte::user;
    m_walk.global = m_context.global_pages && (entry & pte::global);
    return m_walk;
  }

  Walk fault(u32 cause) const {
    u32 error = cause;
    if (m_access == Access::write) error |= pf::write;
    if (m_user) error |= pf::user;
    if (m_access == Access::execute && (m_context.no_execute || m_context.smep)) error |= pf::fetch;
    Walk walk;
    walk.fault = Fault::page(m_linear, error);
    return walk;
  }

  const PagingContext& m_context;
  const u64 m_linear;
  const Access m_access;
  const bool m_user;
  u64 m_rights = pte::write | pte::user;
  bool m_no_execute = false;
  Walk m_walk;
};

}  // namespace

Walk walk_page_tables(const PagingContext& context, PhysicalPort& memory, u64 linear, Access access,
                      bool user) {
  return Walker(context, linear, access, user).run(memory);
}

u64 pae_pdpte_reserved(unsigned physical_address_bits) {
  return 0x1E6 | above(physical_address_bits);
}

}  // namespace apicsim
