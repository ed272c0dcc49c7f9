#pragma once

#include <memory>
#include <vector>

#include "models/iommu/iommu.h"
#include "models/iommu/vtd_unit.h"
#include "sim/platform/address_spaces.h"
#include "sim/scenario/scenario.h"

namespace apicsim {

/// What a unit of the machine is like, with the costs of the profile.
VtdUnit::Config vtd_config(const VtdUnitDevice& device, const Scenario& scenario);

/// The remapping units of the machine, in the order of its description: placed in the address map,
/// and with the requesters wired to them that the description names. Throws std::invalid_argument
/// where a unit's capabilities place its registers on top of each other.
std::vector<std::unique_ptr<VtdUnit>> make_vtd_units(const Scenario& scenario,
                                                     const Timebase& timebase, AddressSpaces spaces,
                                                     Iommu& iommu, InterruptSink& interrupts);

}  // namespace apicsim
