#include "sim/platform/vtd_units.h"

#include <fmt/format.h>

namespace apicsim {

namespace {

/// Requesters that a unit's description names come before the buses of all units.
void wire_units(const BoardDevices& board, const std::vector<std::unique_ptr<VtdUnit>>& units,
                Iommu& iommu) {
  for (std::size_t i = 0; i < units.size(); ++i)
    for (const RequesterRange& range : board.vtd_units[i].devices)
      iommu.wire(*units[i], range.first, range.last);
  for (std::size_t i = 0; i < units.size(); ++i) {
    const VtdUnitDevice& device = board.vtd_units[i];
    if (device.buses)
      iommu.add(*units[i], static_cast<std::uint8_t>(device.first_bus),
                static_cast<std::uint8_t>(device.last_bus));
  }
}

}  // namespace

VtdUnit::Config vtd_config(const VtdUnitDevice& device, const Scenario& scenario) {
  const TimingProfile& profile = scenario.profile;
  VtdUnit::Config config;
  config.version = static_cast<std::uint8_t>(device.version);
  config.capability = vtd::Capability::decode(device.cap);
  config.extended = vtd::ExtendedCapability::decode(device.ecap);
  config.always_snoops = device.snoops;
  config.host_address_width = device.host_address_width;
  config.report_unmodelled = scenario.unmodelled == UnmodelledMode::report;
  config.requester_id = device.requester_id;
  config.cached_entries = device.interrupt_entries;
  config.context_entries = device.context_entries;
  config.pasid_entries = device.pasid_entries;
  config.iotlb_entries = device.iotlb_entries;
  config.table_entries = device.table_entries;
  config.remap_hit = profile.interrupt_remap_hit;
  config.remap_miss = profile.interrupt_remap_miss;
  config.lookup = profile.dma_remap_lookup;
  config.structure_read = profile.dma_remap_read;
  config.invalidation = profile.queued_invalidation;
  config.command = profile.vtd_command;
  config.register_invalidation = profile.vtd_invalidation;
  config.device_time_out = profile.device_tlb_time_out;
  if (!device.verify_io_apics)
    for (const IoApicDevice& io_apic : scenario.machine.devices.io_apics)
      config.unverified_sources.push_back(static_cast<std::uint16_t>(io_apic.requester_id));
  return config;
}

std::vector<std::unique_ptr<VtdUnit>> make_vtd_units(const Scenario& scenario,
                                                     const Timebase& timebase, AddressSpaces spaces,
                                                     Iommu& iommu, InterruptSink& interrupts) {
  std::vector<std::unique_ptr<VtdUnit>> units;
  for (const VtdUnitDevice& device : scenario.machine.devices.vtd_units) {
    const std::string name = fmt::format("vtd{}", units.size());
    units.push_back(std::make_unique<VtdUnit>(name.c_str(), timebase, vtd_config(device, scenario),
                                              interrupts));
    units.back()->dma.socket.bind(spaces.memory.in);
    AddressSpaces::place(spaces.memory, units.back()->socket, device.address, units.back()->size(),
                         name);
  }
  wire_units(scenario.machine.devices, units, iommu);
  return units;
}

}  // namespace apicsim
