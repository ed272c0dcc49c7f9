#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace apicsim {

using Bytes = std::vector<std::uint8_t>;

/// What a table's 36-byte header says beyond signature, length and checksum. ACPI §5.2.6.
struct AcpiHeader {
  std::uint8_t revision = 1;
  std::string oem_id;        ///< up to 6 characters; padded with zero bytes
  std::string oem_table_id;  ///< up to 8 characters; padded with zero bytes
  std::uint32_t oem_revision = 1;
  std::uint32_t creator_id = 0;  ///< four characters, first one in the lowest byte
  std::uint32_t creator_revision = 0;
  /// What the length field says where that is not the number of bytes.
  std::optional<std::uint32_t> stated_length;
  std::uint8_t checksum_error = 0;  ///< added to the right checksum
};

/// Generic address structure, ACPI §5.2.3.2.
struct GenericAddress {
  std::uint8_t space = 0;  ///< 0 system memory, 1 system I/O, 2 PCI configuration
  std::uint8_t bit_width = 0;
  std::uint8_t bit_offset = 0;
  std::uint8_t access_size = 0;  ///< 0 undefined, 1 byte .. 4 quad word
  std::uint64_t address = 0;
};

/// Fixed ACPI description table, ACPI §5.2.9. Fields wider here than in the table are checked when
/// it is built. The addresses of FACS and DSDT are filled in by the placement; the flags say into
/// which of the two widths.
struct FadtDescription {
  bool facs_in_32 = true;
  bool facs_in_64 = true;
  bool dsdt_in_32 = true;
  bool dsdt_in_64 = true;
  std::uint64_t facs_address = 0;
  std::uint64_t dsdt_address = 0;
  std::uint32_t interrupt_model = 0;
  std::uint32_t preferred_profile = 0;
  std::uint32_t sci_interrupt = 9;
  std::uint32_t smi_command_port = 0;
  std::uint32_t acpi_enable = 0;
  std::uint32_t acpi_disable = 0;
  std::uint32_t s4bios_request = 0;
  std::uint32_t pstate_control = 0;
  std::uint32_t pm1a_event_block = 0;
  std::uint32_t pm1b_event_block = 0;
  std::uint32_t pm1a_control_block = 0;
  std::uint32_t pm1b_control_block = 0;
  std::uint32_t pm2_control_block = 0;
  std::uint32_t pm_timer_block = 0;
  std::uint32_t gpe0_block = 0;
  std::uint32_t gpe1_block = 0;
  std::uint32_t pm1_event_length = 0;
  std::uint32_t pm1_control_length = 0;
  std::uint32_t pm2_control_length = 0;
  std::uint32_t pm_timer_length = 0;
  std::uint32_t gpe0_length = 0;
  std::uint32_t gpe1_length = 0;
  std::uint32_t gpe1_base = 0;
  std::uint32_t cst_control = 0;
  std::uint32_t c2_latency = 0;  ///< microseconds; above 100: no C2
  std::uint32_t c3_latency = 0;  ///< microseconds; above 1000: no C3
  std::uint32_t flush_size = 0;
  std::uint32_t flush_stride = 0;
  std::uint32_t duty_offset = 0;
  std::uint32_t duty_width = 0;
  std::uint32_t day_alarm = 0;
  std::uint32_t month_alarm = 0;
  std::uint32_t century = 0;
  std::uint32_t boot_flags = 0;
  std::uint32_t flags = 0;
  std::uint32_t reset_value = 0;
  std::uint32_t arm_boot_flags = 0;
  std::uint32_t minor_revision = 0;
  GenericAddress reset_register;
  GenericAddress x_pm1a_event_block;
  GenericAddress x_pm1b_event_block;
  GenericAddress x_pm1a_control_block;
  GenericAddress x_pm1b_control_block;
  GenericAddress x_pm2_control_block;
  GenericAddress x_pm_timer_block;
  GenericAddress x_gpe0_block;
  GenericAddress x_gpe1_block;
  GenericAddress sleep_control_register;
  GenericAddress sleep_status_register;
  std::uint64_t hypervisor_vendor = 0;
};

/// A structure of a table that has no description of its own, or whose length or reserved fields
/// are not those of the specification: its bytes, header included.
struct RawEntry {
  Bytes bytes;
};

