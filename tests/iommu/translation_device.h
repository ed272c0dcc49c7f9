#pragma once

#include <optional>
#include <vector>

#include "models/fabric/address_translation_agent.h"
#include "tests/iommu/vtd_bench.h"

namespace apicsim::testing {

/// A device that keeps translations: notes what it is told, and answers after `answer` cycles or
/// never.
struct TranslationDevice final : AddressTranslationAgent {
  struct Told {
    DeviceTlbInvalidation what;
    Cycle at;
  };
  std::optional<Cycle> answer;
  std::vector<Told> told;
  std::vector<PageGroupResponse> responses;

  std::optional<Cycle> invalidate_device_tlb(const DeviceTlbInvalidation& what,
                                             Cycle now) override {
    told.push_back({what, now});
    if (!answer) return std::nullopt;
    return now + *answer;
  }
  void page_group_response(const PageGroupResponse& response, Cycle) override {
    responses.push_back(response);
  }
};

/// A unit with everything that the model knows but what it does not model.
inline VtdUnit::Config newest() {
  VtdUnit::Config config;
  for (const auto& field : vtd::capability_fields()) field.put(config.capability, field.max());
  for (const auto& field : vtd::extended_capability_fields())
    field.put(config.extended, field.max());
  config.capability.advanced_fault_log = false;
  config.capability.caching_mode = false;
  config.capability.fault_records = 0;
  config.capability.fault_offset = 0x40;
  config.capability.guest_width = 47;
  config.capability.page_walks = 4;
  config.capability.domains = 6;
  config.capability.address_mask = 18;
  config.extended.iotlb_offset = 0x50;
  config.extended.pasid_size = 19;
  return config;
}

}  // namespace apicsim::testing
