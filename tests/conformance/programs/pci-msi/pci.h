#pragma once

#include "runtime/apic.h"
#include "runtime/pci.h"

constexpr u8 msi_vector = 0x61;
/// Interrupts of a vector on all processors since clear_all_interrupts().
u32 all(u8 vector);
/// Waits for so many, and for more that should not come.
u32 taken(u8 vector, u32 expected);

void check_configuration();
void check_bars(pci::Function edu);
void check_msi(pci::Function edu);
void check_msix();
