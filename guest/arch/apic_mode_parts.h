#pragma once

// What the choice of the APIC's mode has in common in all releases.

// nolapic was given.
bool apic_forbidden();

// The hypervisor promises that x2APIC works without interrupt remapping.
bool hypervisor_has_x2apic();

// Maps the registers where the tables say, and lets the drivers use them.
void use_apic_page();
