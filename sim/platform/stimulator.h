#pragma once

#include <systemc>
#include <vector>

#include "models/core/cpu_complex.h"
#include "models/time/timebase.h"
#include "sim/scenario/cpu_stimulus.h"

namespace apicsim {

/// Lets happen to the CPUs what the scenario says, each at its cycle.
class Stimulator final : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Stimulator);

  /// `stimuli`: in order of cycle.
  Stimulator(const sc_core::sc_module_name& name, const std::vector<CpuStimulus>& stimuli,
             const Timebase& timebase, CpuComplex& cpus);

 private:
  void start_of_simulation() override;
  void apply_due();
  void apply(const CpuStimulus& stimulus);

  const std::vector<CpuStimulus> m_stimuli;
  const Timebase& m_timebase;
  CpuComplex& m_cpus;
  std::size_t m_next = 0;
  sc_core::sc_event m_event;
};

}  // namespace apicsim