/// MADT structures, ACPI §5.2.12.
struct MadtLocalApic {
  std::uint8_t uid = 0;
  std::uint8_t apic_id = 0;
  std::uint32_t flags = 1;  ///< bit 0 enabled, bit 1 online capable
};
struct MadtIoApic {
  std::uint8_t id = 0;
  std::uint32_t address = 0;
  std::uint32_t gsi_base = 0;
  std::uint8_t reserved = 0;
};
struct MadtOverride {
  std::uint8_t bus = 0;
  std::uint8_t source = 0;
  std::uint32_t gsi = 0;
  std::uint16_t flags = 0;  ///< MPS INTI flags: polarity [1:0], trigger mode [3:2]
};
struct MadtNmiSource {
  std::uint16_t flags = 0;
  std::uint32_t gsi = 0;
};
struct MadtLocalApicNmi {
  std::uint8_t uid = 0xFF;  ///< 0xFF: all processors
  std::uint16_t flags = 0;
  std::uint8_t lint = 1;
};
struct MadtLocalApicAddress {
  std::uint64_t address = 0;
  std::uint16_t reserved = 0;
};
struct MadtIoSapic {
  std::uint8_t id = 0;
  std::uint32_t gsi_base = 0;
  std::uint64_t address = 0;
  std::uint8_t reserved = 0;
};
struct MadtLocalSapic {
  std::uint8_t uid = 0;
  std::uint8_t id = 0;
  std::uint8_t eid = 0;
  std::uint32_t flags = 1;
  std::uint32_t processor_uid = 0;  ///< UID of the processor object, beside its text
  std::string uid_text;             ///< the same as text, ASCII; a zero byte follows it
};
struct MadtPlatformInterrupt {
  std::uint16_t flags = 0;  ///< MPS INTI flags
  std::uint8_t type = 1;    ///< 1 PMI, 2 INIT, 3 corrected platform error
  std::uint8_t processor_id = 0;
  std::uint8_t processor_eid = 0;
  std::uint8_t vector = 0;  ///< I/O SAPIC vector
  std::uint32_t gsi = 0;
  std::uint32_t source_flags = 0;
};
/// Multiprocessor wakeup, ACPI 6.4 §5.2.12.19.
struct MadtWakeup {
  std::uint16_t version = 0;  ///< of the mailbox
  std::uint64_t mailbox = 0;  ///< address, 4 KiB aligned
  std::uint32_t reserved = 0;
};
struct MadtLocalX2apic {
  std::uint32_t apic_id = 0;
  std::uint32_t flags = 1;
  std::uint32_t uid = 0;
  std::uint16_t reserved = 0;
};
struct MadtX2apicNmi {
  std::uint16_t flags = 0;
  std::uint32_t uid = 0xFFFFFFFF;  ///< all ones: all processors
  std::uint8_t lint = 1;
  std::uint32_t reserved = 0;  ///< 3 bytes
};
using MadtEntry =
    std::variant<MadtLocalApic, MadtIoApic, MadtOverride, MadtNmiSource, MadtLocalApicNmi,
                 MadtLocalApicAddress, MadtIoSapic, MadtLocalSapic, MadtPlatformInterrupt,
                 MadtLocalX2apic, MadtX2apicNmi, MadtWakeup, RawEntry>;
struct MadtDescription {
  std::uint32_t local_apic_address = 0xFEE00000;
  std::uint32_t flags = 1;  ///< bit 0: PC-AT compatible dual 8259
  std::vector<MadtEntry> entries;
};

/// One device that a remapping structure names. VT-d §8.3.1.
struct DmarPathStep {
  std::uint8_t device = 0;    ///< 0..31
  std::uint8_t function = 0;  ///< 0..7
};
struct DmarScope {
  /// 1 endpoint, 2 sub-hierarchy, 3 I/O APIC, 4 MSI-capable HPET, 5 ACPI name-space device
  std::uint8_t type = 1;
  std::uint8_t flags = 0;
  std::uint8_t reserved = 0;
  std::uint8_t enumeration_id = 0;
  std::uint8_t start_bus = 0;
  std::vector<DmarPathStep> path;
};

/// Remapping structures, VT-d §8.3 to §8.9.
struct DmarDrhd {
  std::uint8_t flags = 0;  ///< bit 0 INCLUDE_PCI_ALL
  std::uint8_t size = 0;   ///< register set of 2^size pages; reserved before VT-d 4.0
  std::uint16_t segment = 0;
  std::uint64_t address = 0;
  std::vector<DmarScope> scopes;
};
struct DmarRmrr {
  std::uint16_t reserved = 0;
  std::uint16_t segment = 0;
  std::uint64_t base = 0;
  std::uint64_t limit = 0;  ///< last byte
  std::vector<DmarScope> scopes;
};
struct DmarAtsr {
  std::uint8_t flags = 0;  ///< bit 0 ALL_PORTS
  std::uint8_t reserved = 0;
  std::uint16_t segment = 0;
  std::vector<DmarScope> scopes;
};
/// SoC integrated address translation cache.
struct DmarSatc {
  std::uint8_t flags = 0;  ///< bit 0 ATC_REQUIRED
  std::uint8_t reserved = 0;
  std::uint16_t segment = 0;
  std::vector<DmarScope> scopes;
};
/// SoC integrated device property; what is said stands in the flags of each scope.
struct DmarSidp {
  std::uint16_t reserved = 0;
  std::uint16_t segment = 0;
  std::vector<DmarScope> scopes;
};
struct DmarRhsa {
  std::uint32_t reserved = 0;
  std::uint64_t address = 0;
  std::uint32_t proximity = 0;
};
struct DmarAndd {
  Bytes reserved;  ///< 3 bytes
  std::uint8_t device = 0;
  Bytes name;  ///< as it stands in the table, with its terminating zero and padding
};
using DmarEntry =
    std::variant<DmarDrhd, DmarRmrr, DmarAtsr, DmarRhsa, DmarAndd, DmarSatc, DmarSidp, RawEntry>;
