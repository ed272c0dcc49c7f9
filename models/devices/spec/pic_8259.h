#pragma once

#include <cstdint>

/// Programmable interrupt controller. Source: Intel 8259A data sheet (231468-003); edge/level
/// control: ICH9 data sheet (316972) §13.4.10.
namespace apicsim::pic {

inline constexpr unsigned inputs = 8;
inline constexpr unsigned cascade = 2;  ///< input of the master to which the slave is wired

// Offset 0: ICW1, OCW2, OCW3; offset 1: ICW2..4, OCW1
inline constexpr std::uint8_t icw1 = 0x10;         ///< bit that tells ICW1 from OCW2 and OCW3
inline constexpr std::uint8_t icw1_icw4 = 0x01;    ///< IC4
inline constexpr std::uint8_t icw1_single = 0x02;  ///< SNGL: no ICW3
inline constexpr std::uint8_t icw1_level = 0x08;   ///< LTIM

inline constexpr std::uint8_t icw4_auto_eoi = 0x02;
inline constexpr std::uint8_t icw4_fully_nested = 0x10;  ///< special fully nested mode

inline constexpr std::uint8_t ocw3 = 0x08;  ///< bit that tells OCW3 from OCW2
inline constexpr std::uint8_t ocw3_read = 0x02;
inline constexpr std::uint8_t ocw3_isr = 0x01;
inline constexpr std::uint8_t ocw3_poll = 0x04;
inline constexpr std::uint8_t ocw3_set_special_mask = 0x40;
inline constexpr std::uint8_t ocw3_special_mask = 0x20;

/// OCW2 bits 7:5
enum class Ocw2 : std::uint8_t {
  clear_rotate_in_auto_eoi = 0,
  non_specific_eoi = 1,
  no_operation = 2,
  specific_eoi = 3,
  set_rotate_in_auto_eoi = 4,
  rotate_on_non_specific_eoi = 5,
  set_priority = 6,
  rotate_on_specific_eoi = 7,
};

// ELCR: inputs that can be level-triggered. IRQ 0, 1, 2, 8 and 13 are always edge.
inline constexpr std::uint8_t elcr_master_writable = 0xF8;
inline constexpr std::uint8_t elcr_slave_writable = 0xDE;

}  // namespace apicsim::pic
