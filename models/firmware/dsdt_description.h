#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace apicsim {

/// How a processor appears in the name space: the Processor() operator of ACPI 1.0 to 5.1 (uid up
/// to 254), or Device() with _HID ACPI0007 (ACPI §8.4).
enum class DsdtProcessorForm : std::uint8_t { processor, device };

struct DsdtProcessor {
  std::string name;  ///< four characters: A-Z, 0-9, _
  std::uint32_t uid = 0;
  std::uint32_t pblk_address = 0;  ///< I/O port; 0: none
  std::uint8_t pblk_length = 0;    ///< 0 or 6
};

/// An address range that a host bridge decodes or a device uses; `limit` is the last address.
struct DsdtWindow {
  std::uint64_t base = 0;
  std::uint64_t limit = 0;
};

struct DsdtPciRoot {
  std::string name;  ///< four characters
  std::uint16_t segment = 0;
  std::uint8_t bus_base = 0;
  std::uint8_t bus_limit = 0xFF;
  std::uint32_t uid = 0;
  bool express = true;  ///< _HID PNP0A08 with _CID PNP0A03; otherwise _HID PNP0A03
  bool config_ports = true;
  std::vector<DsdtWindow> io;
  std::vector<DsdtWindow> memory;  ///< below 4 GiB
};

/// A device with fixed resources: HPET (PNP0103), UART (PNP0501), I/O APIC (ACPI0009, PNP0003) ...
struct DsdtDevice {
  std::string name;  ///< four characters
  std::string hid;   ///< EISA id (PNP0103) or ACPI id (ACPI0009)
  std::uint32_t uid = 0;
  std::vector<DsdtWindow> io;
  std::vector<DsdtWindow> memory;
  std::vector<std::uint8_t> irqs;  ///< ISA interrupt lines 0..15
};

/// The definition block: processors, \_S5, host bridges, devices below \_SB.
struct DsdtDescription {
  DsdtProcessorForm processor_form = DsdtProcessorForm::processor;
  std::vector<DsdtProcessor> processors;
  bool sleep_s5 = true;
  std::uint8_t s5_type_a = 0;  ///< SLP_TYP for PM1a_CNT, 0..7
  std::uint8_t s5_type_b = 0;
  std::vector<DsdtPciRoot> pci_roots;
  std::vector<DsdtDevice> devices;
};

}  // namespace apicsim
