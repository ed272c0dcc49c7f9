#pragma once

#include "guest/arch/apic.h"

// The way to reach the local APIC, and how interrupts name CPUs. One is chosen at boot, for all
// CPUs.
struct ApicDriver {
  const char* name;  // as Linux calls the routing
  bool x2apic;       // by MSRs
  bool logical;      // fixed IPIs and devices' interrupts have logical destinations
  u32 (*read)(u32 reg);
  void (*write)(u32 reg, u32 value);
  void (*write_icr)(u32 low, u32 destination);
  u64 (*read_icr)();  // both halves of the xAPIC's
  u32 (*read_id)();
  u32 (*destination)(int cpu);
  void (*send_mask)(const CpuMask& cpus, u32 command);
  // What this CPU has to set or to learn; its APIC is on already.
  void (*init_cpu)();
};

extern const ApicDriver apic_flat, apic_physical_flat, apic_cluster_x2apic, apic_physical_x2apic;

// Where the APIC's page is mapped, for the drivers that use it.
void set_apic_page(volatile u8* page);

// The driver of this moment: flat destinations until the firmware's tables were read.
extern const ApicDriver* chosen_apic_driver;
ALWAYS_INLINE const ApicDriver* apic_driver() { return chosen_apic_driver; }
void set_apic_driver(const ApicDriver* driver);
// The same for good: from now on the APIC may be used.
void start_apic_driver(const ApicDriver* driver);
// For all CPUs: in x2APIC mode or not, by command line, tables and number of CPUs.
void choose_apic_driver(bool x2apic);
// No clusters, whatever the command line and the tables say.
void force_physical_x2apic();

// This CPU's mode (IA32_APIC_BASE, SDM Vol. 3 §11.12.1): x2APIC on; back to xAPIC by way of
// disabled.
bool x2apic_enabled();
void enable_x2apic();
void disable_x2apic();
