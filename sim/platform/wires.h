#pragma once

#include <vector>

#include "models/apic/local_apic.h"
#include "models/fabric/interrupt_line.h"

namespace apicsim {

/// One output that drives several inputs.
class LineFork final : public InterruptLine {
 public:
  /// Null is no input.
  void add(InterruptLine* line) {
    if (line != nullptr) m_lines.push_back(line);
  }
  void set(bool active, Cycle at) override {
    for (InterruptLine* line : m_lines) line->set(active, at);
  }

 private:
  std::vector<InterruptLine*> m_lines;
};

/// The LINT0 or LINT1 pin of a processor, as an output of the board sees it.
class LocalInterruptPin final : public InterruptLine {
 public:
  LocalInterruptPin(LocalApic& apic, unsigned pin) : m_apic(apic), m_pin(pin) {}
  void set(bool active, Cycle at) override { m_apic.set_lint(m_pin, active, at); }

 private:
  LocalApic& m_apic;
  unsigned m_pin;
};

}  // namespace apicsim
