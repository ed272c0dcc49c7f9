#pragma once

#include <cstdint>
#include <systemc>

#include "models/devices/power_listener.h"
#include "models/devices/spec/keyboard_controller.h"
#include "models/fabric/interrupt_line.h"
#include "models/fabric/register_port.h"

namespace apicsim {

/// The keyboard controller of a PC with neither keyboard nor auxiliary device attached, and system
/// control port A (0x92), which does two of its jobs faster: A20 gate and processor reset.
///
/// Commands complete at once: the input buffer is never full. A byte for a device that is not there
/// answers 0xFE with the timeout bit. The A20 gate is stored; addresses are never masked, as in
/// processors without the A20M# pin.
class KeyboardController final : public sc_core::sc_module {
 public:
  RegisterPort<KeyboardController> data;     ///< port 0x60
  RegisterPort<KeyboardController> command;  ///< port 0x64
  RegisterPort<KeyboardController> fast;     ///< port 0x92

  /// `keyboard`, `auxiliary`: interrupts 1 and 12; may be nullptr.
  KeyboardController(const sc_core::sc_module_name& name, const Timebase& timebase,
                     PowerListener& power, InterruptLine* keyboard, InterruptLine* auxiliary);

 private:
  std::uint64_t read_data(std::uint64_t offset, unsigned size, Cycle now);
  void write_data(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek_data(std::uint64_t offset, unsigned size, Cycle now) const;
  std::uint64_t read_status(std::uint64_t offset, unsigned size, Cycle now);
  void write_command(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek_status(std::uint64_t offset, unsigned size, Cycle now) const;
  std::uint64_t read_fast(std::uint64_t offset, unsigned size, Cycle now);
  void write_fast(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek_fast(std::uint64_t offset, unsigned size, Cycle now) const;

  void execute(std::uint8_t command, Cycle now);
  void take_argument(std::uint8_t command, std::uint8_t value, Cycle now);
  void answer(std::uint8_t value, bool auxiliary, Cycle now);
  void answer_timeout(bool auxiliary, Cycle now);
  void write_output_port(std::uint8_t value, Cycle now);
  std::uint8_t output_port() const;
  void drive_interrupts(Cycle now);

  PowerListener& m_power;
  InterruptLine* m_keyboard;
  InterruptLine* m_auxiliary;
  std::uint8_t m_status;
  std::uint8_t m_command_byte;
  std::uint8_t m_output = 0;
  std::uint8_t m_awaits_argument = 0;  ///< command whose data byte comes next; 0: none
  bool m_a20 = true;
  std::uint8_t m_fast = keyboard_controller::fast_a20;  ///< firmware has opened the gate
};

}  // namespace apicsim
