#include "sim/platform/stimulator.h"

#include "models/fabric/notify_at.h"

namespace apicsim {

Stimulator::Stimulator(const sc_core::sc_module_name& name, const std::vector<CpuStimulus>& stimuli,
                       const Timebase& timebase, CpuComplex& cpus)
    : sc_module(name), m_stimuli(stimuli), m_timebase(timebase), m_cpus(cpus) {
  SC_METHOD(apply_due);
  sensitive << m_event;
  dont_initialize();
}

void Stimulator::start_of_simulation() {
  if (!m_stimuli.empty()) notify_at(m_timebase, m_event, m_stimuli.front().at);
}

void Stimulator::apply_due() {
  for (; m_next < m_stimuli.size() && m_stimuli[m_next].at <= m_timebase.now(); ++m_next)
    apply(m_stimuli[m_next]);
  if (m_next < m_stimuli.size()) notify_at(m_timebase, m_event, m_stimuli[m_next].at);
}

void Stimulator::apply(const CpuStimulus& stimulus) {
  switch (stimulus.kind) {
    case CpuStimulus::Kind::core_temperature:
      return m_cpus.set_core_temperature(stimulus.target, static_cast<int>(stimulus.value));
    case CpuStimulus::Kind::package_temperature:
      return m_cpus.set_package_temperature(stimulus.target, static_cast<int>(stimulus.value));
    case CpuStimulus::Kind::prochot:
      return m_cpus.set_prochot(stimulus.target, stimulus.value != 0);
    case CpuStimulus::Kind::corrected_error:
      return m_cpus.corrected_error(stimulus.target, stimulus.bank,
                                    static_cast<std::uint16_t>(stimulus.value));
    case CpuStimulus::Kind::uncorrected_error:
      return m_cpus.uncorrected_error(stimulus.target, stimulus.bank,
                                      static_cast<std::uint16_t>(stimulus.value));
  }
}

}  // namespace apicsim
