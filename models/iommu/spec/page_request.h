#pragma once

#include <cstdint>

/// Page requests as the unit reports them to software: VT-d 3.0 §7.4 and §7.5.
namespace apicsim::vtd::page_request {

inline constexpr std::uint64_t size = 32;  ///< bytes of a descriptor

// First quadword.
inline constexpr std::uint64_t type = 1;  ///< bits 7:0
inline constexpr std::uint64_t pasid_present = 1u << 8;
inline constexpr unsigned source_shift = 16;  ///< 16 bits
inline constexpr unsigned pasid_shift = 32;   ///< 20 bits
inline constexpr std::uint64_t execute = 1ull << 52;
inline constexpr std::uint64_t privileged = 1ull << 53;
// Second quadword; bits 63:12 are the address.
inline constexpr std::uint64_t read = 1u << 0;
inline constexpr std::uint64_t write = 1u << 1;
inline constexpr std::uint64_t last = 1u << 2;
inline constexpr unsigned group_shift = 3;  ///< 9 bits

}  // namespace apicsim::vtd::page_request
