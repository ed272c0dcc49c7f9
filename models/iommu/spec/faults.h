#pragma once

#include <cstdint>

/// Fault status and fault records: VT-d 3.0 §10.4.9 and §10.4.14.
namespace apicsim::vtd {

namespace fault_status {
inline constexpr std::uint32_t overflow = 1u << 0;            ///< PFO
inline constexpr std::uint32_t pending = 1u << 1;             ///< PPF: a record has F set
inline constexpr std::uint32_t invalidation_queue = 1u << 4;  ///< IQE
inline constexpr std::uint32_t completion = 1u << 5;          ///< ICE
inline constexpr std::uint32_t time_out = 1u << 6;            ///< ITE
inline constexpr std::uint32_t reports =
    overflow | pending | invalidation_queue | completion | time_out;
inline constexpr unsigned index_shift = 8;  ///< FRI, 8 bits
}  // namespace fault_status

namespace fault_record {
inline constexpr unsigned interrupt_index_shift = 48;  ///< in the lower half
inline constexpr unsigned reason_shift = 32;           ///< in the upper half, 8 bits
}  // namespace fault_record

inline constexpr std::uint32_t interrupt_pending = 1u << 30;  ///< FECTL, IECTL: IP
inline constexpr std::uint32_t wait_completed = 1u << 0;      ///< ICS: IWC

}  // namespace apicsim::vtd
