#pragma once

// Reads CPUID into boot_cpu_data.
void identify_boot_cpu();
// "Intel(R) Xeon(R) CPU ... (fam: 06, model: 2d, stepping: 07)", as the end of a line.
void print_cpu_info();
// Package and core of the boot CPU, where a package holds more than one thread.
void print_boot_cpu_place();
// What every CPU sets for itself: control registers, SYSCALL, descriptors.
void cpu_init();
// The processor's own APIC id, from CPUID.
unsigned initial_apic_id();
