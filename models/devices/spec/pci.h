#pragma once

#include <cstdint>

/// PCI configuration space. Source: PCI Local Bus Specification 3.0 (2004), chapter 6 and §3.2.2.3;
/// enhanced configuration access: PCI Express Base Specification 3.0 §7.2.2.
namespace apicsim::pci {

// Type 0 header, §6.1 Figure 6-1. Offsets in bytes; width in bits and access behind each.
inline constexpr unsigned vendor_id = 0x00;            ///< 16 ro
inline constexpr unsigned device_id = 0x02;            ///< 16 ro
inline constexpr unsigned command = 0x04;              ///< 16 rw §6.2.2
inline constexpr unsigned status = 0x06;               ///< 16 ro, w1c §6.2.3
inline constexpr unsigned revision_id = 0x08;          ///< 8 ro
inline constexpr unsigned class_code = 0x09;           ///< 24 ro
inline constexpr unsigned cache_line_size = 0x0C;      ///< 8 rw
inline constexpr unsigned header_type = 0x0E;          ///< 8 ro, bit 7 multi-function
inline constexpr unsigned bar0 = 0x10;                 ///< 6 x 32 rw §6.2.5
inline constexpr unsigned subsystem_vendor_id = 0x2C;  ///< 16 ro
inline constexpr unsigned subsystem_id = 0x2E;         ///< 16 ro
inline constexpr unsigned capabilities = 0x34;         ///< 8 ro §6.7
inline constexpr unsigned interrupt_line = 0x3C;       ///< 8 rw
inline constexpr unsigned interrupt_pin = 0x3D;        ///< 8 ro
inline constexpr unsigned first_capability = 0x40;     ///< end of the header

inline constexpr unsigned config_size = 256;            ///< conventional function
inline constexpr unsigned extended_config_size = 4096;  ///< PCI Express function
inline constexpr unsigned bar_count = 6;

// Command register §6.2.2
inline constexpr std::uint16_t command_io = 0x0001;
inline constexpr std::uint16_t command_memory = 0x0002;
inline constexpr std::uint16_t command_bus_master = 0x0004;
inline constexpr std::uint16_t command_serr = 0x0100;
inline constexpr std::uint16_t command_interrupt_disable = 0x0400;

// Status register §6.2.3
inline constexpr std::uint16_t status_interrupt = 0x0008;
inline constexpr std::uint16_t status_capabilities = 0x0010;
inline constexpr std::uint16_t status_write_1_clears = 0xF900;
inline constexpr std::uint16_t status_signaled_system_error = 0x4000;
inline constexpr std::uint16_t status_received_target_abort = 0x1000;
inline constexpr std::uint16_t status_received_master_abort = 0x2000;

// Base address registers §6.2.5.1
inline constexpr std::uint32_t bar_io = 0x1;
inline constexpr std::uint32_t bar_64 = 0x4;
inline constexpr std::uint32_t bar_prefetchable = 0x8;
inline constexpr std::uint32_t bar_io_address = 0xFFFFFFFC;
inline constexpr std::uint32_t bar_memory_address = 0xFFFFFFF0;

// MSI capability §6.8.1; offsets from its start. Data, mask and pending bits follow the address,
// which has an upper half only where msi_64_bit is set.
inline constexpr std::uint8_t msi_capability_id = 0x05;
inline constexpr unsigned msi_control = 2;        ///< 16
inline constexpr unsigned msi_address = 4;        ///< 32 rw, bits 1:0 zero
inline constexpr unsigned msi_upper_address = 8;  ///< 32 rw
inline constexpr unsigned msi_data_32 = 8;        ///< 16 rw
inline constexpr unsigned msi_data_64 = 12;
inline constexpr unsigned msi_mask_32 = 12;  ///< 32 rw, a bit per vector
inline constexpr unsigned msi_mask_64 = 16;
inline constexpr unsigned msi_pending_behind_mask = 4;  ///< 32 ro
inline constexpr std::uint16_t msi_enable = 0x0001;
inline constexpr unsigned msi_capable_shift = 1;      ///< ro, log2 of the vectors asked for
inline constexpr std::uint16_t msi_enabled = 0x0070;  ///< rw, log2 of the vectors granted
inline constexpr unsigned msi_enabled_shift = 4;
inline constexpr std::uint16_t msi_64_bit = 0x0080;
inline constexpr std::uint16_t msi_per_vector_mask = 0x0100;
inline constexpr unsigned msi_max_vectors = 32;

// MSI-X capability §6.8.2; offsets from its start
inline constexpr std::uint8_t msix_capability_id = 0x11;
inline constexpr unsigned msix_length = 12;
inline constexpr unsigned msix_control = 2;  ///< 16; 10:0 ro table size - 1
inline constexpr std::uint16_t msix_function_mask = 0x4000;
inline constexpr std::uint16_t msix_enable = 0x8000;
inline constexpr unsigned msix_table = 4;    ///< 32 ro: offset, BAR in 2:0
inline constexpr unsigned msix_pending = 8;  ///< 32 ro: offset, BAR in 2:0
inline constexpr unsigned msix_max_vectors = 2048;
// An entry of the table §6.8.2.6..9
inline constexpr unsigned msix_entry_size = 16;
inline constexpr unsigned msix_entry_address = 0;        ///< 32 rw, bits 1:0 zero
inline constexpr unsigned msix_entry_upper_address = 4;  ///< 32 rw
inline constexpr unsigned msix_entry_data = 8;           ///< 32 rw
inline constexpr unsigned msix_entry_control = 12;       ///< 32, bit 0 rw: masked; set by reset
inline constexpr std::uint32_t msix_entry_masked = 0x1;

// PCI Express capability, PCIe 3.0 §7.8; offsets from its start
inline constexpr std::uint8_t express_capability_id = 0x10;
inline constexpr unsigned express_length = 0x3C;
inline constexpr unsigned express_capabilities = 0x02;      ///< 16 ro: version 3:0, type 7:4
inline constexpr unsigned express_device = 0x04;            ///< 32 ro
inline constexpr unsigned express_device_control = 0x08;    ///< 16 rw
inline constexpr unsigned express_device_status = 0x0A;     ///< 16
inline constexpr unsigned express_link = 0x0C;              ///< 32 ro
inline constexpr unsigned express_link_status = 0x12;       ///< 16 ro
inline constexpr std::uint16_t express_version_2 = 0x0002;  // and type 0: endpoint
inline constexpr std::uint32_t express_role_based_errors = 0x00008000;
inline constexpr std::uint32_t express_function_reset = 0x10000000;
inline constexpr std::uint16_t express_control_writable = 0xF8FF;  ///< no extended tags
inline constexpr std::uint16_t express_control_default = 0x2810;   // §7.8.4
inline constexpr std::uint16_t express_control_reset = 0x8000;     ///< reads zero
inline constexpr std::uint16_t express_status_write_1_clears = 0x000F;
inline constexpr std::uint32_t express_link_2_5_by_1 = 0x00000011;

// Extended capabilities, PCIe 3.0 §7.9.3: id 15:0, version 19:16, next 31:20
inline constexpr unsigned first_extended_capability = 0x100;
inline constexpr unsigned extended_version_shift = 16;
inline constexpr unsigned extended_next_shift = 20;

// Address translation services, ATS 1.1 §5.1; offsets from the start
inline constexpr std::uint16_t ats_capability_id = 0x000F;
inline constexpr unsigned ats_length = 8;
inline constexpr unsigned ats_capability = 4;  ///< 16 ro: 4:0 queue depth, 5 page aligned request
inline constexpr unsigned ats_control = 6;     ///< 16 rw
inline constexpr std::uint16_t ats_page_aligned_request = 0x0020;
inline constexpr std::uint16_t ats_enable = 0x8000;
inline constexpr std::uint16_t ats_smallest_unit = 0x001F;

// Page request interface, ATS 1.1 §5.2
inline constexpr std::uint16_t page_request_capability_id = 0x0013;
inline constexpr unsigned page_request_length = 16;
inline constexpr unsigned page_request_control = 4;      ///< 16: bit 0 enable, bit 1 reset
inline constexpr unsigned page_request_status = 6;       ///< 16
inline constexpr unsigned page_request_capacity = 8;     ///< 32 ro
inline constexpr unsigned page_request_allocation = 12;  ///< 32 rw
inline constexpr std::uint16_t page_request_enable = 0x0001;
inline constexpr std::uint16_t page_request_reset = 0x0002;
inline constexpr std::uint16_t page_request_failure = 0x0001;     ///< w1c
inline constexpr std::uint16_t page_request_unexpected = 0x0002;  ///< w1c
inline constexpr std::uint16_t page_request_stopped = 0x0100;     ///< ro

// PASID, PCIe 4.0 §7.8.8
inline constexpr std::uint16_t pasid_capability_id = 0x001B;
inline constexpr unsigned pasid_length = 8;
inline constexpr unsigned pasid_capability = 4;  ///< 16 ro: 1 execute, 2 privileged, 12:8 width
inline constexpr unsigned pasid_control = 6;     ///< 16 rw: 0 enable, 1 execute, 2 privileged
inline constexpr std::uint16_t pasid_enable = 0x0001;
inline constexpr std::uint16_t pasid_both = 0x0006;  ///< execute and privileged, in both registers

// Configuration mechanism #1 §3.2.2.3.2; offsets from 0xCF8
inline constexpr unsigned config_address = 0;
inline constexpr unsigned config_data = 4;
inline constexpr std::uint32_t config_enable = 0x80000000;

/// Reset control, ICH9 data sheet (316972) §13.7.5; offset from 0xCF8, one byte
inline constexpr unsigned reset_control = 1;
inline constexpr std::uint8_t reset_cpu = 0x04;       ///< 0 -> 1 starts the reset
inline constexpr std::uint8_t reset_system = 0x02;    ///< SYS_RST: the reset is a hard one
inline constexpr std::uint8_t reset_writable = 0x0E;  ///< FULL_RST, RST_CPU, SYS_RST

}  // namespace apicsim::pci
