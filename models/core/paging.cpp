#include "models/core/paging.h"

namespace apicsim {

namespace {

/// Paging-structure entry bits, SDM Vol. 3 tables 4-14 to 4-20.
namespace pte {
constexpr u64 present = 1, write = 2, user = 4, accessed = 1 << 5, dirty = 1 << 6, large = 1 << 7,
              global = 1 << 8, no_execute = u64{1} << 63;
constexpr u64 address = 0x000FFFFFFFFFF000;
}  // namespace pte

/// Page-fault error code, SDM Vol. 3 figure 4-12.
namespace pf {
constexpr u32 present = 1, write = 2, user = 4, reserved = 8, fetch = 16;
}

u64 read_entry(PhysicalPort& memory, u64 address) {
  u64 entry = ~u64{0};  // tables outside memory: nobody answers
  if (const std::byte* host = memory.host(address)) std::memcpy(&entry, host, sizeof entry);
  return entry;
}

class Walker {
 public:
  Walker(const PagingContext& context, u64 linear, Access access, bool user)
      : m_context(context), m_linear(linear), m_access(access), m_user(user) {}

  Walk run(PhysicalPort& memory) {
    u64 table = m_context.cr3 & pte::address;
    for (int level = 4;; --level) {
      const unsigned shift = 12 + 9 * (level - 1);
      const u64 entry_address = table + bits(m_linear, shift + 8, shift) * 8;
      const u64 entry = read_entry(memory, entry_address);
      m_walk.entries[m_walk.levels++] = entry_address;
      if (!(entry & pte::present)) return fault(0);
      const bool leaf = level == 1 || (level < 4 && (entry & pte::large));
      if (entry & reserved_bits(level, leaf)) return fault(pf::present | pf::reserved);
      m_rights &= entry;
      m_no_execute |= (entry & pte::no_execute) != 0;
      note(entry_address, entry, leaf);
      if (leaf) return finish(entry, shift);
      table = entry & pte::address;
    }
  }

 private:
  u64 reserved_bits(int level, bool leaf) const {
    u64 mask = pte::address & ~((u64{1} << m_context.physical_address_bits) - 1);
    if (!m_context.no_execute) mask |= pte::no_execute;
    if (level == 4 || (level == 3 && !m_context.one_gigabyte_pages)) mask |= pte::large;
    if (leaf && level == 2) mask |= 0x00000000001FE000;
    if (leaf && level == 3) mask |= 0x000000003FFFE000;
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
      if (m_no_execute) return false;
      return m_user || !user_page || !m_context.smep;
    }
    if (!m_user && user_page && m_context.smap && !m_context.alignment_flag) return false;
    return m_access == Access::read || write_permitted();
  }
  bool write_permitted() const {
    return (m_rights & pte::write) || (!m_user && !m_context.write_protect);
  }

  Walk finish(u64 entry, unsigned shift) {
    if (!permitted()) return fault(pf::present);
    const u64 offset_mask = (u64{1} << shift) - 1;
    m_walk.ok = true;
    m_walk.page_shift = static_cast<u8>(shift);
    m_walk.physical = (entry & pte::address & ~offset_mask) | (m_linear & offset_mask);
    m_walk.writable = write_permitted() && ((entry & pte::dirty) || m_access == Access::write);
    m_walk.global = entry & pte::global;
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

}  // namespace apicsim
