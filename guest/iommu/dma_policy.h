#pragma once

#include "guest/iommu/dma_devices.h"

// Which domain a device gets, as the release decides it.

// The domain whose addresses are physical ones; null until it is needed and made.
DmaDomain* identity_domain();
// All units can let requests through untranslated (ECAP.PT).
bool hardware_pass_through();
// Makes it, for pass-through by hardware empty, else with all memory mapped. False without memory.
bool make_identity_domain();
// Puts a function there.
bool attach_identity(const PciFunction& f);

// The release wants that function in the identity domain from the start.
bool wants_identity(const PciFunction& f);
// It may stay there with the addresses that it can send.
bool may_keep_identity(const PciFunction& f);

// A new domain for a function and all that share its source ids, with what must not be handed out
// reserved; the one that these have already, if any. Null, with nothing said, if it cannot be.
DmaDomain* domain_for(const PciFunction& f);
// Maps a reserved region to itself for a function, and says so where the release does.
bool map_reserved_region(const PciFunction& f, u64 start, u64 end);
