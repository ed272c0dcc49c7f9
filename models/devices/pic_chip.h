#pragma once

#include <cstdint>

#include "models/devices/spec/pic_8259.h"

namespace apicsim {

/// One 8259A: its registers, priority resolver and acknowledge cycle. 8086 mode, buffered or not.
class PicChip {
 public:
  explicit PicChip(bool master) : m_master(master) {}

  void set_input(unsigned input, bool high);
  void write(unsigned offset, std::uint8_t value);
  std::uint8_t read(unsigned offset);
  std::uint8_t peek(unsigned offset) const;

  /// The INT output.
  bool output() const { return request() < pic::inputs; }
  /// The acknowledge cycle: the input that is served, or 8 when the request has gone: the
  /// interrupt then is the spurious one of input 7 and nothing is in service.
  unsigned acknowledge();
  std::uint8_t vector(unsigned input) const {
    return static_cast<std::uint8_t>(m_base | (input < pic::inputs ? input : 7));
  }

  /// Edge/level control register, one bit per input; 1: level.
  std::uint8_t trigger() const { return m_trigger; }
  void set_trigger(std::uint8_t level) { m_trigger = level; }

 private:
  unsigned request() const;
  unsigned highest(std::uint8_t set) const;
  unsigned rank(unsigned input) const { return (input - m_first) & 7; }
  bool level(unsigned input) const { return (m_trigger >> input & 1) != 0; }
  void initialise(std::uint8_t icw1);
  void write_initialisation(std::uint8_t value);
  void operate(std::uint8_t ocw2);
  void end(unsigned input, bool rotate);
  std::uint8_t poll();

  bool m_master;
  std::uint8_t m_inputs = 0;  ///< levels of IR7..0
  std::uint8_t m_irr = 0;
  std::uint8_t m_isr = 0;
  std::uint8_t m_imr = 0;
  std::uint8_t m_trigger = 0;
  std::uint8_t m_base = 0;  ///< ICW2, bits 7:3
  unsigned m_first = 0;     ///< input of the highest priority
  unsigned m_next_icw = 0;  ///< 2..4 while initialising, 0 otherwise
  bool m_expects_icw3 = false;
  bool m_expects_icw4 = false;
  bool m_auto_eoi = false;
  bool m_rotate_in_auto_eoi = false;
  bool m_fully_nested = false;
  bool m_special_mask = false;
  bool m_read_isr = false;
  bool m_polling = false;
};

}  // namespace apicsim
