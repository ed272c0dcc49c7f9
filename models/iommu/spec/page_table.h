#pragma once

#include <cstdint>

/// Paging entries: VT-d 3.0 §9.7 (first level) and §9.8 (second level). Levels count from 1, the
/// entries of pages of 4 KiB. An address has 9 bits of index per level above bit 12.
namespace apicsim::vtd {

inline constexpr unsigned page_shift = 12;
inline constexpr unsigned index_bits = 9;
inline constexpr std::uint64_t index_mask = 0x1FF;
inline constexpr std::uint64_t paging_entry_size = 8;
inline constexpr unsigned max_levels = 5;

/// Lowest address bit that a level's index uses: size of the page that a leaf there maps.
constexpr unsigned level_shift(unsigned level) { return page_shift + index_bits * (level - 1); }

namespace second_level {
inline constexpr std::uint64_t read = 1u << 0;          ///< R
inline constexpr std::uint64_t write = 1u << 1;         ///< W
inline constexpr std::uint64_t page_size = 1u << 7;     ///< PS, level 2 and 3; reserved elsewhere
inline constexpr std::uint64_t accessed = 1u << 8;      ///< A, with SLADE
inline constexpr std::uint64_t dirty = 1u << 9;         ///< D, with SLADE; leaves
inline constexpr std::uint64_t snoop = 1u << 11;        ///< SNP, leaves; reserved without ECAP.SC
inline constexpr std::uint64_t transient = 1ull << 62;  ///< TM, leaves; reserved without ECAP.DT
inline constexpr std::uint64_t address = 0x000FFFFFFFFFF000;
/// In every entry that is not a leaf.
inline constexpr std::uint64_t reserved_in_table = snoop | transient;
/// Below the page size, in leaves: bits 20:12 and 29:12.
constexpr std::uint64_t reserved_in_page(unsigned shift) {
  return (std::uint64_t{1} << shift) - (std::uint64_t{1} << page_shift);
}

/// AW of context and PASID entries and bits of CAP.SAGAW: 2 levels (30 bits) at 0 to 5 (57) at 3.
inline constexpr unsigned width_levels_base = 2;
inline constexpr unsigned widths = 4;
/// CAP.SLLPS: bit 0 2 MiB, bit 1 1 GiB.
inline constexpr unsigned large_page_level_base = 2;
}  // namespace second_level

namespace first_level {
inline constexpr std::uint64_t present = 1u << 0;             ///< P
inline constexpr std::uint64_t write = 1u << 1;               ///< R/W
inline constexpr std::uint64_t user = 1u << 2;                ///< U/S
inline constexpr std::uint64_t accessed = 1u << 5;            ///< A
inline constexpr std::uint64_t dirty = 1u << 6;               ///< D, leaves
inline constexpr std::uint64_t page_size = 1u << 7;           ///< PS, level 2 and 3
inline constexpr std::uint64_t global = 1u << 8;              ///< G, leaves
inline constexpr std::uint64_t extended_accessed = 1u << 10;  ///< EA, with EAFE
inline constexpr std::uint64_t no_execute = 1ull << 63;       ///< XD; reserved without NXE
inline constexpr std::uint64_t address = 0x000FFFFFFFFFF000;
/// Bits 20:13 and 29:13 of large pages; bit 12 is PAT.
constexpr std::uint64_t reserved_in_page(unsigned shift) {
  return (std::uint64_t{1} << shift) - (std::uint64_t{1} << (page_shift + 1));
}
}  // namespace first_level

/// DMA requests without PASID to FEE0_0000h ..< FEF0_0000h are interrupt requests (§3.14), and no
/// translation may lead there.
constexpr bool in_interrupt_range(std::uint64_t address) { return address >> 20 == 0xFEE; }

}  // namespace apicsim::vtd
