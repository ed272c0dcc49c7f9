#pragma once

#include <array>
#include <cstdint>
#include <systemc>

#include "models/devices/pic_chip.h"
#include "models/fabric/interrupt_line.h"
#include "models/fabric/register_port.h"

namespace apicsim {

/// The two cascaded 8259A of a PC: 15 inputs, one output (to LINT0 of the bootstrap processor or to
/// pin 0 of the I/O APIC).
class Pic8259Pair final : public sc_core::sc_module, public InterruptAcknowledge {
 public:
  RegisterPort<Pic8259Pair> master;   ///< 2 ports at 0x20
  RegisterPort<Pic8259Pair> slave;    ///< 2 ports at 0xA0
  RegisterPort<Pic8259Pair> trigger;  ///< ELCR, 2 ports at 0x4D0

  /// `output` may be nullptr.
  Pic8259Pair(const sc_core::sc_module_name& name, const Timebase& timebase, InterruptLine* output);

  /// Input `irq` 0..15; 2 is the cascade and does nothing. Throws std::out_of_range.
  InterruptLine& line(unsigned irq) { return m_lines.at(irq); }

  /// The acknowledge cycle of the CPU: the vector of the interrupt, input 7's if it has gone.
  std::uint8_t acknowledge(Cycle at) override;

 private:
  struct Line final : InterruptLine {
    Pic8259Pair* pair = nullptr;
    unsigned irq = 0;
    void set(bool active, Cycle at) override { pair->set_input(irq, active, at); }
  };

  std::uint64_t read_master(std::uint64_t offset, unsigned size, Cycle now);
  void write_master(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek_master(std::uint64_t offset, unsigned size, Cycle now) const;
  std::uint64_t read_slave(std::uint64_t offset, unsigned size, Cycle now);
  void write_slave(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek_slave(std::uint64_t offset, unsigned size, Cycle now) const;
  std::uint64_t read_trigger(std::uint64_t offset, unsigned size, Cycle now);
  void write_trigger(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek_trigger(std::uint64_t offset, unsigned size, Cycle now) const;

  void set_input(unsigned irq, bool high, Cycle at);
  void propagate(Cycle at);

  PicChip m_master{true};
  PicChip m_slave{false};
  std::array<Line, 16> m_lines;
  InterruptLine* m_output;
};

}  // namespace apicsim
