#pragma once

#include <cstdint>
#include <variant>

#include "models/fabric/initiator.h"
#include "models/iommu/spec/dma_faults.h"

namespace apicsim {

/// Where a request goes.
struct DmaTranslation {
  std::uint64_t address = 0;
  std::uint64_t length = 0;  ///< bytes from `address` on for which it holds: to the page's end
  unsigned page_shift = 12;  ///< of the page that holds it: 12, 21, 30
  bool read = true;
  bool write = true;
  bool execute = false;            ///< answers of translation requests
  bool global = false;             ///< the same: page global, of the first level
  bool privileged = false;         ///< the same: for privileged requests
  bool snoop = false;              ///< SNP: caches are asked even if the request says no-snoop
  bool untranslated_only = false;  ///< U of translation requests: not to be used as translated
};

/// Why a request is blocked.
struct DmaFault {
  vtd::DmaFaultReason reason = vtd::DmaFaultReason::none;
  std::uint64_t page = 0;  ///< address of the request, 4 KiB aligned
  std::uint16_t source = 0;
  bool write = false;
  RequestTag tag;  ///< address type, PASID, privilege, execute of the request
  /// Written to the fault log. False: FPD is set, a protected memory region, or the answer of a
  /// translation request tells the device.
  bool recorded = true;
  /// Answer of a translation request (§4.1.2, §7.1.3): a translation without any rights, by which
  /// the device learns that it may ask for the page. Other faults of such requests are answered by
  /// Unsupported Request or Completer Abort.
  bool recoverable = false;
  bool completer_abort = false;
};

using DmaResult = std::variant<DmaTranslation, DmaFault>;

}  // namespace apicsim
