// What reaches CPUs from their surroundings other than messages and lines: heat and errors, and
// who reads memory past their caches.
#include <algorithm>

#include "models/core/cpu_complex.h"
#include "models/memory/dram_view.h"
#include "models/memory/hierarchy/memory_hierarchy.h"

namespace apicsim {

void CpuComplex::set_dram_view(DramView* view) {
  m_environment.dram = view;
  if (m_hierarchy) m_hierarchy->set_write_back_listener(view);
}

void CpuComplex::place_in_packages() {
  u32 packages = 1;
  for (u32 i = 0; i < m_config.packages.size() && i < count(); ++i) {
    m_cpus[i]->set_package(m_config.packages[i]);
    packages = std::max(packages, m_config.packages[i] + 1);
  }
  m_environment.packages.assign(packages, ThermalSensor(ThermalSensor::Domain::package));
  m_environment.package_thermal.assign(packages, 0);
}

void CpuComplex::set_core_temperature(u32 number, int celsius) {
  if (number >= count()) return;
  Cpu& cpu = *m_cpus[number];
  if (cpu.core_sensor().set_temperature(celsius, cpu.msr.thermal_interrupt))
    cpu.apic().signal(LocalApic::LocalSource::thermal, m_timebase.now());
}

/// A package interrupt goes to all logical processors of the package (SDM Vol. 3 §14.8).
void CpuComplex::set_package_temperature(u32 package, int celsius) {
  if (package >= m_environment.packages.size()) return;
  const bool interrupts = m_environment.packages[package].set_temperature(
      celsius, m_environment.package_thermal[package]);
  if (interrupts) signal_package(package);
}

void CpuComplex::set_prochot(u32 package, bool asserted) {
  if (package >= m_environment.packages.size()) return;
  const bool interrupts =
      m_environment.packages[package].set_prochot(asserted, m_environment.package_thermal[package]);
  if (interrupts) signal_package(package);
  for (auto& cpu : m_cpus)
    if (cpu->package() == package &&
        cpu->core_sensor().set_prochot(asserted, cpu->msr.thermal_interrupt))
      cpu->apic().signal(LocalApic::LocalSource::thermal, m_timebase.now());
}

void CpuComplex::signal_package(u32 package) {
  for (auto& cpu : m_cpus)
    if (cpu->package() == package)
      cpu->apic().signal(LocalApic::LocalSource::thermal, m_timebase.now());
}

void CpuComplex::corrected_error(u32 number, unsigned bank, std::uint16_t code) {
  if (number < count() && bank < machine_check_banks)
    m_cpus[number]->corrected_error(bank, code, m_timebase.now());
}

void CpuComplex::uncorrected_error(u32 number, unsigned bank, std::uint16_t code) {
  if (number >= count() || bank >= machine_check_banks) return;
  m_cpus[number]->uncorrected_error(bank, code);
  attention(number, m_timebase.now());
}

}  // namespace apicsim
