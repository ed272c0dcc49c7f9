#pragma once

#include <cstdint>

/// High-precision event timers. Source: IA-PC HPET Specification 1.0a (October 2004), chapter 2.
namespace apicsim::hpet {

inline constexpr std::uint64_t capabilities = 0x000;      ///< 64 ro §2.3.4
inline constexpr std::uint64_t configuration = 0x010;     ///< 64 rw §2.3.5
inline constexpr std::uint64_t interrupt_status = 0x020;  ///< 64 rw1c §2.3.6
inline constexpr std::uint64_t main_counter = 0x0F0;      ///< 64 rw while halted §2.3.7
inline constexpr std::uint64_t timers = 0x100;            ///< 0x20 bytes per timer
inline constexpr std::uint64_t timer_stride = 0x20;
// Within a timer
inline constexpr std::uint64_t timer_configuration = 0x00;  ///< 64 §2.3.8
inline constexpr std::uint64_t timer_comparator = 0x08;     ///< 64 §2.3.9
inline constexpr std::uint64_t timer_fsb_route = 0x10;      ///< 64 §2.3.10

inline constexpr std::uint64_t block_size = 0x400;
inline constexpr unsigned max_timers = 32;

// Capabilities: revision 7:0, number of timers - 1 12:8, bit 13 64-bit counter, bit 15 legacy
// replacement, vendor 31:16, period in femtoseconds 63:32
inline constexpr unsigned timers_shift = 8;
inline constexpr std::uint64_t timers_mask = 0x1F;
inline constexpr std::uint64_t legacy_capable = 0x8000;
inline constexpr unsigned period_shift = 32;
inline constexpr std::uint64_t femtoseconds_per_second = 1'000'000'000'000'000;

// General configuration
inline constexpr std::uint64_t enable = 0x1;
inline constexpr std::uint64_t legacy = 0x2;

// Timer configuration
inline constexpr std::uint64_t level = 0x0002;
inline constexpr std::uint64_t interrupt_enable = 0x0004;
inline constexpr std::uint64_t periodic = 0x0008;
inline constexpr std::uint64_t periodic_capable = 0x0010;
inline constexpr std::uint64_t wide = 0x0020;  ///< ro: 64-bit comparator
inline constexpr std::uint64_t set_value =
    0x0040;  ///< the next comparator write sets the accumulator
inline constexpr std::uint64_t force_32 = 0x0100;
inline constexpr unsigned route_shift = 9;
inline constexpr std::uint64_t route_mask = 0x1F;
inline constexpr std::uint64_t fsb_enable = 0x4000;
inline constexpr std::uint64_t fsb_capable = 0x8000;
inline constexpr unsigned route_capability_shift = 32;

// Legacy replacement §2.3.5, Table 3: pins of the I/O APIC
inline constexpr unsigned legacy_timer_0 = 2;
inline constexpr unsigned legacy_timer_1 = 8;

}  // namespace apicsim::hpet
