#pragma once

#include <memory>
#include <vector>

#include "models/devices/agent/agent_function.h"
#include "models/devices/management/management_function.h"
#include "models/devices/nic/frame_source.h"
#include "models/devices/nic/nic.h"
#include "models/devices/nvme/nvme_controller.h"
#include "models/devices/offload/offload_engine.h"
#include "models/fabric/address_map.h"
#include "models/iommu/iommu.h"
#include "sim/platform/bus_monitor.h"
#include "sim/scenario/scenario.h"

namespace apicsim {

/// The functions of one PCI segment that master the bus by a driver's or their own will.
class DmaFunctions {
 public:
  /// What functions are built from.
  struct Context {
    const Machine& machine;
    const TimingProfile& profile;
    const Timebase& timebase;
    AddressMap& memory;
    AddressMap& ports;
    BusMonitor& bus;
    Iommu& iommu;
  };

  /// Builds the function where its model is one of these; nullptr otherwise.
  PciFunction* add(const PciFunctionDevice& function, const PciIdentity& identity,
                   const PciWiring& wiring, const Context& context);
  /// When all functions are there: wires between them.
  void connect();

  /// nullptr: there is no such controller here.
  Nic* find_nic(std::uint32_t requester) const;

 private:
  PciEndpoint& add_nic(const PciFunctionDevice& function, const PciIdentity& identity,
                       const PciWiring& wiring, const Context& context);
  PciEndpoint& add_management(const PciFunctionDevice& function, const PciIdentity& identity,
                              const PciWiring& wiring, const Context& context);

  PciEndpoint& add_nvme(const PciFunctionDevice& function, const PciIdentity& identity,
                        const PciWiring& wiring, const Context& context);
  PciEndpoint& add_agent(const PciFunctionDevice& function, const PciIdentity& identity,
                         const PciWiring& wiring, const Context& context);
  PciEndpoint& add_offload(const PciFunctionDevice& function, const PciIdentity& identity,
                           const PciWiring& wiring, const Context& context);

  struct NicEntry {
    std::unique_ptr<Nic> nic;
    std::optional<std::uint32_t> peer;
  };

  std::vector<NicEntry> m_nics;
  std::vector<std::unique_ptr<ManagementFunction>> m_management;
  std::vector<std::unique_ptr<NvmeController>> m_nvme;
  std::vector<std::unique_ptr<AgentFunction>> m_agents;
  std::vector<std::unique_ptr<OffloadEngine>> m_offload;
};

}  // namespace apicsim
