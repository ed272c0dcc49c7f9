#pragma once

#include <cstdint>
#include <vector>

namespace apicsim {

/// The last 256 bytes of a PC's boot ROM: the reset vector FFFFFFF0h (SDM Vol. 3 §9.1.4), what a
/// processor executes from there after an INIT, and the handlers of interrupt_vectors().
///
/// It does what the MP specification 1.4 §B.4 lets software rely on: a shutdown code of 0Ah in CMOS
/// register 0Fh makes it jump to the address at 40:67, 05h the same after an end of interrupt to
/// both 8259s. The code is cleared first, and NMIs are masked at port 70h as they are during POST.
/// With any other code it asks for a reset of the machine at port CF9h: there is no firmware to
/// restart.
std::vector<std::uint8_t> boot_rom();

/// The real-mode interrupt vectors that POST leaves at 0: the interrupts of the 8259 pair (bases
/// 08h and 70h) lead to handlers in the boot ROM that end them, the timer's having counted the tick
/// at 40:6C and called INT 1Ch; all others to an IRET at F000:FF53. Vectors 60h to 66h and 79h,
/// which belong to users, are zero.
std::vector<std::uint8_t> interrupt_vectors();

/// What POST leaves of the BIOS data area at 40:00 for those who look for ACPI tables and memory:
/// the first serial port, the segment of the extended data area at the end of base memory, and the
/// KiB below it. `base_memory`: its bytes, a multiple of 1 KiB.
std::vector<std::uint8_t> bios_data_area(std::uint32_t base_memory);

inline constexpr std::uint64_t interrupt_vectors_address = 0;
inline constexpr std::uint64_t bios_data_address = 0x400;
inline constexpr std::uint64_t boot_rom_address = 0xFFFFFF00;
/// The same bytes as real-mode code at F000:FF00 finds them.
inline constexpr std::uint64_t boot_rom_shadow = 0xFFF00;

}  // namespace apicsim
