#pragma once

#include <array>
#include <cstdint>
#include <systemc>

#include "models/devices/nmi_logic.h"
#include "models/devices/pit_counter.h"
#include "models/fabric/interrupt_line.h"
#include "models/fabric/register_port.h"
#include "models/time/clock.h"

namespace apicsim {

/// The 8254 of a PC and port 0x61, which gates its counter 2 (speaker). Counter 0 drives interrupt
/// line 0, counter 1 (memory refresh, long gone) is wired to nothing.
class Pit8254 final : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Pit8254);

  RegisterPort<Pit8254> counters;  ///< 4 ports at 0x40, byte-wide
  RegisterPort<Pit8254> control;   ///< port 0x61

  /// `line`: output of counter 0, may be nullptr. No counter runs before software programs it.
  Pit8254(const sc_core::sc_module_name& name, const Timebase& timebase, InterruptLine* line);

  /// What bits 7, 6, 3 and 2 of port 0x61 belong to; without it they are stored or read zero.
  void set_nmi_logic(NmiLogic* logic) { m_nmi = logic; }

 private:
  std::uint64_t read_counters(std::uint64_t offset, unsigned size, Cycle now);
  void write_counters(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek_counters(std::uint64_t offset, unsigned size, Cycle now) const;
  std::uint64_t read_control(std::uint64_t offset, unsigned size, Cycle now);
  void write_control(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek_control(std::uint64_t offset, unsigned size, Cycle now) const;

  void write_byte(std::uint64_t offset, std::uint8_t value, std::uint64_t tick);
  void command(std::uint8_t value, std::uint64_t tick);
  void output_changed();
  void drive_line(Cycle now);

  const Timebase& m_timebase;
  Clock m_clock;
  InterruptLine* m_line;
  NmiLogic* m_nmi = nullptr;
  sc_core::sc_event m_output_event;
  std::array<PitCounter, pit::counter_count> m_counters;
  std::uint8_t m_port_61 = 0;
};

}  // namespace apicsim
