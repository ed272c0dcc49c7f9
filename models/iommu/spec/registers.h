#pragma once

#include <array>
#include <cstdint>

/// The register file of a VT-d remapping unit. Source: Intel Virtualization Technology for Directed
/// I/O, Architecture Specification, revision 3.0 (June 2018), §10.4; sections are those of it.
/// Registers of later extensions (page requests, performance monitoring) are not on units of the
/// machines described here and read as reserved: zero.
namespace apicsim::vtd {

/// How the unit treats one register. A bit that is neither writable nor cleared by 1 is read-only
/// or reserved.
struct Register {
  const char* name;
  std::uint32_t offset;    ///< bytes from the unit's base
  std::uint32_t width;     ///< 32 or 64 bits
  std::uint64_t writable;  ///< keeps what is written
  std::uint64_t clears;    ///< cleared by writing 1
  std::uint64_t reset;
  const char* section;
};

inline constexpr std::uint32_t ver = 0x00;
inline constexpr std::uint32_t cap = 0x08;
inline constexpr std::uint32_t ecap = 0x10;
inline constexpr std::uint32_t gcmd = 0x18;
inline constexpr std::uint32_t gsts = 0x1C;
inline constexpr std::uint32_t rtaddr = 0x20;
inline constexpr std::uint32_t ccmd = 0x28;
inline constexpr std::uint32_t fsts = 0x34;
inline constexpr std::uint32_t fectl = 0x38;
inline constexpr std::uint32_t fedata = 0x3C;
inline constexpr std::uint32_t feaddr = 0x40;
inline constexpr std::uint32_t feuaddr = 0x44;
inline constexpr std::uint32_t aflog = 0x58;
inline constexpr std::uint32_t pmen = 0x64;
inline constexpr std::uint32_t plmbase = 0x68;
inline constexpr std::uint32_t plmlimit = 0x6C;
inline constexpr std::uint32_t phmbase = 0x70;
inline constexpr std::uint32_t phmlimit = 0x78;
inline constexpr std::uint32_t iqh = 0x80;
inline constexpr std::uint32_t iqt = 0x88;
inline constexpr std::uint32_t iqa = 0x90;
inline constexpr std::uint32_t ics = 0x9C;
inline constexpr std::uint32_t iectl = 0xA0;
inline constexpr std::uint32_t iedata = 0xA4;
inline constexpr std::uint32_t ieaddr = 0xA8;
inline constexpr std::uint32_t ieuaddr = 0xAC;
inline constexpr std::uint32_t irta = 0xB8;

// Relative to ECAP.IRO x 16 and to CAP.FRO x 16.
inline constexpr std::uint32_t iva = 0;
inline constexpr std::uint32_t iotlb = 8;
inline constexpr std::uint32_t fault_record_size = 16;

// Bits of GCMD (§10.4.4); the same positions report in GSTS (§10.4.5).
inline constexpr std::uint32_t translation_enable = 1u << 31;
inline constexpr std::uint32_t set_root_table = 1u << 30;
inline constexpr std::uint32_t set_fault_log = 1u << 29;
inline constexpr std::uint32_t advanced_fault_log_enable = 1u << 28;
inline constexpr std::uint32_t write_buffer_flush = 1u << 27;
inline constexpr std::uint32_t queued_invalidation_enable = 1u << 26;
inline constexpr std::uint32_t interrupt_remapping_enable = 1u << 25;
inline constexpr std::uint32_t set_interrupt_table = 1u << 24;
inline constexpr std::uint32_t compatibility_interrupts = 1u << 23;

// CCMD (§10.4.7) and IOTLB (§10.4.8.1): request bit, requested and actual granularity.
inline constexpr std::uint64_t invalidate_context = 1ull << 63;
inline constexpr unsigned context_requested_shift = 61;
inline constexpr unsigned context_actual_shift = 59;
inline constexpr std::uint64_t invalidate_iotlb = 1ull << 63;
inline constexpr unsigned iotlb_requested_shift = 60;
inline constexpr unsigned iotlb_actual_shift = 57;
inline constexpr std::uint64_t granularity_mask = 3;

inline constexpr std::uint32_t interrupt_mask = 1u << 31;           ///< FECTL, IECTL: IM
inline constexpr std::uint32_t protected_memory_enable = 1u << 31;  ///< PMEN: EPM
inline constexpr std::uint64_t fault_record_f = 1ull << 63;         ///< FRCD, upper half: F

inline constexpr std::uint64_t page = ~std::uint64_t{0xFFF};

/// The registers at fixed offsets, ascending. VER, CAP and ECAP come from the configuration.
inline constexpr std::array<Register, 27> registers{{
    {"VER_REG", ver, 32, 0, 0, 0, "10.4.1"},
    {"CAP_REG", cap, 64, 0, 0, 0, "10.4.2"},
    {"ECAP_REG", ecap, 64, 0, 0, 0, "10.4.3"},
    {"GCMD_REG", gcmd, 32, 0, 0, 0, "10.4.4"},
    {"GSTS_REG", gsts, 32, 0, 0, 0, "10.4.5"},
    {"RTADDR_REG", rtaddr, 64, page | 0x800, 0, 0, "10.4.6"},
    {"CCMD_REG", ccmd, 64, 0xE0000003FFFFFFFF, 0, 0, "10.4.7"},
    {"FSTS_REG", fsts, 32, 0, 0xFD, 0, "10.4.9"},
    {"FECTL_REG", fectl, 32, interrupt_mask, 0, interrupt_mask, "10.4.10"},
    {"FEDATA_REG", fedata, 32, 0xFFFFFFFF, 0, 0, "10.4.11"},
    {"FEADDR_REG", feaddr, 32, 0xFFFFFFFC, 0, 0, "10.4.12"},
    {"FEUADDR_REG", feuaddr, 32, 0xFFFFFFFF, 0, 0, "10.4.13"},
    {"AFLOG_REG", aflog, 64, page | 0xE00, 0, 0, "10.4.15"},
    {"PMEN_REG", pmen, 32, 0, 0, 0, "10.4.16"},
    {"PLMBASE_REG", plmbase, 32, 0xFFF00000, 0, 0, "10.4.17"},
    {"PLMLIMIT_REG", plmlimit, 32, 0xFFF00000, 0, 0, "10.4.18"},
    {"PHMBASE_REG", phmbase, 64, 0xFFFFFFFFFFF00000, 0, 0, "10.4.19"},
    {"PHMLIMIT_REG", phmlimit, 64, 0xFFFFFFFFFFF00000, 0, 0, "10.4.20"},
    {"IQH_REG", iqh, 64, 0, 0, 0, "10.4.21"},
    {"IQT_REG", iqt, 64, 0x7FFF0, 0, 0, "10.4.22"},
    {"IQA_REG", iqa, 64, page | 0x7, 0, 0, "10.4.23"},
    {"ICS_REG", ics, 32, 0, 0x1, 0, "10.4.24"},
    {"IECTL_REG", iectl, 32, interrupt_mask, 0, interrupt_mask, "10.4.25"},
    {"IEDATA_REG", iedata, 32, 0xFFFFFFFF, 0, 0, "10.4.26"},
    {"IEADDR_REG", ieaddr, 32, 0xFFFFFFFC, 0, 0, "10.4.27"},
    {"IEUADDR_REG", ieuaddr, 32, 0xFFFFFFFF, 0, 0, "10.4.28"},
    {"IRTA_REG", irta, 64, page | 0x80F, 0, 0, "10.4.29"},
}};

}  // namespace apicsim::vtd
