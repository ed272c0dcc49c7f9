// The two ways to reach configuration space.
#pragma once

#include "guest/include/types.h"

/// Picks memory-mapped access for the buses that the MCFG table covers (PCI Firmware 3.0 §4.1.2).
void pci_config_init();

/// One aligned 32-bit word of configuration space; all ones where nothing answers.
u32 pci_config_read(u8 bus, u8 device, u8 function, u16 offset);
/// Writes `size` (2 or 4) bytes at an aligned offset.
void pci_config_write(u8 bus, u8 device, u8 function, u16 offset, u32 value, unsigned size);
