#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "models/fabric/address_translation_agent.h"
#include "models/iommu/dma_invalidation.h"
#include "models/iommu/spec/capabilities.h"
#include "models/iommu/spec/faults.h"

namespace apicsim {

/// The quadwords of a descriptor; the third and fourth are zero in one of 128 bits.
using DescriptorWords = std::array<std::uint64_t, 4>;

/// Of the interrupt entry cache (§6.5.2.7).
struct InterruptEntryInvalidation {
  bool all = true;
  std::uint16_t index = 0;
  unsigned mask = 0;  ///< 2^mask entries, aligned
};

/// Of a device's TLB (§6.5.2.5, §6.5.2.6). The tag is the queue's to choose.
struct DeviceInvalidation {
  std::uint16_t source = 0;
  unsigned most_pending = 32;  ///< MIP: requests that the device takes before it answers one
  DeviceTlbInvalidation what;
};

/// §6.5.2.8. Fence and page request drain ask for an order that the queue keeps anyway.
struct InvalidationWait {
  bool interrupt = false;
  bool write_status = false;
  std::uint32_t status = 0;
  std::uint64_t address = 0;
};

/// §7.7.1.
struct DevicePageResponse {
  std::uint16_t source = 0;
  PageGroupResponse response;
};

using Descriptor = std::variant<vtd::QueueError, ContextInvalidation, IotlbInvalidation,
                                DeviceInvalidation, InterruptEntryInvalidation, InvalidationWait,
                                PasidIotlbInvalidation, PasidInvalidation, DevicePageResponse>;

/// What the unit's capabilities and IQA say about descriptors.
struct DescriptorRules {
  vtd::Capability capability;
  vtd::ExtendedCapability extended;
  bool wide = false;  ///< IQA.DW
};

/// A descriptor, or what is wrong with it: a type that the unit does not know, or a reserved bit or
/// value.
Descriptor decode_descriptor(const DescriptorWords& words, const DescriptorRules& rules);

/// A page-selective invalidation as the unit carries it out: for the whole domain where CAP.PSI is
/// clear (§6.5.1.2). False: AM is more than CAP.MAMV.
bool adapt_to_unit(IotlbInvalidation& what, const vtd::Capability& capability);

/// Bits of a domain id that the unit has (CAP.ND).
std::uint16_t domain_bits(const vtd::Capability& capability);

}  // namespace apicsim
