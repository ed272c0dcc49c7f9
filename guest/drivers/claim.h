// What drivers of functions that say what they are begin with.
#pragma once

#include "guest/drivers/pci.h"

/// Maps BAR 0 of a function whose first register says what it is, and lets it master the bus with
/// all addresses; nullptr if it is absent, has no BAR or says something else.
volatile u8* pci_claim(const PciFunction* f, u32 identity);
