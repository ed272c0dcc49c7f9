#pragma once

#include "guest/arch/interrupt.h"

enum class RemapMode { off, xapic, x2apic };

// Whether the command line, the chip set and the tables allow it. From 4.12 on, this prepares the
// units so that nothing can fail afterwards, and reads the tables first.
bool irq_remapping_supported();
// Switches remapping on in all units, with 32-bit APIC ids where the CPUs have x2APIC and neither
// firmware nor units are against it; says what has come of it.
RemapMode enable_irq_remapping(bool x2apic);
RemapMode irq_remapping_mode();

// Has the units report faults to the boot CPU; its local APIC is set up.
void enable_remapping_faults();

// The function is under no unit, and the release lets it send messages in the old format all the
// same, which a unit may block.
bool sends_past_remapping(u16 requester);
// Makes a table entry for a function's message with this vector to `cpu`, and the message that
// names it. False if no unit covers the function or its table is full.
bool remap_msi(u16 requester, int cpu, int vector, MsiMessage* message);
// The same for an I/O APIC's pin: the format, index and vector fields of its redirection entry.
bool remap_io_apic_pin(u8 io_apic_id, u8 pin, int cpu, int vector, bool level, u64* entry);
