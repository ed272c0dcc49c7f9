#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "models/fabric/interrupt_message.h"
#include "models/iommu/spec/interrupt_remapping.h"

namespace apicsim {

/// The write of four bytes by which a device asks for an interrupt.
struct InterruptRequest {
  std::uint64_t address = 0;
  std::uint32_t data = 0;
  std::uint16_t source = 0;  ///< requester id: bus << 8 | device << 3 | function
};

/// Why a request is blocked. `silent`: its table entry asks that nothing be recorded (FPD).
struct InterruptBlock {
  vtd::InterruptFault reason = vtd::InterruptFault::reserved_in_request;
  std::uint16_t index = 0;
  bool silent = false;
};

/// An entry of the interrupt-remapping table as it lies in memory.
struct InterruptTableEntry {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

/// What the unit's registers say about requests.
struct RemappingRules {
  bool compatibility_allowed = false;  ///< GSTS.CFIS
  bool extended = false;               ///< IRTA.EIME: 32-bit APIC ids; blocks compatibility format
  std::uint32_t entries = 0;           ///< of the table
  bool posted = false;                 ///< CAP.PI: entries may name posted-interrupt descriptors
  bool verified = true;                ///< the source is held against SID, SQ and SVT
};

/// An entry in posted format: the request sets a bit of a descriptor in memory (§5.2.3).
struct PostedInterrupt {
  std::uint64_t descriptor = 0;  ///< address, a multiple of 64
  std::uint8_t vector = 0;       ///< the bit
  bool urgent = false;           ///< notifies even while notifications are suppressed
  std::uint16_t index = 0;       ///< of the entry, for faults
  bool silent = false;           ///< FPD of the entry
};

/// Bits of the posted-interrupt descriptor from the quadword after the requests on, and what
/// becomes of them when an interrupt is posted.
struct PostedControl {
  std::uint64_t control = 0;
  std::optional<InterruptMessage> notification;
};

/// Passed on as it is: compatibility format where that is allowed.
struct UnremappedRequest {};

using RequestedEntry = std::variant<UnremappedRequest, std::uint16_t, InterruptBlock>;
using RemappedInterrupt = std::variant<InterruptMessage, PostedInterrupt, InterruptBlock>;

/// Which entry of the table a request names, §5.1.3.
RequestedEntry requested_entry(const InterruptRequest& request, const RemappingRules& rules);

/// The entry is present and without reserved bits: a unit may remember it (§6.2.4).
bool is_usable(const InterruptTableEntry& entry, const RemappingRules& rules);

/// The interrupt that entry `index` makes of a request by `source`, §5.1.4, §9.10 and §9.11.
/// Without posted interrupts an entry that asks for one has a reserved bit set.
RemappedInterrupt remap(const InterruptTableEntry& entry, std::uint16_t index, std::uint16_t source,
                        const RemappingRules& rules);

/// The control quadword of a descriptor to which `interrupt` is posted, and the notification that
/// goes out (§5.2.3). Nullopt: a reserved bit is set.
std::optional<PostedControl> post(const PostedInterrupt& interrupt, std::uint64_t control,
                                  const RemappingRules& rules);

}  // namespace apicsim
