#pragma once

#include "models/core/cpu_complex.h"
#include "models/devices/power_listener.h"

namespace apicsim {

/// The board's INIT# line, which leads to every processor. What resets more than them goes on to
/// who runs the machine.
class ProcessorReset final : public PowerListener {
 public:
  ProcessorReset(CpuComplex& cpus, PowerListener& machine) : m_cpus(cpus), m_machine(machine) {}

  void power_off(Cycle at) override { m_machine.power_off(at); }
  void reset(Cycle at) override { m_machine.reset(at); }
  void init_processors(Cycle at) override {
    for (std::uint32_t cpu = 0; cpu < m_cpus.count(); ++cpu) m_cpus.apic(cpu).pulse_init(at);
  }

 private:
  CpuComplex& m_cpus;
  PowerListener& m_machine;
};

}  // namespace apicsim
