#include "sim/platform/dma_functions.h"

#include <fmt/format.h>

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

}  // namespace

PciFunction* DmaFunctions::add(const PciFunctionDevice& function, const PciIdentity& identity,
                               const PciWiring& wiring, const Context& context) {
  PciEndpoint* added = nullptr;
  if (function.model == "nic") added = &add_nic(function, identity, wiring, context);
  if (function.model == "management") added = &add_management(function, identity, wiring, context);
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
