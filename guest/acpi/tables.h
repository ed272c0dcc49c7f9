#pragma once

#include "guest/include/types.h"

// Layouts of ACPI 5.0 (sections beside each). Packed: firmware puts fields where it likes.
#define PACKED __attribute__((packed))

struct PACKED AcpiRsdp {  // §5.2.5.3
  char signature[8];
  u8 checksum;
  char oem_id[6];
  u8 revision;
  u32 rsdt;
  u32 length;
  u64 xsdt;
  u8 extended_checksum;
  u8 reserved[3];
};

struct PACKED AcpiHeader {  // §5.2.6
  char signature[4];
  u32 length;
  u8 revision;
  u8 checksum;
  char oem_id[6];
  char oem_table_id[8];
  u32 oem_revision;
  char creator_id[4];
  u32 creator_revision;
};

struct PACKED GenericAddress {  // §5.2.3.1
  u8 space;
  u8 bit_width;
  u8 bit_offset;
  u8 access_size;
  u64 address;
};

struct PACKED AcpiFadt {  // §5.2.9, as far as it is used here
  AcpiHeader header;
  u32 facs;
  u32 dsdt;
  u8 reserved0;
  u8 profile;
  u16 sci_interrupt;
  u32 smi_command;
  u8 acpi_enable, acpi_disable, s4bios, pstate_control;
  u32 pm1a_event, pm1b_event, pm1a_control, pm1b_control, pm2_control, pm_timer, gpe0, gpe1;
  u8 pm1_event_length, pm1_control_length, pm2_control_length, pm_timer_length;
  u8 gpe0_length, gpe1_length, gpe1_base, cst_control;
  u16 c2_latency, c3_latency, flush_size, flush_stride;
  u8 duty_offset, duty_width, day_alarm, month_alarm, century;
  u16 boot_flags;
  u8 reserved1;
  u32 flags;
  GenericAddress reset;
  u8 reset_value;
  u8 reserved2[3];
  u64 x_facs;
  u64 x_dsdt;
  GenericAddress x_pm1a_event, x_pm1b_event, x_pm1a_control, x_pm1b_control, x_pm2_control;
  GenericAddress x_pm_timer;
};

struct PACKED SubtableHeader {
  u8 type;
  u8 length;
};

struct PACKED AcpiMadt {  // §5.2.12
  AcpiHeader header;
  u32 local_apic;
  u32 flags;
};

enum MadtType : u8 {
  kMadtLocalApic = 0,
  kMadtIoApic = 1,
  kMadtOverride = 2,
  kMadtNmiSource = 3,
  kMadtLocalNmi = 4,
  kMadtAddressOverride = 5,
  kMadtX2apic = 9,
  kMadtX2apicNmi = 10
};

struct PACKED MadtLocalApic {
  SubtableHeader header;
  u8 processor_id;
  u8 apic_id;
  u32 flags;  // bit 0: enabled
};

struct PACKED MadtIoApic {
  SubtableHeader header;
  u8 id;
  u8 reserved;
  u32 address;
  u32 gsi_base;
};

struct PACKED MadtOverride {
  SubtableHeader header;
  u8 bus;
  u8 source;
  u32 gsi;
  u16 inti_flags;
};

struct PACKED MadtNmiSource {
  SubtableHeader header;
  u16 inti_flags;
  u32 gsi;
};

struct PACKED MadtLocalNmi {
  SubtableHeader header;
  u8 processor_id;
  u16 inti_flags;
  u8 lint;
};

struct PACKED MadtAddressOverride {
  SubtableHeader header;
  u16 reserved;
  u64 address;
};

struct PACKED MadtX2apic {
  SubtableHeader header;
  u16 reserved;
  u32 apic_id;
  u32 flags;
  u32 uid;
};

struct PACKED MadtX2apicNmi {
  SubtableHeader header;
  u16 inti_flags;
  u32 uid;
  u8 lint;
  u8 reserved[3];
};

struct PACKED AcpiSrat {  // §5.2.16
  AcpiHeader header;
  u32 table_revision;
  u64 reserved;
};

struct PACKED SratCpu {
  SubtableHeader header;
  u8 domain_low;
  u8 apic_id;
  u32 flags;
  u8 sapic_eid;
  u8 domain_high[3];
  u32 clock_domain;
};

struct PACKED SratMemory {
  SubtableHeader header;
  u32 domain;
  u16 reserved0;
  u64 base;
  u64 size;
  u32 reserved1;
  u32 flags;  // bit 0 enabled, bit 1 hot-pluggable
  u64 reserved2;
};

struct PACKED SratX2apic {
  SubtableHeader header;
  u16 reserved0;
  u32 domain;
  u32 apic_id;
  u32 flags;
  u32 clock_domain;
  u32 reserved1;
};

struct PACKED AcpiSlit {  // §5.2.17
  AcpiHeader header;
  u64 localities;
  u8 entries[1];
};

struct PACKED AcpiHpet {  // IA-PC HPET specification §3.2.4
  AcpiHeader header;
  u32 id;
  GenericAddress address;
  u8 sequence;
  u16 minimum_tick;
  u8 flags;
};
