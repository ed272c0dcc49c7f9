#pragma once

#include "guest/iommu/dma_domain.h"

// Scalable mode (VT-d §3.4.3), which 6.1 uses on units that have it unless told intel_iommu=sm_off:
// a context entry leads to a table of address spaces by PASID, and requests without one use the
// first (drivers/iommu/intel/pasid.c).

// The release and the command line allow it, and the unit has it with second- or first-level
// tables.
bool unit_is_scalable(int unit);
// Domains for devices' addresses use first-level tables (first_level_by_default()).
bool scalable_first_level(int unit);

enum class Translation : u8 { tables = 0, device_tlb = 1, pass_through = 2 };

// The PASID directory of a source id, with `pasid` leading to the domain; its address, 0 without
// memory. Called again for another PASID it adds to the same directory.
u64 set_pasid_entry(int unit, u16 source, u32 pasid, const DmaDomain& domain,
                    Translation translation);
void clear_pasid_entry(int unit, u16 source, u32 pasid);

// Low half of a context entry for a directory (VT-d §9.4), apart from its flags.
u64 scalable_context(u64 directory);
inline constexpr u64 kContextPasids = 1u << 3, kContextPageRequests = 1u << 4;
inline constexpr u64 kContextDeviceTlb = 1u << 2;
