#pragma once

#include "models/core/cpu_state.h"
#include "models/core/physical_port.h"

namespace apicsim {

/// Paging modes with CR0.PG set, SDM Vol. 3 §4.1.1.
enum class PagingMode : u8 { bits32, pae, four_level };

/// What a walk depends on besides the tables, taken from the control registers.
struct PagingContext {
  PagingMode mode = PagingMode::four_level;
  u64 cr3 = 0;
  u64 pdpte[4] = {};           ///< PAE: the registers, not the table in memory (§4.4.1)
  bool write_protect = false;  ///< CR0.WP
  bool no_execute = false;     ///< EFER.NXE, and CR4.PAE
  bool smep = false, smap = false;
  bool alignment_flag = false;  ///< RFLAGS.AC, which lifts SMAP for explicit accesses
  bool global_pages = true;     ///< CR4.PGE
  bool large_pages = true;      ///< CR4.PSE, for 32-bit paging
  bool pse36 = true;            ///< CPUID.1:EDX[17]: 40-bit addresses of 4 MiB pages
  bool one_gigabyte_pages = true;
  unsigned physical_address_bits = 46;
};

/// Result of a walk: a translation, or the page fault it ends in.
struct Walk {
  bool ok = false;
  Fault fault;
  u64 physical = 0;
  bool writable = false;   ///< stores with the same privilege need no further walk: W and D are set
  bool user_page = false;  ///< U/S is set at all levels
  bool global = false;
  /// Entries whose A or D bit the access sets, with the bits to be set in their lowest byte.
  struct Update {
    u64 address = 0;
    u64 set = 0;
  };
  Update updates[4];
  unsigned update_count = 0;
  /// Physical addresses of the entries that were read: PML4E, PDPTE, PDE, PTE. The walks of PAE and
  /// 32-bit paging begin with the PDE, `first` = 2.
  u64 entries[4] = {};
  u8 first = 0;
  u8 levels = 0;       ///< index behind the last entry
  u8 page_shift = 12;  ///< 12, 21, 22 or 30
};

enum class Access : u8 { read, write, execute };

/// In whose name an access is made, SDM Vol. 3 §4.6.1: `implicit` ones are those of the processor
/// to its own structures, supervisor accesses at any CPL that RFLAGS.AC does not open for SMAP.
enum class Privilege : u8 { user, supervisor, implicit };

/// Walks of 32-bit, PAE and 4-level paging (SDM Vol. 3 §4.3 to §4.5): all page sizes, rights, NX,
/// reserved bits. Pure: nothing is written; the caller commits `updates` if it goes through with
/// the access.
Walk walk_page_tables(const PagingContext& context, PhysicalPort& memory, u64 linear, Access access,
                      bool user);

/// Bits of a present PDPTE of PAE paging that must be zero, SDM Vol. 3 table 4-8.
u64 pae_pdpte_reserved(unsigned physical_address_bits);

}  // namespace apicsim
