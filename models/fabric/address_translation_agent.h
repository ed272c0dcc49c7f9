#pragma once

#include <cstdint>
#include <optional>

#include "models/time/cycle.h"

/// What a device that keeps translations of its own (ATS) and asks for pages (PRI) and the
/// remapping unit say to each other besides reads and writes: PCIe 5.0 §10.3 and §10.4.
namespace apicsim {

/// Invalidate Request: translations that a device is to forget (§10.3.2).
struct DeviceTlbInvalidation {
  std::uint64_t address = 0;  ///< first byte, a multiple of the size
  unsigned size_log2 = 12;    ///< 2^n bytes, 12 to 64
  bool has_pasid = false;
  std::uint32_t pasid = 0;  ///< 20 bits, with has_pasid only
  bool global = false;      ///< with has_pasid: of every PASID
  std::uint8_t tag = 0;     ///< ITag, 0 to 31
};

/// Page Request message (§10.4.1).
struct PageRequest {
  std::uint16_t source = 0;   ///< requester id
  std::uint64_t address = 0;  ///< of a page of 4 KiB
  std::uint16_t group = 0;    ///< index of the page request group, 9 bits
  bool read = false;
  bool write = false;
  bool last = false;  ///< of its group
  bool has_pasid = false;
  std::uint32_t pasid = 0;  ///< 20 bits, with has_pasid only
  bool privileged = false;  ///< with has_pasid only
  bool execute = false;     ///< with has_pasid only
};

/// Response Code (§10.4.2.1). The others are reserved and mean a failure.
enum class PageResponse : std::uint8_t {
  success = 0,
  invalid_request = 1,
  response_failure = 15,
};

/// PRG Response message (§10.4.2).
struct PageGroupResponse {
  std::uint16_t group = 0;  ///< 9 bits
  std::uint8_t code = 0;    ///< PageResponse, or one of the reserved codes
  bool has_pasid = false;
  std::uint32_t pasid = 0;
};

/// The device's side. Called at cycle `now` of the message's arrival.
class AddressTranslationAgent {
 public:
  virtual ~AddressTranslationAgent() = default;
  /// The cycle, not before `now`, at which the device's Invalidate Completion with this tag is back
  /// at the unit. Nullopt: it never answers.
  virtual std::optional<Cycle> invalidate_device_tlb(const DeviceTlbInvalidation& what,
                                                     Cycle now) = 0;
  virtual void page_group_response(const PageGroupResponse& response, Cycle now) = 0;
};

/// The unit's side, for messages that a device sends by itself.
class AddressTranslationService {
 public:
  virtual ~AddressTranslationService() = default;
  virtual void page_request(const PageRequest& request, Cycle now) = 0;
  /// An Invalidate Completion that answers no request, or another one: ITag vector `tags`.
  virtual void stray_completion(std::uint16_t source, std::uint32_t tags, Cycle now) = 0;
};

}  // namespace apicsim
