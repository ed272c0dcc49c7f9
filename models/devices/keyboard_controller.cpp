#include "models/devices/keyboard_controller.h"

namespace apicsim {

namespace spec = keyboard_controller;

KeyboardController::KeyboardController(const sc_core::sc_module_name& name,
                                       const Timebase& timebase, PowerListener& power,
                                       InterruptLine* keyboard, InterruptLine* auxiliary)
    : sc_module(name),
      data("data", timebase, *this,
           {&KeyboardController::read_data, &KeyboardController::write_data,
            &KeyboardController::peek_data}),
      command("command", timebase, *this,
              {&KeyboardController::read_status, &KeyboardController::write_command,
               &KeyboardController::peek_status}),
      fast("fast", timebase, *this,
           {&KeyboardController::read_fast, &KeyboardController::write_fast,
            &KeyboardController::peek_fast}),
      m_power(power),
      m_keyboard(keyboard),
      m_auxiliary(auxiliary),
      m_status(spec::last_was_command | spec::not_inhibited),
      m_command_byte(spec::keyboard_interrupt | spec::auxiliary_interrupt) {}

// --- port 0x60 -----------------------------------------------------------------------------------

std::uint64_t KeyboardController::peek_data(std::uint64_t, unsigned, Cycle) const {
  return m_output;
}

std::uint64_t KeyboardController::read_data(std::uint64_t, unsigned, Cycle now) {
  m_status &=
      static_cast<std::uint8_t>(~(spec::output_full | spec::auxiliary_data | spec::timeout));
  drive_interrupts(now);
  return m_output;
}

void KeyboardController::write_data(std::uint64_t, unsigned, std::uint64_t value, Cycle now) {
  m_status &= static_cast<std::uint8_t>(~spec::last_was_command);
  const std::uint8_t waiting = m_awaits_argument;
  m_awaits_argument = 0;
  if (waiting != 0)
    take_argument(waiting, static_cast<std::uint8_t>(value), now);
  else
    answer_timeout(false, now);  // the byte was for the keyboard
}

void KeyboardController::take_argument(std::uint8_t to, std::uint8_t value, Cycle now) {
  switch (to) {
    case spec::command::write_command_byte:
      m_command_byte = value;
      m_status = static_cast<std::uint8_t>((m_status & ~spec::system_flag) |
                                           (value & spec::command_system_flag));
      drive_interrupts(now);
      break;
    case spec::command::write_output_port:
      write_output_port(value, now);
      break;
    case spec::command::write_keyboard_buffer:
      answer(value, false, now);
      break;
    case spec::command::write_auxiliary_buffer:
      answer(value, true, now);
      break;
    default:
      answer_timeout(true, now);
      break;
  }
}

// --- port 0x64 -----------------------------------------------------------------------------------

std::uint64_t KeyboardController::peek_status(std::uint64_t, unsigned, Cycle) const {
  return m_status;
}

std::uint64_t KeyboardController::read_status(std::uint64_t, unsigned, Cycle) { return m_status; }

void KeyboardController::write_command(std::uint64_t, unsigned, std::uint64_t value, Cycle now) {
  m_status |= spec::last_was_command;
  m_awaits_argument = 0;
  execute(static_cast<std::uint8_t>(value), now);
}

void KeyboardController::execute(std::uint8_t code, Cycle now) {
  switch (code) {
    case spec::command::read_command_byte:
      return answer(m_command_byte, false, now);
    case spec::command::write_command_byte:
    case spec::command::write_output_port:
    case spec::command::write_keyboard_buffer:
    case spec::command::write_auxiliary_buffer:
    case spec::command::write_auxiliary:
      m_awaits_argument = code;
      return;
    case spec::command::disable_auxiliary:
      m_command_byte |= spec::disable_auxiliary;
      return;
    case spec::command::enable_auxiliary:
      m_command_byte &= static_cast<std::uint8_t>(~spec::disable_auxiliary);
      return;
    case spec::command::disable_keyboard:
      m_command_byte |= spec::disable_keyboard;
      return;
    case spec::command::enable_keyboard:
      m_command_byte &= static_cast<std::uint8_t>(~spec::disable_keyboard);
      return;
    case spec::command::self_test:
      m_status |= spec::system_flag;
      m_command_byte |= spec::command_system_flag;
      return answer(spec::self_test_passed, false, now);
    case spec::command::test_auxiliary:
    case spec::command::test_keyboard:
      return answer(spec::port_test_passed, false, now);
    case spec::command::read_input_port:
      return answer(spec::input_port, false, now);
    case spec::command::read_output_port:
      return answer(output_port(), false, now);
    default:
      if (code >= spec::command::pulse && (code & spec::output_not_reset) == 0)
        m_power.init_processors(now);
      return;
  }
}

void KeyboardController::answer(std::uint8_t value, bool auxiliary, Cycle now) {
  m_output = value;
  m_status &= static_cast<std::uint8_t>(~(spec::auxiliary_data | spec::timeout));
  m_status |= auxiliary ? spec::output_full | spec::auxiliary_data : spec::output_full;
  drive_interrupts(now);
}

void KeyboardController::answer_timeout(bool auxiliary, Cycle now) {
  answer(spec::resend, auxiliary, now);
  m_status |= spec::timeout;
}

void KeyboardController::write_output_port(std::uint8_t value, Cycle now) {
  m_a20 = (value & spec::output_a20) != 0;
  if ((value & spec::output_not_reset) == 0) m_power.init_processors(now);
}

std::uint8_t KeyboardController::output_port() const {
  std::uint8_t value = spec::output_lines | spec::output_not_reset;
  if (m_a20) value |= spec::output_a20;
  if ((m_status & spec::output_full) != 0)
    value |= (m_status & spec::auxiliary_data) != 0 ? spec::output_auxiliary_interrupt
                                                    : spec::output_keyboard_interrupt;
  return value;
}

void KeyboardController::drive_interrupts(Cycle now) {
  const bool full = (m_status & spec::output_full) != 0;
  const bool auxiliary = (m_status & spec::auxiliary_data) != 0;
  if (m_keyboard != nullptr)
    m_keyboard->set(full && !auxiliary && (m_command_byte & spec::keyboard_interrupt) != 0, now);
  if (m_auxiliary != nullptr)
    m_auxiliary->set(full && auxiliary && (m_command_byte & spec::auxiliary_interrupt) != 0, now);
}

// --- port 0x92 -----------------------------------------------------------------------------------

std::uint64_t KeyboardController::peek_fast(std::uint64_t, unsigned, Cycle) const { return m_fast; }

std::uint64_t KeyboardController::read_fast(std::uint64_t, unsigned, Cycle) { return m_fast; }

void KeyboardController::write_fast(std::uint64_t, unsigned, std::uint64_t value, Cycle now) {
  const auto written = static_cast<std::uint8_t>(value & (spec::fast_reset | spec::fast_a20));
  const bool starts = (written & ~m_fast & spec::fast_reset) != 0;
  m_fast = written;
  m_a20 = (written & spec::fast_a20) != 0;
  if (starts) m_power.init_processors(now);
}

}  // namespace apicsim
