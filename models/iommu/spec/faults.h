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
// Lower half.
inline constexpr unsigned interrupt_index_shift = 48;  ///< FI of an interrupt request
// Upper half.
inline constexpr std::uint64_t type1 = 1ull << 62;        ///< T1: read
inline constexpr unsigned address_type_shift = 60;        ///< AT, 2 bits
inline constexpr unsigned pasid_shift = 40;               ///< PV, 20 bits
inline constexpr unsigned reason_shift = 32;              ///< FR, 8 bits
inline constexpr std::uint64_t pasid_present = 1u << 31;  ///< PP
inline constexpr std::uint64_t execute = 1u << 30;        ///< EXE
inline constexpr std::uint64_t privileged = 1u << 29;     ///< PRIV
inline constexpr std::uint64_t type2 = 1u << 28;          ///< T2: with T1 clear a page request
}  // namespace fault_record

/// Why the invalidation queue stopped: IQERCD.IQEI, VT-d 4.1 §11.4.9.9.
enum class QueueError : std::uint8_t {
  none = 0,
  invalid_tail = 1,
  fetch_failed = 2,
  invalid_type = 3,
  reserved_bits = 4,
  invalid_width = 5,  ///< descriptors of 128 bits, but the tables are those of scalable mode
  tail_not_aligned = 6,
  invalid_table_mode = 7,
};

}  // namespace apicsim::vtd
