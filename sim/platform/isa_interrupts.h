#pragma once

#include <array>
#include <memory>
#include <vector>

#include "models/apic/local_apic.h"
#include "models/devices/pic_8259.h"
#include "models/fabric/interrupt_line.h"
#include "sim/platform/address_spaces.h"
#include "sim/platform/interrupt_wiring.h"

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

 private:
  class Fork final : public InterruptLine {
   public:
    void add(InterruptLine* line) {
      if (line != nullptr) m_lines.push_back(line);
    }
    void set(bool active, Cycle at) override {
      for (InterruptLine* line : m_lines) line->set(active, at);
    }

   private:
    std::vector<InterruptLine*> m_lines;
  };

  class LocalInterrupt final : public InterruptLine {
   public:
    explicit LocalInterrupt(LocalApic& apic) : m_apic(apic) {}
    void set(bool active, Cycle at) override { m_apic.set_lint(0, active, at); }

   private:
    LocalApic& m_apic;
  };

  void add_pic(const Timebase& timebase, AddressSpaces spaces, InterruptWiring& wiring);

  LocalInterrupt m_lint0;
  Fork m_pic_output;
  std::unique_ptr<Pic8259Pair> m_pic;
  std::array<Fork, 16> m_lines;
};

}  // namespace apicsim
