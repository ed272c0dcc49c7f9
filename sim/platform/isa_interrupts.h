#pragma once

#include <array>
#include <memory>

#include "models/devices/pic_8259.h"
#include "models/fabric/interrupt_line.h"
#include "sim/platform/address_spaces.h"
#include "sim/platform/interrupt_wiring.h"
#include "sim/platform/wires.h"

namespace apicsim {

/// The sixteen ISA interrupts of a PC: each wire leads to the 8259 pair, if there is one, and to
/// the I/O APIC pin that the firmware names. The pair's output leads to LINT0 of the bootstrap
/// processor and to pin 0 of the first I/O APIC (MP specification 1.4 §3.6.2).
class IsaInterrupts {
 public:
  IsaInterrupts(const Machine& machine, const Timebase& timebase, AddressSpaces spaces,
                InterruptWiring& wiring, LocalApic& bootstrap);

  /// `irq` 0..15.
  InterruptLine* line(std::uint32_t irq) { return &m_lines.at(irq); }
  /// Who answers the processors' acknowledge cycles; nullptr without the pair.
  InterruptAcknowledge* acknowledge() { return m_pic.get(); }

 private:
  void add_pic(const Timebase& timebase, AddressSpaces spaces, InterruptWiring& wiring);

  LocalInterruptPin m_lint0;
  LineFork m_pic_output;
  std::unique_ptr<Pic8259Pair> m_pic;
  std::array<LineFork, 16> m_lines;
};

}  // namespace apicsim
