#pragma once

#include <cstdint>

/// Context entries: VT-d 3.0 §9.3 (legacy mode, 16 bytes, one per device and function) and §9.4
/// (scalable mode, 32 bytes, 128 of them in either table).
namespace apicsim::vtd {

namespace context_entry {
inline constexpr std::uint64_t size = 16;

// Lower half.
inline constexpr std::uint64_t present = 1u << 0;        ///< P
inline constexpr std::uint64_t fault_disable = 1u << 1;  ///< FPD, valid with P clear, too
inline constexpr unsigned type_shift = 2;                ///< TT, 2 bits
inline constexpr std::uint64_t type_mask = 3;
inline constexpr std::uint64_t reserved = 0xFF0;
inline constexpr std::uint64_t pointer = ~std::uint64_t{0xFFF};  ///< SLPTPTR

// Upper half.
inline constexpr unsigned width_shift = 0;  ///< AW, 3 bits
inline constexpr std::uint64_t width_mask = 7;
inline constexpr unsigned domain_shift = 8;  ///< DID, 16 bits; bits that ND does not have: reserved
inline constexpr std::uint64_t reserved_high = 0xFFFFFFFFFF000080;

/// TT.
inline constexpr unsigned untranslated_only = 0;  ///< others are blocked
inline constexpr unsigned all_types = 1;          ///< with Device-TLBs
inline constexpr unsigned pass_through = 2;
}  // namespace context_entry

namespace scalable_context_entry {
inline constexpr std::uint64_t size = 32;

// First word of eight bytes.
inline constexpr std::uint64_t present = 1u << 0;        ///< P
inline constexpr std::uint64_t fault_disable = 1u << 1;  ///< FPD
inline constexpr std::uint64_t device_tlb = 1u << 2;     ///< DTE; reserved without ECAP.DT
inline constexpr std::uint64_t pasid_enable = 1u << 3;   ///< PASIDE; reserved without PASID
inline constexpr std::uint64_t page_requests = 1u << 4;  ///< PRE; reserved without ECAP.PRS
inline constexpr unsigned directory_size_shift = 9;      ///< PDTS, 3 bits: 2^(PDTS + 7) entries
inline constexpr std::uint64_t directory_size_mask = 7;
inline constexpr unsigned directory_size_base = 7;
inline constexpr std::uint64_t reserved = 0x1E0;
inline constexpr std::uint64_t pointer = ~std::uint64_t{0xFFF};  ///< PASIDDIRPTR

// Second word; the two that follow are reserved.
inline constexpr std::uint64_t request_pasid_mask = 0xFFFFF;  ///< RID_PASID; ignored without RPS
inline constexpr std::uint64_t request_privileged = 1u
                                                    << 20;  ///< RID_PRIV; reserved without RPRIVS
inline constexpr std::uint64_t reserved_second = ~std::uint64_t{0x1FFFFF};
}  // namespace scalable_context_entry

}  // namespace apicsim::vtd
