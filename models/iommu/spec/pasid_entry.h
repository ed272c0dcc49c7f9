#pragma once

#include <cstdint>

/// PASID directory entries (8 bytes) and PASID table entries (64 bytes): VT-d 3.0 §9.5 and §9.6.
namespace apicsim::vtd {

namespace pasid_directory_entry {
inline constexpr std::uint64_t size = 8;
inline constexpr unsigned index_shift = 6;               ///< PASID bits 19:6 select the entry
inline constexpr std::uint64_t present = 1u << 0;        ///< P
inline constexpr std::uint64_t fault_disable = 1u << 1;  ///< FPD
inline constexpr std::uint64_t reserved = 0xFFC;
inline constexpr std::uint64_t pointer = ~std::uint64_t{0xFFF};  ///< SMPTBLPTR
}  // namespace pasid_directory_entry

namespace pasid_entry {
inline constexpr std::uint64_t size = 64;
inline constexpr std::uint64_t index_mask = 0x3F;  ///< PASID bits 5:0

// Word 0.
inline constexpr std::uint64_t present = 1u << 0;        ///< P
inline constexpr std::uint64_t fault_disable = 1u << 1;  ///< FPD
inline constexpr unsigned width_shift = 2;               ///< AW, 3 bits
inline constexpr std::uint64_t width_mask = 7;
inline constexpr unsigned type_shift = 6;  ///< PGTT, 3 bits
inline constexpr std::uint64_t type_mask = 7;
inline constexpr std::uint64_t second_accessed_dirty = 1u << 9;  ///< SLADE
inline constexpr std::uint64_t reserved_0 = 0xC00;
inline constexpr std::uint64_t pointer = ~std::uint64_t{0xFFF};  ///< SLPTPTR

// Word 1.
inline constexpr std::uint64_t domain_mask = 0xFFFF;   ///< DID
inline constexpr std::uint64_t walk_snoop = 1u << 23;  ///< PWSNP
inline constexpr std::uint64_t page_snoop = 1u << 24;  ///< PGSNP
inline constexpr std::uint64_t reserved_1 = 0x7F0000;

// Word 2.
inline constexpr std::uint64_t supervisor_requests = 1u << 0;  ///< SRE; reserved without ECAP.SRS
inline constexpr std::uint64_t execute_requests = 1u << 1;     ///< ERE; reserved without ECAP.ERS
inline constexpr unsigned first_mode_shift = 2;                ///< FLPM, 2 bits
inline constexpr std::uint64_t first_mode_mask = 3;
inline constexpr std::uint64_t write_protect = 1u << 4;      ///< WPE
inline constexpr std::uint64_t no_execute = 1u << 5;         ///< NXE
inline constexpr std::uint64_t no_user_execute = 1u << 6;    ///< SMEP
inline constexpr std::uint64_t extended_accessed = 1u << 7;  ///< EAFE; reserved without ECAP.EAFS
inline constexpr std::uint64_t reserved_2 = 0xF00;
inline constexpr std::uint64_t first_pointer = ~std::uint64_t{0xFFF};  ///< FLPTPTR

// Words 3 to 7 are reserved.
inline constexpr unsigned words = 8;
inline constexpr unsigned used_words = 3;

/// PGTT.
inline constexpr unsigned first_level = 1;
inline constexpr unsigned second_level = 2;
inline constexpr unsigned nested = 3;
inline constexpr unsigned pass_through = 4;

/// FLPM.
inline constexpr unsigned four_levels = 0;
inline constexpr unsigned five_levels = 1;
}  // namespace pasid_entry

}  // namespace apicsim::vtd
