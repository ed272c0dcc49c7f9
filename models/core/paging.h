#pragma once

#include "models/core/cpu_state.h"
#include "models/core/physical_port.h"

namespace apicsim {

/// What a walk depends on besides the tables, taken from the control registers.
struct PagingContext {
  u64 cr3 = 0;
  bool write_protect = false;  ///< CR0.WP
  bool no_execute = false;     ///< EFER.NXE
  bool smep = false, smap = false;
  bool alignment_flag = false;  ///< RFLAGS.AC, which lifts SMAP
  bool one_gigabyte_pages = true;
  unsigned physical_address_bits = 46;
};

/// Result of a walk: a translation, or the page fault it ends in.
struct Walk {
  bool ok = false;
  Fault fault;
  u64 physical = 0;
  bool writable = false;  ///< stores with the same privilege need no further walk: W and D are set
  bool global = false;
  /// Entries whose A or D bit the access sets, with the bits to be set.
  struct Update {
    u64 address = 0;
    u64 set = 0;
  };
  Update updates[4];
  unsigned update_count = 0;
  u64 entries[4] = {};  ///< physical addresses of the entries that were read, PML4E first
  u8 levels = 0;        ///< how many
  u8 page_shift = 12;   ///< 12, 21 or 30
};

enum class Access : u8 { read, write, execute };

/// 4-level paging (SDM Vol. 3 §4.5): 4 KiB, 2 MiB and 1 GiB pages, rights, NX, reserved bits. Pure:
/// nothing is written; the caller commits `updates` if it goes through with the access.
Walk walk_page_tables(const PagingContext& context, PhysicalPort& memory, u64 linear, Access access,
                      bool user);

}  // namespace apicsim
