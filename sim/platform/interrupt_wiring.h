#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/apic/io_apic.h"
#include "models/fabric/interrupt_fabric.h"
#include "sim/platform/bus_monitor.h"
#include "sim/scenario/machine.h"

namespace apicsim {

/// The board's I/O APICs and which of their pins a device's wire leads to.
class InterruptWiring {
 public:
  /// `delivery`: cycles that an interrupt message takes, the profile's latency.msi.
  InterruptWiring(const Machine& machine, const Timebase& timebase, BusMonitor& bus,
                  InterruptFabric& fabric, Cycle delivery);

  std::uint32_t count() const { return static_cast<std::uint32_t>(m_io_apics.size()); }
  IoApic& io_apic(std::uint32_t index) { return *m_io_apics[index]; }

  /// The pin of a global system interrupt; nullptr when no I/O APIC serves it.
  InterruptLine* gsi(std::uint32_t number);
  /// The pin of an ISA interrupt as the firmware's overrides wire it (ACPI §5.2.12.5).
  InterruptLine* isa(std::uint32_t irq);

 private:
  std::uint32_t gsi_of_isa(std::uint32_t irq) const;

  const Machine& m_machine;
  std::vector<std::unique_ptr<IoApic>> m_io_apics;
};

}  // namespace apicsim
