#pragma once

#include <cstdint>
#include <vector>

namespace apicsim {

/// The last 256 bytes of a PC's boot ROM: the reset vector FFFFFFF0h (SDM Vol. 3 §9.1.4) and what a
/// processor executes from there after an INIT.
///
/// It does what the MP specification 1.4 §B.4 lets software rely on: a shutdown code of 0Ah in CMOS
/// register 0Fh makes it jump to the address at 40:67, 05h the same after an end of interrupt to
/// both 8259s. The code is cleared first, and NMIs are masked at port 70h as they are during POST.
/// With any other code it asks for a reset of the machine at port CF9h: there is no firmware to
/// restart.
std::vector<std::uint8_t> boot_rom();

inline constexpr std::uint64_t boot_rom_address = 0xFFFFFF00;
/// The same bytes as real-mode code at F000:FF00 finds them.
inline constexpr std::uint64_t boot_rom_shadow = 0xFFF00;

}  // namespace apicsim
