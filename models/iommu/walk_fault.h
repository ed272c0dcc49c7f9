#pragma once

#include "models/iommu/second_level_walk.h"
#include "models/iommu/spec/dma_faults.h"
#include "models/iommu/translation_context.h"

namespace apicsim {

/// The fault reasons that walks end with (VT-d §7.1.3).
vtd::DmaFaultReason second_level_fault(const WalkFailure& failure, bool scalable, bool write);
vtd::DmaFaultReason first_level_fault(const WalkFailure& failure, bool write);

/// A page was found; whether its rights allow the access. None if so.
vtd::DmaFaultReason rights_fault(const TranslationContext& context, const PageRights& rights,
                                 const PageAccess& access);

}  // namespace apicsim