struct DmarDescription {
  std::uint8_t host_address_width = 45;  ///< the table's value: width - 1
  std::uint8_t flags = 0;  ///< bit 0 INTR_REMAP, 1 X2APIC_OPT_OUT, 2 DMA_CTRL_PLATFORM_OPT_IN
  Bytes reserved;          ///< 10 bytes, zero when empty
  std::vector<DmarEntry> entries;
};

/// MCFG, PCI Firmware Specification 3.0 §4.1.2.
struct McfgAllocation {
  std::uint64_t base = 0;
  std::uint16_t segment = 0;
  std::uint8_t start_bus = 0;
  std::uint8_t end_bus = 0xFF;
  std::uint32_t reserved = 0;
};
struct McfgDescription {
  std::vector<McfgAllocation> allocations;
  std::uint64_t reserved = 0;
};

/// HPET description table, IA-PC HPET 1.0a §3.2.4.
struct HpetTableDescription {
  std::uint32_t block_id = 0;  ///< low half of the capabilities register
  GenericAddress address;
  std::uint8_t number = 0;
  std::uint16_t minimum_tick = 0;
  std::uint8_t page_protection = 0;
};

/// SRAT structures, ACPI §5.2.16.
struct SratLocalApic {
  std::uint32_t proximity = 0;
  std::uint8_t apic_id = 0;
  std::uint32_t flags = 1;
  std::uint8_t sapic_eid = 0;
  std::uint32_t clock_domain = 0;
};
struct SratMemory {
  std::uint32_t proximity = 0;
  std::uint64_t base = 0;
  std::uint64_t length = 0;
  std::uint32_t flags = 1;  ///< bit 0 enabled, 1 hot-pluggable, 2 non-volatile
};
struct SratX2apic {
  std::uint32_t proximity = 0;
  std::uint32_t apic_id = 0;
  std::uint32_t flags = 1;
  std::uint32_t clock_domain = 0;
};
using SratEntry = std::variant<SratLocalApic, SratMemory, SratX2apic, RawEntry>;
struct SratDescription {
  std::uint32_t table_revision = 1;  ///< the field at offset 36, always 1
  std::vector<SratEntry> entries;
};

/// SLIT, ACPI §5.2.17: square matrix, row by row; 10 on the diagonal.
struct SlitDescription {
  std::vector<std::vector<std::uint8_t>> distances;
};

/// SPCR of revision 1 and 2 (80 bytes), Microsoft Serial Port Console Redirection table.
struct SpcrDescription {
  std::uint8_t interface_type = 0;  ///< 0 full 16550
  GenericAddress address;
  std::uint8_t interrupt_type = 1;  ///< bit 0 PC-AT 8259, bit 1 I/O APIC
  std::uint8_t irq = 4;
  std::uint32_t gsi = 0;
  std::uint8_t baud_rate = 7;  ///< 3: 9600, 4: 19200, 6: 57600, 7: 115200
  std::uint8_t parity = 0;
  std::uint8_t stop_bits = 1;
  std::uint8_t flow_control = 0;
  std::uint8_t terminal_type = 0;
  std::uint16_t pci_device_id = 0xFFFF;
  std::uint16_t pci_vendor_id = 0xFFFF;
  std::uint8_t pci_bus = 0;
  std::uint8_t pci_device = 0;
  std::uint8_t pci_function = 0;
  std::uint32_t pci_flags = 0;
  std::uint8_t pci_segment = 0;
};

/// A table as bytes: what follows its header, or (from a dump) all of it, checksum included.
struct RawBody {
  Bytes bytes;
  bool whole_table = false;
};

using AcpiBody =
    std::variant<FadtDescription, MadtDescription, DmarDescription, McfgDescription,
                 HpetTableDescription, SratDescription, SlitDescription, SpcrDescription, RawBody>;

/// One table that the root table lists.
struct AcpiTable {
  std::string signature;  ///< four characters
  AcpiHeader header;
  std::uint64_t address = 0;  ///< physical; 0: the placement chooses
  AcpiBody body;
};

}  // namespace apicsim
