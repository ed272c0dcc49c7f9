#pragma once

#include <cstddef>
#include <cstdint>

/// Layouts of the ACPI tables as numbers, each with its section. ACPI 5.0 unless said otherwise.
namespace apicsim::acpi_layout {

/// §5.2.6, system description table header.
inline constexpr std::size_t header_size = 36;
inline constexpr std::size_t length_offset = 4;
inline constexpr std::size_t checksum_offset = 9;
inline constexpr std::size_t oem_id_width = 6;
inline constexpr std::size_t oem_table_id_width = 8;

/// §5.2.5.3, root system description pointer.
inline constexpr std::size_t rsdp_size_v1 = 20;
inline constexpr std::size_t rsdp_size_v2 = 36;
inline constexpr std::size_t rsdp_checksum_offset = 8;
inline constexpr std::size_t rsdp_oem_id_offset = 9;
inline constexpr std::size_t rsdp_revision_offset = 15;
inline constexpr std::size_t rsdp_length_offset = 20;
inline constexpr std::size_t rsdp_extended_checksum_offset = 32;

/// §5.2.10, firmware ACPI control structure.
inline constexpr std::size_t facs_size = 64;
inline constexpr std::size_t facs_hardware_signature_offset = 8;
inline constexpr std::size_t facs_flags_offset = 20;
inline constexpr std::size_t facs_version_offset = 32;
inline constexpr std::size_t facs_alignment = 64;

/// §5.2.12, MADT interrupt controller structures: type and length.
struct EntryLayout {
  std::uint8_t type;
  std::uint8_t length;
};
inline constexpr std::size_t madt_body_offset = 8;
inline constexpr EntryLayout madt_local_apic{0, 8};
inline constexpr EntryLayout madt_io_apic{1, 12};
inline constexpr EntryLayout madt_override{2, 10};
inline constexpr EntryLayout madt_nmi_source{3, 8};
inline constexpr EntryLayout madt_local_apic_nmi{4, 6};
inline constexpr EntryLayout madt_local_apic_address{5, 12};
inline constexpr EntryLayout madt_io_sapic{6, 16};
inline constexpr EntryLayout madt_local_sapic{7, 16};  ///< and the text with its zero byte
inline constexpr EntryLayout madt_platform_interrupt{8, 16};
inline constexpr EntryLayout madt_local_x2apic{9, 16};
inline constexpr EntryLayout madt_x2apic_nmi{10, 12};
inline constexpr EntryLayout madt_wakeup{16, 16};

/// §5.2.16, SRAT affinity structures.
inline constexpr EntryLayout srat_local_apic{0, 16};
inline constexpr EntryLayout srat_memory{1, 40};
inline constexpr EntryLayout srat_x2apic{2, 24};

/// VT-d §8.2 to §8.9, remapping structures: type, bytes before the device scopes.
enum class DmarType : std::uint16_t {
  drhd = 0,
  rmrr = 1,
  atsr = 2,
  rhsa = 3,
  andd = 4,
  satc = 5,
  sidp = 6
};
inline constexpr std::size_t dmar_entry_header = 4;
inline constexpr std::size_t dmar_drhd_fixed = 16;
inline constexpr std::size_t dmar_rmrr_fixed = 24;
inline constexpr std::size_t dmar_atsr_fixed = 8;
inline constexpr std::size_t dmar_rhsa_length = 20;
inline constexpr std::size_t dmar_andd_fixed = 8;
inline constexpr std::size_t dmar_satc_fixed = 8;
inline constexpr std::size_t dmar_sidp_fixed = 8;
inline constexpr std::size_t dmar_scope_fixed = 6;
inline constexpr std::size_t dmar_reserved = 10;
inline constexpr std::size_t dmar_body_offset = 12;
inline constexpr std::size_t srat_body_offset = 12;

}  // namespace apicsim::acpi_layout
