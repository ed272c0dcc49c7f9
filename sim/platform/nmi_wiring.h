#pragma once

#include <deque>

#include "models/core/cpu_complex.h"
#include "models/devices/nmi_logic.h"
#include "sim/platform/wires.h"

namespace apicsim {

/// The board's NMI logic, whose output leads to LINT1 of every processor (MP specification 1.4
/// §3.6.2.1; the MADT says so with local APIC NMI structures, ACPI §5.2.12.7).
class NmiWiring {
 public:
  explicit NmiWiring(CpuComplex& cpus) {
    for (std::uint32_t cpu = 0; cpu < cpus.count(); ++cpu)
      m_output.add(&m_pins.emplace_back(cpus.apic(cpu), kLint1));
  }

  NmiLogic& logic() { return m_logic; }

 private:
  static constexpr unsigned kLint1 = 1;

  std::deque<LocalInterruptPin> m_pins;  ///< never moves what it holds
  LineFork m_output;
  NmiLogic m_logic{&m_output};
};

}  // namespace apicsim
