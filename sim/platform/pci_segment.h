#pragma once

#include <memory>
#include <vector>

#include "models/devices/edu.h"
#include "models/devices/interrupt_tester.h"
#include "models/devices/pci/inert_function.h"
#include "models/devices/pci/pci_bridge.h"
#include "models/devices/pci/pci_bus.h"
#include "models/devices/pci/pci_function.h"
#include "models/devices/pci/pci_host.h"
#include "sim/platform/address_spaces.h"
#include "sim/platform/bus_monitor.h"
#include "sim/platform/dma_functions.h"
#include "sim/platform/interrupt_wiring.h"
#include "sim/scenario/machine.h"
#include "sim/scenario/timing_profile.h"

namespace apicsim {

/// One host bridge of the board with the functions behind it.
class PciSegment {
 public:
  PciSegment(const Machine& machine, const PciHostDevice& host, const TimingProfile& profile,
             const Timebase& timebase, AddressSpaces spaces, BusMonitor& bus,
             InterruptWiring& interrupts, InterruptLine& system_error, PowerListener& power,
             UnmodelledListener& unmodelled, Iommu& iommu);

  const std::vector<std::unique_ptr<Edu>>& edus() const { return m_edus; }
  const std::vector<std::unique_ptr<InterruptTester>>& testers() const { return m_testers; }
  const DmaFunctions& dma_functions() const { return m_dma_functions; }

 private:
  void place_host(const PciHostDevice& host, AddressSpaces spaces);
  /// What functions are built from.
  struct Context : DmaFunctions::Context {
    InterruptLine& system_error;
  };

  PciFunction& add(const PciFunctionDevice& function, const PciWiring& wiring,
                   const Context& context);
  PciFunction& add_edu(const PciFunctionDevice& function, const PciWiring& wiring,
                       const Context& context);
  PciFunction& add_tester(const PciFunctionDevice& function, const PciWiring& wiring,
                          const Context& context);
  PciFunction& add_bridge(const PciFunctionDevice& function, const PciWiring& wiring,
                          const Context& context);
  PciFunction& add_inert(const PciFunctionDevice& function, const PciWiring& wiring,
                         const Context& context);

  /// Puts the functions behind their bridges and opens the bridges' windows to them.
  void connect_bridges();
  PciBridge* bridge_to(std::uint8_t bus) const;

  PciBus m_bus;
  std::unique_ptr<PciHost> m_host;
  std::vector<PciFunction*> m_functions;  ///< all of them
  std::vector<std::unique_ptr<PciBridge>> m_bridges;
  std::vector<std::unique_ptr<InertFunction>> m_inert;
  std::vector<std::unique_ptr<Edu>> m_edus;
  std::vector<std::unique_ptr<InterruptTester>> m_testers;
  DmaFunctions m_dma_functions;
};

}  // namespace apicsim
