#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace apicsim {

/// SMBIOS (DMTF DSP0134) structures that an operating system's DMI reader looks at. An empty string
/// is the string number 0, "not given". Structures of lists come in the order given.
struct SmbiosBios {
  std::string vendor;
  std::string version;
  std::string date;  ///< mm/dd/yyyy
  std::uint16_t start_segment = 0xF000;
  std::uint8_t rom_size = 0xFF;  ///< 64 KiB blocks - 1
  std::uint8_t major = 0xFF;
  std::uint8_t minor = 0xFF;
  /// PCI, upgradeable, selectable boot: DSP0134 §7.1.1.
  std::uint64_t characteristics = 1U << 7 | 1U << 11 | 1U << 16;
  std::uint8_t extension1 = 0x01;  ///< ACPI
  std::uint8_t extension2 = 0x04;  ///< targeted content distribution
  std::uint8_t controller_major = 0xFF;
  std::uint8_t controller_minor = 0xFF;
};
struct SmbiosSystem {
  std::string manufacturer;
  std::string product;
  std::string version;
  std::string serial;
  std::string sku;
  std::string family;
  std::vector<std::uint8_t> uuid;  ///< 16 bytes; fewer: zeros behind them, "not present"
  std::uint8_t wake_up = 0x06;     ///< power switch
};
struct SmbiosBaseboard {
  bool present = false;
  std::string manufacturer;
  std::string product;
  std::string version;
  std::string serial;
  std::string asset;
  std::string location;
  std::uint8_t features = 0x01;  ///< hosting board
  std::uint8_t type = 0x0A;      ///< motherboard
};
struct SmbiosChassis {
  std::string manufacturer;
  std::string version;
  std::string serial;
  std::uint8_t type = 0x17;  ///< 0x17 rack mount
  std::string asset;
  std::uint8_t boot_state = 0x03;  ///< states: 3 safe
  std::uint8_t power_state = 0x03;
  std::uint8_t thermal_state = 0x03;
  std::uint8_t security = 0x02;  ///< unknown
  std::uint32_t oem = 0;
  std::uint8_t height = 0;
  std::uint8_t power_cords = 0;
};
struct SmbiosProcessor {
  std::string socket;
  std::string manufacturer;
  std::string version;
  std::uint32_t signature = 0;     ///< CPUID leaf 1 EAX
  std::uint32_t features_edx = 0;  ///< CPUID leaf 1 EDX
  std::uint16_t external_clock_mhz = 100;
  std::uint16_t max_mhz = 0;
  std::uint16_t current_mhz = 0;
  std::uint16_t cores = 1;
  std::uint16_t threads = 1;
  std::string serial;
  std::string asset;
  std::string part;
  std::uint8_t type = 0x03;    ///< central processor
  std::uint8_t family = 0xB3;  ///< Intel Xeon
  std::uint8_t voltage = 0;
  std::uint8_t status = 0x41;  ///< populated, enabled
  std::uint8_t upgrade = 0x01;
};
struct SmbiosMemoryDevice {
  std::string locator;
  std::string bank;
  std::uint64_t size_mib = 0;  ///< 0: empty slot
  std::uint16_t speed_mhz = 0;
};
struct SmbiosMappedRange {
  std::uint64_t base = 0;
  std::uint64_t size = 0;
};
/// A structure of any type: what follows its header, then its strings.
struct SmbiosRaw {
  std::uint8_t type = 0;
  std::uint16_t handle = 0;
  std::vector<std::uint8_t> body;  ///< up to 251 bytes
  std::vector<std::string> strings;
};
struct SmbiosDescription {
  bool present = false;
  std::uint64_t entry_address = 0xF4F40;  ///< 0xF0000..0xFFFE0, 16-byte aligned
  std::uint64_t table_address = 0;        ///< structure table, below 4 GiB
  std::uint8_t major = 2;
  std::uint8_t minor = 7;
  std::uint8_t checksum_error = 0;  ///< added to the entry point's right checksum
  SmbiosBios bios;
  SmbiosSystem system;
  SmbiosBaseboard baseboard;
  SmbiosChassis chassis;
  std::vector<SmbiosProcessor> processors;
  std::vector<SmbiosMemoryDevice> memory_devices;
  std::vector<SmbiosMappedRange> mapped_ranges;
  std::vector<SmbiosRaw> others;  ///< before the end of the table
};

}  // namespace apicsim
