#pragma once

#include <cstdint>

namespace apicsim {

/// A point in time or a duration, in cycles of the machine's core-reference clock. 64 bits at
/// 3 GHz last 195 years. All models keep time in cycles; see Timebase for the way to sc_time.
using Cycle = std::uint64_t;

/// Wide enough for the product of a Cycle and a frequency in Hz.
__extension__ using WideCycle = unsigned __int128;

/// A cycle that is never reached: "no event pending".
inline constexpr Cycle never = ~Cycle{0};

}  // namespace apicsim
