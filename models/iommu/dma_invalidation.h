#pragma once

#include <cstdint>

namespace apicsim {

/// Of the context cache (§6.5.1.1, §6.5.2.1). The values of `granularity` are those of the field.
struct ContextInvalidation {
  enum class Granularity : std::uint8_t { global = 1, domain = 2, device = 3 };
  Granularity granularity = Granularity::global;
  std::uint16_t domain = 0;
  std::uint16_t source = 0;
  std::uint8_t function_mask = 0;  ///< FM: 1, 2, 3 ignore the upper 1, 2, 3 bits of the function
};

/// Of the PASID cache (§6.5.2.2).
struct PasidInvalidation {
  enum class Granularity : std::uint8_t { domain = 0, pasid = 1, global = 3 };
  Granularity granularity = Granularity::global;
  std::uint16_t domain = 0;
  std::uint32_t pasid = 0;
};

/// Of the IOTLB and the paging-structure caches for what was translated without or with a PASID by
/// any table (§6.5.1.2, §6.5.2.3).
struct IotlbInvalidation {
  enum class Granularity : std::uint8_t { global = 1, domain = 2, page = 3 };
  Granularity granularity = Granularity::global;
  std::uint16_t domain = 0;
  std::uint64_t address = 0;
  std::uint8_t address_mask = 0;  ///< AM: 2^AM pages of 4 KiB, aligned
  bool leaves_only = false;       ///< IH: paging-structure caches may keep what they have
};

/// The same by PASID (§6.5.2.4).
struct PasidIotlbInvalidation {
  enum class Granularity : std::uint8_t { pasid = 2, page = 3 };
  Granularity granularity = Granularity::pasid;
  std::uint16_t domain = 0;
  std::uint32_t pasid = 0;
  std::uint64_t address = 0;
  std::uint8_t address_mask = 0;
  bool leaves_only = false;
};

}  // namespace apicsim
