#pragma once

#include "guest/iommu/scalable_mode.h"

// Root and context tables, one set per unit (VT-d §9.1, §9.3).

// The root table of a unit, empty. False without memory.
bool make_root_table(int unit);
// Tells the unit where it is and forgets what the unit has cached.
void set_root_table(int unit);

// Lets requests with this source id go through the domain. Nothing changes where an entry is
// present. False without memory.
// `abilities` are flags of a scalable-mode entry.
bool map_context(int unit, u16 source, DmaDomain* domain, Translation translation, u64 abilities);
void clear_context(int unit, u16 source);
bool context_present(int unit, u16 source);
