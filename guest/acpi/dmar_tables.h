#pragma once

#include "guest/acpi/tables.h"

// VT-d §8.1 to §8.6.
struct PACKED AcpiDmar {
  AcpiHeader header;
  u8 width;  // host address width less 1
  u8 flags;
  u8 reserved[10];
};
inline constexpr u8 kDmarInterruptRemap = 1, kDmarX2apicOptOut = 2, kDmarPlatformOptIn = 4;

enum DmarType : u16 { kDrhd = 0, kRmrr = 1, kAtsr = 2, kRhsa = 3, kAndd = 4, kSatc = 5 };

struct PACKED DmarStructure {
  u16 type;
  u16 length;
};

struct PACKED DmarDrhd {
  DmarStructure header;
  u8 flags;
  u8 reserved;
  u16 segment;
  u64 base;
};

struct PACKED DmarScope {  // §8.3.1; followed by the path
  u8 type;
  u8 length;
  u16 reserved;
  u8 id;
  u8 start_bus;
};
enum DmarScopeType : u8 {
  kScopeEndpoint = 1,
  kScopeBridge = 2,
  kScopeIoApic = 3,
  kScopeHpet = 4,
  kScopeNamespace = 5
};

struct PACKED DmarPathStep {
  u8 device, function;
};
inline constexpr u8 kDrhdIncludeAll = 1;  // §8.3, flags

struct PACKED DmarRmrr {
  DmarStructure header;
  u16 reserved;
  u16 segment;
  u64 base;
  u64 limit;
};

struct PACKED DmarAtsr {
  DmarStructure header;
  u8 flags;
  u8 reserved;
  u16 segment;
};

struct PACKED DmarRhsa {
  DmarStructure header;
  u32 reserved;
  u64 base;
  u32 domain;
};

struct PACKED DmarAndd {  // §8.7; followed by the name
  DmarStructure header;
  u8 reserved[3];
  u8 device;
};

struct PACKED DmarSatc {  // §8.8; followed by scopes
  DmarStructure header;
  u8 flags;
  u8 reserved;
  u16 segment;
};

// The table; null if there is none.
const AcpiDmar* dmar_table();

// The unit whose registers are there, -1 if the table has none; and the table's structures, until
// `visit` says no.
int dmar_unit_at(u64 base);
void dmar_for_each(bool (*visit)(const DmarStructure& s));

// Registers of a unit (VT-d §10.4.1 to §10.4.3).
inline constexpr u64 kEcapQueued = 1u << 1;
inline constexpr u64 kEcapInterruptRemap = 1u << 3;
inline constexpr u64 kEcapExtended = 1u << 4;  // EIM
inline constexpr u32 kVtdVersion = 0x00, kVtdCap = 0x08, kVtdEcap = 0x10;
