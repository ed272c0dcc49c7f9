#pragma once

#include <cstdint>

/// Keyboard controller of a PC. Source: IBM Personal System/2 Hardware Interface Technical
/// Reference (1988), "Keyboard and Auxiliary Device Controller"; port 0x92: ICH9 data sheet
/// (316972) §13.7.3.
namespace apicsim::keyboard_controller {

// Status, port 0x64 read
inline constexpr std::uint8_t output_full = 0x01;
inline constexpr std::uint8_t system_flag = 0x04;       ///< set by the self test
inline constexpr std::uint8_t last_was_command = 0x08;  ///< port 0x64, not 0x60, was written last
inline constexpr std::uint8_t not_inhibited = 0x10;     ///< key lock
inline constexpr std::uint8_t auxiliary_data = 0x20;
inline constexpr std::uint8_t timeout = 0x40;

// Command byte, commands 0x20 and 0x60
inline constexpr std::uint8_t keyboard_interrupt = 0x01;
inline constexpr std::uint8_t auxiliary_interrupt = 0x02;
inline constexpr std::uint8_t command_system_flag = 0x04;
inline constexpr std::uint8_t disable_keyboard = 0x10;
inline constexpr std::uint8_t disable_auxiliary = 0x20;

/// Commands, port 0x64 write
namespace command {
inline constexpr std::uint8_t read_command_byte = 0x20;
inline constexpr std::uint8_t write_command_byte = 0x60;
inline constexpr std::uint8_t disable_auxiliary = 0xA7;
inline constexpr std::uint8_t enable_auxiliary = 0xA8;
inline constexpr std::uint8_t test_auxiliary = 0xA9;
inline constexpr std::uint8_t self_test = 0xAA;
inline constexpr std::uint8_t test_keyboard = 0xAB;
inline constexpr std::uint8_t disable_keyboard = 0xAD;
inline constexpr std::uint8_t enable_keyboard = 0xAE;
inline constexpr std::uint8_t read_input_port = 0xC0;
inline constexpr std::uint8_t read_output_port = 0xD0;
inline constexpr std::uint8_t write_output_port = 0xD1;
inline constexpr std::uint8_t write_keyboard_buffer = 0xD2;
inline constexpr std::uint8_t write_auxiliary_buffer = 0xD3;
inline constexpr std::uint8_t write_auxiliary = 0xD4;
inline constexpr std::uint8_t pulse = 0xF0;  ///< F0..FF: pulses the output bits 3:0 that are zero
}  // namespace command

inline constexpr std::uint8_t self_test_passed = 0x55;
inline constexpr std::uint8_t port_test_passed = 0x00;
inline constexpr std::uint8_t resend = 0xFE;  ///< answer where no device took the byte

// Output port
inline constexpr std::uint8_t output_not_reset = 0x01;  ///< 0 resets the processors
inline constexpr std::uint8_t output_a20 = 0x02;
inline constexpr std::uint8_t output_keyboard_interrupt = 0x10;
inline constexpr std::uint8_t output_auxiliary_interrupt = 0x20;
inline constexpr std::uint8_t output_lines = 0xCC;  ///< clock and data lines at rest
inline constexpr std::uint8_t input_port = 0x80;    ///< key lock open

// Port 0x92
inline constexpr std::uint8_t fast_reset = 0x01;  ///< 0 -> 1 resets the processors
inline constexpr std::uint8_t fast_a20 = 0x02;

}  // namespace apicsim::keyboard_controller
