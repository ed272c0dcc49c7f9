#pragma once

#include "guest/include/types.h"

// One I/O APIC of the MADT; reads its version and number of pins from the chip.
void register_io_apic(u8 id, u32 address, u32 gsi_base);
int io_apic_count();
u8 io_apic_id(int index);

// An ISA interrupt that is wired to another input than its number (ACPI §5.2.12.5).
void override_isa_irq(u8 source, u32 gsi, u16 inti_flags);
void report_isa_overrides();

// How many interrupt inputs there are, the ISA ones counted apart.
void report_gsi_total();

// noapic was given, or nosmp where that means the same.
void skip_io_apic_setup();
bool io_apic_setup_skipped();
// "apic" without a value takes it back.
void forget_noapic();

// Masks every pin of every I/O APIC and says where the timer is wired.
void setup_io_apics();

// Sends an ISA interrupt, edge-triggered and active high, to a CPU's vector. False where no I/O
// APIC has its input or the remapping table has no entry for it.
bool route_isa_irq(u8 irq, int cpu, int vector);
// The same for a function's INTx#: level-triggered, and active low unless the MADT says otherwise.
bool route_pci_irq(u8 line, int cpu, int vector);
// Ends such an interrupt at the I/O APIC, where the entry's vector is not the one that the local
// APIC's broadcast names: a remapped entry has its pin's number there.
void end_remapped_pci_irq(u8 line);
