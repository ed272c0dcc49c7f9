#include <algorithm>

#include "models/core/cpu.h"
#include "models/memory/dram_view.h"

namespace apicsim {

namespace {

PagingContext paging_context(const Cpu& cpu, const CpuEnvironment& environment) {
  PagingContext context;
  const bool pae = cpu.cr4 & cr4::pae;
  context.mode = cpu.long_mode() ? PagingMode::four_level
                 : pae           ? PagingMode::pae
                                 : PagingMode::bits32;
  context.cr3 = cpu.cr3;
  std::copy(cpu.pdpte, cpu.pdpte + 4, context.pdpte);
  context.write_protect = cpu.cr0 & cr0::wp;
  context.no_execute = pae && (cpu.msr.efer & efer::nxe);
  context.smep = cpu.cr4 & cr4::smep;
  context.smap = cpu.cr4 & cr4::smap;
  context.alignment_flag = cpu.system_flags & rflags::ac;
  context.global_pages = cpu.cr4 & cr4::pge;
  context.large_pages = cpu.cr4 & cr4::pse;
  context.pse36 = environment.pse36;
  context.one_gigabyte_pages = environment.one_gigabyte_pages;
  context.physical_address_bits = environment.model.physical_address_bits;
  return context;
}

/// Constant sizes become single moves.
void copy_bytes(void* to, const void* from, unsigned size) {
  switch (size) {
    case 8:
      std::memcpy(to, from, 8);
      break;
    case 4:
      std::memcpy(to, from, 4);
      break;
    case 1:
      std::memcpy(to, from, 1);
      break;
    default:
      std::memcpy(to, from, size);
      break;
  }
}

/// The store of a read-modify-write must not have to wait for the CPU's turn when its load has been
/// done: the load waits in its stead. `Pieces` are those of the operand.
template <class Pieces>
bool may_modify(const CoreTiming& timing, const Pieces& pieces, unsigned size) {
  return timing.may_store(pieces.physical[0], pieces.first) &&
         (pieces.first == size || timing.may_store(pieces.physical[1], size - pieces.first));
}

/// A and D lie in the lowest byte of entries of either size.
void set_bits(PhysicalPort& memory, const Walk::Update& update) {
  if (std::byte* host = memory.host(update.address)) *host |= static_cast<std::byte>(update.set);
}

}  // namespace

bool Cpu::translate(u64 linear, Access access, Privilege privilege, u64& physical) {
  const bool user = privilege == Privilege::user;
  const TlbEntry& known = (user ? m_user_tlb : m_supervisor_tlb).entry(linear);
  const u64 page = linear & ~page_mask;
  if ((access == Access::read && known.read_page == page) ||
      (access == Access::write && known.write_page == page)) {
    physical = known.physical_page | (linear & page_mask);
    return true;
  }
  if (!(cr0 & apicsim::cr0::pg)) {
    physical = linear & 0xFFFFFFFF;
    fill_tlb(linear, physical, access, user, false, true);
    return true;
  }
  PagingContext context = paging_context(*this, m_environment);
  if (privilege == Privilege::implicit) context.alignment_flag = false;
  const Walk walk = walk_page_tables(context, m_environment.physical, linear, access, user);
  if (!walk.ok) {
    set_fault(walk.fault);
    return false;
  }
  for (unsigned i = 0; i < walk.update_count; ++i)
    set_bits(m_environment.physical, walk.updates[i]);
  physical = walk.physical;
  // What SMAP forbids depends on RFLAGS.AC and on the kind of access, so it is walked for each
  // time.
  const bool cacheable = user || !walk.user_page || !context.smap;
  if (cacheable) fill_tlb(linear, physical, access, user, walk.global, walk.writable);
  return true;
}

/// Which entries a walk reads; rights have been checked before.
Walk Cpu::walk_for_timing(u64 linear) {
  PagingContext context = paging_context(*this, m_environment);
  context.smap = false;
  return walk_page_tables(context, m_environment.physical, linear, Access::read, false);
}

bool Cpu::translate_debug(u64 linear, u64& physical) const {
  if (!(cr0 & apicsim::cr0::pg)) {
    physical = linear & 0xFFFFFFFF;
    return true;
  }
  if (long_mode() && !canonical(linear)) return false;
  const Walk walk = walk_page_tables(paging_context(*this, m_environment), m_environment.physical,
                                     linear, Access::read, false);
  physical = walk.physical;
  return walk.ok;
}

void Cpu::fill_tlb(u64 linear, u64 physical, Access access, bool user, bool global, bool writable) {
  if (access == Access::execute || is_uncached(physical)) return;
  TlbEntry& e = (user ? m_user_tlb : m_supervisor_tlb).entry(linear);
  const u64 page = linear & ~page_mask;
  const u64 physical_page = physical & ~page_mask;
  if (m_environment.dram && access == Access::write)
    m_environment.dram->before_store(physical_page);
  const bool announced = m_environment.dram && !m_environment.dram->tracks(physical_page);
  const bool seen = announced || m_environment.blocks.holds_code(physical_page) ||
                    store_must_be_seen(physical_page);
  e.read_page = page;
  e.write_page = writable && !seen ? page : TlbEntry::invalid;
  e.host_offset = reinterpret_cast<u64>(m_environment.physical.host(physical_page)) - page;
  e.physical_page = physical_page;
  e.global = global;
}

void Cpu::flush_tlb(bool keep_global) {
  m_supervisor_tlb.flush(keep_global);
  m_user_tlb.flush(keep_global);
  m_jump_cache.flush();
  if (m_timing) m_timing->flush(keep_global);
}

void Cpu::flush_tlb_page(u64 linear) {
  m_supervisor_tlb.flush_page(linear);
  m_user_tlb.flush_page(linear);
  m_jump_cache.flush();
  if (m_timing) m_timing->flush_page(linear);
}

void Cpu::revoke_write(u64 physical_page) {
  m_supervisor_tlb.revoke_write(physical_page);
  m_user_tlb.revoke_write(physical_page);
}

bool Cpu::is_uncached(u64 physical) {
  const auto apic_page = m_apic.page();
  if (APICSIM_UNLIKELY(apic_page && (physical & ~page_mask) == *apic_page)) return true;
  return m_environment.physical.host(physical) == nullptr;
}

bool Cpu::check_linear(Seg seg, u64 linear, unsigned size) {
  if (!long_mode() || (canonical(linear) && canonical(linear + size - 1))) return true;
  set_fault(seg == Seg::ss ? Fault::ss() : Fault::gp());
  return false;
}

bool Cpu::check_alignment(u64 linear, unsigned size) {
  if (cpl != 3 || !(cr0 & apicsim::cr0::am) || !(system_flags & rflags::ac)) return true;
  if ((linear & (size - 1)) == 0) return true;
  set_fault(Fault::with_error(vector::alignment_check, 0));
  return false;
}

bool Cpu::resolve(u64 linear, unsigned size, Access access, Privilege privilege, Pieces& pieces) {
  const unsigned first =
      static_cast<unsigned>(std::min<u64>(size, page_size - (linear & page_mask)));
  pieces.first = first;
  if (!translate(linear, access, privilege, pieces.physical[0])) return false;
  if (first == size) return true;
  return translate(next_linear(linear, first), access, privilege, pieces.physical[1]);
}

bool Cpu::resolve_operand(u64 linear, unsigned size, Access access, Pieces& pieces) {
  if (!resolve(linear, size, access, privilege(), pieces)) return false;
  const bool uncached =
      is_uncached(pieces.physical[0]) || (pieces.first < size && is_uncached(pieces.physical[1]));
  return !uncached || uncached_allowed();
}

void Cpu::read_pieces(const Pieces& pieces, void* value, unsigned size) {
  read_physical(pieces.physical[0], value, pieces.first);
  if (pieces.first < size)
    read_physical(pieces.physical[1], static_cast<char*>(value) + pieces.first,
                  size - pieces.first);
}

void Cpu::write_pieces(const Pieces& pieces, const void* value, unsigned size) {
  write_physical(pieces.physical[0], value, pieces.first);
  if (pieces.first < size)
    write_physical(pieces.physical[1], static_cast<const char*>(value) + pieces.first,
                   size - pieces.first);
}

bool Cpu::load_slow(Seg seg, u64 linear, void* value, unsigned size, Access access) {
  if (m_timing) {
    if (const TlbEntry* e = straight(linear, size, access == Access::write)) {
      const u64 physical = e->physical_page | (linear & page_mask);
      if (access == Access::write && !m_timing->may_store(physical, size)) return wait_for_turn();
      if (!time_bytes(linear, physical, size, false)) return false;
      copy_bytes(value, reinterpret_cast<const void*>(linear + e->host_offset), size);
      return true;
    }
  }
  if (!check_linear(seg, linear, size) || !check_alignment(linear, size)) return false;
  Pieces pieces;
  if (!resolve_operand(linear, size, access, pieces)) return false;
  if (m_timing && access == Access::write && !may_modify(*m_timing, pieces, size))
    return wait_for_turn();
  if (m_timing && !time_pieces(linear, pieces, size, false)) return false;
  note_data_access(linear, size, access == Access::write);
  read_pieces(pieces, value, size);
  return true;
}

bool Cpu::store_slow(Seg seg, u64 linear, const void* value, unsigned size) {
  if (m_timing) {
    if (const TlbEntry* e = straight(linear, size, true)) {
      if (!time_bytes(linear, e->physical_page | (linear & page_mask), size, true)) return false;
      copy_bytes(reinterpret_cast<void*>(linear + e->host_offset), value, size);
      return true;
    }
  }
  if (!check_linear(seg, linear, size) || !check_alignment(linear, size)) return false;
  Pieces pieces;
  if (!resolve_operand(linear, size, Access::write, pieces)) return false;
  if (m_timing && !time_pieces(linear, pieces, size, true)) return false;
  note_data_access(linear, size, true);
  write_pieces(pieces, value, size);
  return true;
}

bool Cpu::system_load(u64 linear, void* value, unsigned size, Privilege as) {
  Pieces pieces;
  if (!check_linear(Seg::none, linear, size)) return false;
  if (!resolve(linear, size, Access::read, as, pieces)) return false;
  if (m_timing && !time_pieces(linear, pieces, size, false)) return false;
  read_pieces(pieces, value, size);
  return true;
}

bool Cpu::system_writable(u64 linear, unsigned size) {
  Pieces pieces;
  return check_linear(Seg::none, linear, size) &&
         resolve(linear, size, Access::write, Privilege::implicit, pieces);
}

bool Cpu::system_store(u64 linear, const void* value, unsigned size, Privilege as) {
  Pieces pieces;
  if (!check_linear(Seg::none, linear, size)) return false;
  if (!resolve(linear, size, Access::write, as, pieces)) return false;
  if (m_timing && !time_pieces(linear, pieces, size, true)) return false;
  write_pieces(pieces, value, size);
  return true;
}

void Cpu::read_physical(u64 physical, void* value, unsigned size) {
  if (is_uncached(physical))
    access_uncached(false, physical, value, size);
  else
    std::memcpy(value, m_environment.physical.host(physical), size);
}

void Cpu::write_physical(u64 physical, const void* value, unsigned size) {
  if (is_uncached(physical)) {
    u64 copy[2] = {};
    std::memcpy(copy, value, size);
    access_uncached(true, physical, copy, size);
    return;
  }
  if (m_environment.dram) m_environment.dram->before_store(physical);
  std::memcpy(m_environment.physical.host(physical), value, size);
  if (m_environment.blocks.holds_code(physical & ~page_mask))
    m_environment.blocks.written(physical, size);
  store_seen(physical, size);
}

void Cpu::read_memory(u64 physical, void* value, unsigned size) {
  const auto first = static_cast<unsigned>(std::min<u64>(size, page_size - (physical & page_mask)));
  read_pieces({{physical, physical + first}, first}, value, size);
}

void Cpu::write_memory(u64 physical, const void* value, unsigned size) {
  const auto first = static_cast<unsigned>(std::min<u64>(size, page_size - (physical & page_mask)));
  write_pieces({{physical, physical + first}, first}, value, size);
}

void Cpu::access_uncached(bool write, u64 physical, void* value, unsigned size) {
  auto* bytes = static_cast<char*>(value);
  drain();
  while (size > 0) {
    unsigned piece = 8;
    while (piece > size) piece /= 2;
    const auto apic_page = m_apic.page();
    if (apic_page && (physical & ~page_mask) == *apic_page) {
      access_apic_page(write, static_cast<u32>(physical & page_mask), bytes, piece);
    } else {
      const Cycle delay = m_environment.physical.transport(PhysicalPort::Space::memory, write,
                                                           m_number, cycle, physical, bytes, piece);
      add_latency(m_environment.latencies.uncached_access + delay);
    }
    bytes += piece;
    physical += piece;
    size -= piece;
  }
}

void Cpu::access_apic_page(bool write, u32 offset, void* value, unsigned size) {
  u64 word = 0;
  if (write) {
    std::memcpy(&word, value, size);
    m_apic.write_page(offset, size, word, cycle);
  } else {
    word = m_apic.read_page(offset, size, cycle);
    std::memcpy(value, &word, size);
  }
  add_latency(
      m_environment.latencies.apic_page_access[offset / 16 % CoreLatencies::apic_registers]);
}

}  // namespace apicsim
