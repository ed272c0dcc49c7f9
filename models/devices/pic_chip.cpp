#include "models/devices/pic_chip.h"

namespace apicsim {
namespace {

std::uint8_t bit(unsigned input) { return static_cast<std::uint8_t>(1u << input); }

}  // namespace

void PicChip::set_input(unsigned input, bool high) {
  const bool was_high = (m_inputs & bit(input)) != 0;
  m_inputs = static_cast<std::uint8_t>(high ? m_inputs | bit(input) : m_inputs & ~bit(input));
  // A request that goes away before its acknowledge is lost in both modes (data sheet,
  // "Edge and Level Triggered Modes", Figure 15).
  if (!high)
    m_irr = static_cast<std::uint8_t>(m_irr & ~bit(input));
  else if (level(input) || !was_high)
    m_irr |= bit(input);
}

/// The input of `set` with the highest priority, 8 for none.
unsigned PicChip::highest(std::uint8_t set) const {
  for (unsigned i = 0; i < pic::inputs; ++i) {
    const unsigned input = (m_first + i) & 7;
    if ((set & bit(input)) != 0) return input;
  }
  return pic::inputs;
}

/// The input that may interrupt now, 8 for none.
unsigned PicChip::request() const {
  const unsigned asking = highest(static_cast<std::uint8_t>(m_irr & ~m_imr));
  if (asking == pic::inputs) return asking;
  // In special mask mode, levels in service that are masked do not hold others back.
  const std::uint8_t serving = static_cast<std::uint8_t>(m_special_mask ? m_isr & ~m_imr : m_isr);
  const unsigned served = highest(serving);
  if (served == pic::inputs || rank(asking) < rank(served)) return asking;
  // In special fully nested mode the slave may ask again from a higher input of its own.
  const bool again = m_fully_nested && m_master && asking == pic::cascade && asking == served;
  return again ? asking : pic::inputs;
}

unsigned PicChip::acknowledge() {
  const unsigned input = request();
  if (input == pic::inputs) return input;
  if (!level(input)) m_irr = static_cast<std::uint8_t>(m_irr & ~bit(input));
  if (!m_auto_eoi)
    m_isr |= bit(input);
  else if (m_rotate_in_auto_eoi)
    m_first = (input + 1) & 7;
  return input;
}

void PicChip::write(unsigned offset, std::uint8_t value) {
  if (offset == 0) {
    if ((value & pic::icw1) != 0) return initialise(value);
    if ((value & pic::ocw3) == 0) return operate(value);
    if ((value & pic::ocw3_poll) != 0) m_polling = true;
    if ((value & pic::ocw3_read) != 0) m_read_isr = (value & pic::ocw3_isr) != 0;
    if ((value & pic::ocw3_set_special_mask) != 0)
      m_special_mask = (value & pic::ocw3_special_mask) != 0;
    return;
  }
  if (m_next_icw != 0)
    write_initialisation(value);
  else
    m_imr = value;
}

void PicChip::initialise(std::uint8_t icw1) {
  // What ICW1 resets: data sheet, "Initialization Command Words 1 and 2", a to f.
  m_imr = 0;
  m_isr = 0;
  m_irr = static_cast<std::uint8_t>(m_inputs & m_trigger);  // edges must come anew
  m_first = 0;
  m_special_mask = false;
  m_read_isr = false;
  m_polling = false;
  m_auto_eoi = false;
  m_fully_nested = false;
  m_rotate_in_auto_eoi = false;
  m_next_icw = 2;
  m_expects_icw3 = (icw1 & pic::icw1_single) == 0;
  m_expects_icw4 = (icw1 & pic::icw1_icw4) != 0;
}

void PicChip::write_initialisation(std::uint8_t value) {
  switch (m_next_icw) {
    case 2:
      m_base = value & 0xF8;
      m_next_icw = m_expects_icw3 ? 3 : m_expects_icw4 ? 4 : 0;
      break;
    case 3:
      m_next_icw = m_expects_icw4 ? 4 : 0;  // the wiring of the cascade is fixed
      break;
    default:
      m_auto_eoi = (value & pic::icw4_auto_eoi) != 0;
      m_fully_nested = (value & pic::icw4_fully_nested) != 0;
      m_next_icw = 0;
  }
}

void PicChip::operate(std::uint8_t ocw2) {
  const unsigned named = ocw2 & 7;
  const unsigned served = highest(m_isr);
  switch (static_cast<pic::Ocw2>(ocw2 >> 5)) {
    case pic::Ocw2::clear_rotate_in_auto_eoi:
      m_rotate_in_auto_eoi = false;
      break;
    case pic::Ocw2::set_rotate_in_auto_eoi:
      m_rotate_in_auto_eoi = true;
      break;
    case pic::Ocw2::non_specific_eoi:
      end(served, false);
      break;
    case pic::Ocw2::specific_eoi:
      end(named, false);
      break;
    case pic::Ocw2::rotate_on_non_specific_eoi:
      end(served, true);
      break;
    case pic::Ocw2::rotate_on_specific_eoi:
      end(named, true);
      break;
    case pic::Ocw2::set_priority:
      m_first = (named + 1) & 7;
      break;
    case pic::Ocw2::no_operation:
      break;
  }
}

void PicChip::end(unsigned input, bool rotate) {
  if (input >= pic::inputs) return;
  m_isr = static_cast<std::uint8_t>(m_isr & ~bit(input));
  if (rotate) m_first = (input + 1) & 7;
}

std::uint8_t PicChip::peek(unsigned offset) const {
  if (offset != 0) return m_imr;
  return m_read_isr ? m_isr : m_irr;
}

std::uint8_t PicChip::read(unsigned offset) { return m_polling ? poll() : peek(offset); }

/// The poll command makes the next read an acknowledge (data sheet, "Poll Command").
std::uint8_t PicChip::poll() {
  m_polling = false;
  const unsigned input = acknowledge();
  return input < pic::inputs ? static_cast<std::uint8_t>(0x80 | input) : std::uint8_t{0};
}

}  // namespace apicsim
