#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/firmware/acpi_description.h"
#include "models/firmware/dsdt_description.h"
#include "models/firmware/smbios_description.h"

namespace apicsim {

/// Root system description pointer, ACPI §5.2.5.
struct RsdpDescription {
  std::uint64_t address = 0xF4F00;  ///< 16-byte aligned
  std::uint8_t revision = 2;        ///< 0: 20 bytes, RSDT only; 2: 36 bytes with an XSDT
  std::string oem_id;               ///< up to 6 characters
  std::uint8_t checksum_error = 0;  ///< added to the right checksums
};

/// RSDT or XSDT; its entries are the tables in their order.
struct RootTableDescription {
  AcpiHeader header;
  std::uint64_t address = 0;  ///< 0: the placement chooses
  bool present = true;
};

/// Firmware ACPI control structure, ACPI §5.2.10: 64 bytes, 64-byte aligned.
struct FacsDescription {
  std::uint64_t address = 0;  ///< 0: the placement chooses
  std::uint32_t hardware_signature = 0;
  std::uint32_t flags = 0;
  std::uint8_t version = 1;
};

/// A whole DSDT as bytes (from a dump), or empty: it is generated from `DsdtDescription`.
struct DsdtTable {
  AcpiHeader header;
  std::uint64_t address = 0;  ///< 0: the placement chooses
  DsdtDescription contents;
  Bytes dump;
};

/// Everything that firmware leaves in memory for an operating system.
struct FirmwareDescription {
  RsdpDescription rsdp;
  RootTableDescription rsdt;
  RootTableDescription xsdt;
  FacsDescription facs;
  DsdtTable dsdt;
  std::vector<AcpiTable> tables;  ///< in the order of the root table
  /// Where tables without an address go, first to last, and the alignment of each.
  std::uint64_t region_base = 0;
  std::uint64_t region_size = 0;
  std::uint64_t table_alignment = 64;
  SmbiosDescription smbios;
};

}  // namespace apicsim
