#pragma once

#include <array>
#include <cstdint>

#include "models/iommu/spec/registers.h"

/// Descriptors of the invalidation queue: VT-d 3.0 §6.5.2. They have 16 bytes, or 32 with IQA.DW;
/// the type is in bits 11:9 and 3:0.
namespace apicsim::vtd::descriptor {

inline constexpr std::uint64_t size = 16;
inline constexpr std::uint64_t wide_size = 32;
inline constexpr std::uint64_t type_low_mask = 0xF;
inline constexpr std::uint64_t type_high_mask = 0xE00;
inline constexpr unsigned type_high_shift = 5;  ///< from bits 11:9 to bits 6:4

inline constexpr unsigned context_cache = 1;      ///< §6.5.2.1
inline constexpr unsigned iotlb = 2;              ///< §6.5.2.3
inline constexpr unsigned device_tlb = 3;         ///< §6.5.2.5
inline constexpr unsigned interrupt_entries = 4;  ///< §6.5.2.7
inline constexpr unsigned wait = 5;               ///< §6.5.2.8
inline constexpr unsigned pasid_iotlb = 6;        ///< §6.5.2.4
inline constexpr unsigned pasid_cache = 7;        ///< §6.5.2.2
inline constexpr unsigned pasid_device_tlb = 8;   ///< §6.5.2.6
inline constexpr unsigned page_response = 9;      ///< §7.7.1

/// Bits that must be zero, by type, and which values of the granularity (bits 5:4) exist: bit n of
/// `granularities` for the value n, 0 for a type without the field. The third and fourth quadword
/// of a wide descriptor must be zero, but for a page response's private data.
struct Format {
  unsigned type;
  Feature needs;
  std::uint64_t reserved_low;
  std::uint64_t reserved_high;
  unsigned granularities;
};
inline constexpr std::array<Format, 9> formats{{
    {context_cache, Feature::queue, 0xFFFC00000000FFC0, ~std::uint64_t{0}, 0b1110},
    {iotlb, Feature::queue, 0xFFFFFFFF0000FF00, 0xF80, 0b1110},
    {device_tlb, Feature::device_tlb, 0x000F0000FFE00FF0, 0xFFE, 0},
    {interrupt_entries, Feature::interrupts, 0xFFFF000007FFFFE0, ~std::uint64_t{0}, 0},
    {wait, Feature::queue, 0x00000000FFFFFF00, 0x3, 0},
    {pasid_iotlb, Feature::scalable, 0xFFF000000000FFC0, 0xF80, 0b1100},
    {pasid_cache, Feature::scalable, 0xFFF000000000FFC0, ~std::uint64_t{0}, 0b1011},
    {pasid_device_tlb, Feature::scalable, 0x0000000000000E00, 0x7FE, 0},
    {page_response, Feature::page_requests, 0xFFF0000000000FC0, 0xFFFFFFFFFFFFF003, 0},
}};

/// PFSID of device-TLB descriptors: reserved without ECAP.DIT.
inline constexpr std::uint64_t physical_function = 0xFFF000000000F000;
/// PD of wait descriptors: reserved without ECAP.PDS.
inline constexpr std::uint64_t page_request_drain = 1u << 7;
/// PDP of page responses: needs a wide descriptor.
inline constexpr std::uint64_t private_data = 1u << 5;

inline constexpr unsigned granularity_shift = 4;
inline constexpr std::uint64_t granularity_mask = 3;
inline constexpr unsigned domain_shift = 16;  ///< DID, 16 bits
inline constexpr unsigned pasid_shift = 32;   ///< 20 bits
inline constexpr std::uint64_t pasid_mask = 0xFFFFF;

// Context cache.
inline constexpr unsigned context_source_shift = 32;
inline constexpr unsigned function_mask_shift = 48;  ///< FM, 2 bits

// IOTLB, with and without PASID, second quadword.
inline constexpr std::uint64_t address_mask = 0x3F;          ///< AM
inline constexpr std::uint64_t invalidation_hint = 1u << 6;  ///< IH

// Device TLB.
inline constexpr unsigned device_source_shift = 32;
inline constexpr unsigned pending_shift = 16;  ///< MIP, 5 bits
inline constexpr std::uint64_t pending_mask = 0x1F;
inline constexpr std::uint64_t device_size = 1u << 0;  ///< S, second quadword
inline constexpr unsigned pasid_device_source_shift = 16;
inline constexpr unsigned pasid_pending_shift = 4;
inline constexpr std::uint64_t pasid_device_size = 1u << 11;   ///< S, second quadword
inline constexpr std::uint64_t pasid_device_global = 1u << 0;  ///< G, second quadword

// Interrupt entries.
inline constexpr std::uint64_t index_selective = 1u << 4;
inline constexpr unsigned index_mask_shift = 27;  ///< IM, 5 bits: 2^IM entries
inline constexpr unsigned index_shift = 32;       ///< IIDX, 16 bits

// Wait.
inline constexpr std::uint64_t interrupt_flag = 1u << 4;
inline constexpr std::uint64_t status_write = 1u << 5;
inline constexpr unsigned status_data_shift = 32;
inline constexpr std::uint64_t status_address = ~std::uint64_t{3};

// Page response.
inline constexpr std::uint64_t response_pasid = 1u << 4;  ///< PP
inline constexpr unsigned response_code_shift = 12;       ///< 4 bits
inline constexpr unsigned response_source_shift = 16;
inline constexpr unsigned response_group_shift = 3;  ///< second quadword, 9 bits

}  // namespace apicsim::vtd::descriptor
