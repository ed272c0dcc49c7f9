#include "sim/platform/dma_functions.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace apicsim {

namespace {

PciAddress address_of(const PciFunctionDevice& function) {
  return PciAddress::from_requester_id(static_cast<std::uint16_t>(function.requester_id()));
}

std::string module_name(const PciFunctionDevice& function) {
  return fmt::format("{}_{:02x}_{:02x}_{}", function.model, function.bus, function.device,
                     function.function);
}

/// Gives a BAR its target and the address that firmware has assigned.
template <typename Device, typename Socket>
void place_bar(Device& device, const PciFunctionDevice& function, unsigned index, AddressMap& map,
               Socket& socket) {
  device.set_bar_target(index, map.connect(socket));
  if (function.dma.bars[index] != 0) device.assign_bar(index, function.dma.bars[index]);
}

ManagementFunction::Access::Kind kind_of(AutonomousAccessDevice::Kind kind) {
  using From = AutonomousAccessDevice::Kind;
  using To = ManagementFunction::Access::Kind;
  if (kind == From::write) return To::write;
  return kind == From::heartbeat ? To::heartbeat : To::read;
}

/// Empty where there is no name; that the file can be read was checked with the scenario.
std::vector<std::uint8_t> read_file(const std::string& name) {
  if (name.empty()) return {};
  std::ifstream file(name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

PciFunction* DmaFunctions::add(const PciFunctionDevice& function, const PciIdentity& identity,
                               const PciWiring& wiring, const Context& context) {
  PciEndpoint* added = nullptr;
  if (function.model == "nic") added = &add_nic(function, identity, wiring, context);
  if (function.model == "management") added = &add_management(function, identity, wiring, context);
  if (function.model == "nvme") added = &add_nvme(function, identity, wiring, context);
  if (function.model == "agent") added = &add_agent(function, identity, wiring, context);
  if (function.model == "offload") added = &add_offload(function, identity, wiring, context);
  if (added == nullptr) return nullptr;
  added->dma.socket.bind(context.bus.in);
  added->assign_bus_master(function.dma.bus_master);
  return added;
}

PciEndpoint& DmaFunctions::add_nic(const PciFunctionDevice& function, const PciIdentity& identity,
                                   const PciWiring& wiring, const Context& context) {
  Nic::Config config;
  config.mac = function.dma.mac;
  config.frame_time = context.profile.nic_frame;
  m_nics.push_back({std::make_unique<Nic>(module_name(function).c_str(), context.timebase,
                                          address_of(function), identity, config, wiring),
                    function.dma.peer});
  Nic& nic = *m_nics.back().nic;
  place_bar(nic, function, nic::register_bar, context.memory, nic.registers.socket);
  place_bar(nic, function, nic::port_bar, context.ports, nic.ports.socket);
  place_bar(nic, function, nic::msix_bar, context.memory, nic.msix.socket);
  return nic;
}

PciEndpoint& DmaFunctions::add_management(const PciFunctionDevice& function,
                                          const PciIdentity& identity, const PciWiring& wiring,
                                          const Context& context) {
  const std::uint64_t hz = context.machine.cpu.reference_hz;
  std::vector<ManagementFunction::Access> accesses;
  for (const AutonomousAccessDevice& described : function.dma.accesses) {
    ManagementFunction::Access access;
    access.kind = kind_of(described.kind);
    access.address = described.address;
    access.length = described.length;
    access.first = cycles_from_picoseconds(described.first_ps, hz);
    if (described.period_ps != 0) access.period = cycles_from_picoseconds(described.period_ps, hz);
    access.count = described.count;
    accesses.push_back(access);
  }
  m_management.push_back(
      std::make_unique<ManagementFunction>(module_name(function).c_str(), context.timebase,
                                           address_of(function), identity, accesses, wiring));
  return *m_management.back();
}

PciEndpoint& DmaFunctions::add_nvme(const PciFunctionDevice& function, const PciIdentity& identity,
                                    const PciWiring& wiring, const Context& context) {
  NvmeController::Config config;
  config.image = read_file(function.dma.image);
  config.size = function.dma.size;
  config.command_time = context.profile.nvme_command;
  config.data_id = function.dma.alias;
  m_nvme.push_back(std::make_unique<NvmeController>(module_name(function).c_str(), context.timebase,
                                                    address_of(function), identity, config,
                                                    wiring));
  NvmeController& controller = *m_nvme.back();
  controller.data.socket.bind(context.bus.in);
  place_bar(controller, function, nvme::bar, context.memory, controller.registers.socket);
  return controller;
}

PciEndpoint& DmaFunctions::add_agent(const PciFunctionDevice& function, const PciIdentity& identity,
                                     const PciWiring& wiring, const Context& context) {
  m_agents.push_back(std::make_unique<AgentFunction>(
      module_name(function).c_str(), context.timebase, address_of(function), identity, wiring));
  AgentFunction& added = *m_agents.back();
  added.set_service(&context.iommu);
  context.iommu.attach(added.address().requester_id(), added);
  place_bar(added, function, agent::register_bar, context.memory, added.registers.socket);
  place_bar(added, function, agent::msix_bar, context.memory, added.msix.socket);
  return added;
}

PciEndpoint& DmaFunctions::add_offload(const PciFunctionDevice& function,
                                       const PciIdentity& identity, const PciWiring& wiring,
                                       const Context& context) {
  OffloadEngine::Config config;
  config.instruction_time = context.profile.offload_instruction;
  m_offload.push_back(std::make_unique<OffloadEngine>(module_name(function).c_str(),
                                                      context.timebase, address_of(function),
                                                      identity, config, wiring));
  OffloadEngine& engine = *m_offload.back();
  place_bar(engine, function, offload::register_bar, context.memory, engine.registers.socket);
  place_bar(engine, function, offload::msix_bar, context.memory, engine.msix.socket);
  return engine;
}

void DmaFunctions::connect() {
  for (const NicEntry& entry : m_nics)
    if (entry.peer) entry.nic->connect(find_nic(*entry.peer));
}

Nic* DmaFunctions::find_nic(std::uint32_t requester) const {
  for (const NicEntry& entry : m_nics)
    if (entry.nic->address().requester_id() == requester) return entry.nic.get();
  return nullptr;
}

}  // namespace apicsim
