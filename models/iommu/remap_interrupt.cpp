#include "models/iommu/remap_interrupt.h"

namespace apicsim {
namespace {

using vtd::InterruptFault;
namespace irte = vtd::irte;

/// SQ: bits of the function number that need not match (§9.10).
std::uint16_t compared_bits(unsigned qualifier) {
  constexpr std::uint16_t masks[] = {0xFFFF, 0xFFFB, 0xFFF9, 0xFFF8};
  return masks[qualifier & 3];
}

bool is_delivery_mode(unsigned mode) { return mode != 3 && mode != 6; }

bool is_posted(const InterruptTableEntry& entry, const RemappingRules& rules) {
  return rules.posted && (entry.low & irte::posted) != 0;
}

bool has_reserved(const InterruptTableEntry& entry, const RemappingRules& rules) {
  if ((entry.high >> irte::validation_shift & 3) > irte::verify_bus) return true;
  if (is_posted(entry, rules))
    return (entry.low & irte::posted_reserved) != 0 ||
           (entry.high & irte::posted_reserved_high) != 0;
  std::uint64_t reserved = irte::reserved | irte::posted;
  if (!rules.extended) reserved |= irte::destination_reserved;
  if ((entry.low & reserved) != 0 || (entry.high & irte::reserved_high) != 0) return true;
  return !is_delivery_mode(entry.low >> irte::delivery_shift & 7);
}

bool source_accepted(const InterruptTableEntry& entry, std::uint16_t source) {
  const auto wanted = static_cast<std::uint16_t>(entry.high & irte::source_mask);
  switch (entry.high >> irte::validation_shift & 3) {
    case irte::verify_nothing:
      return true;
    case irte::verify_source: {
      const std::uint16_t mask = compared_bits(entry.high >> irte::qualifier_shift & 3);
      return (source & mask) == (wanted & mask);
    }
    default: {
      // The source-id field holds the first and the last bus.
      const unsigned bus = source >> 8;
      return bus >= wanted >> 8 && bus <= (wanted & 0xFFu);
    }
  }
}

InterruptMessage message_of(const InterruptTableEntry& entry, const RemappingRules& rules) {
  InterruptMessage message;
  message.source = InterruptMessage::Source::msi;
  message.vector = static_cast<std::uint8_t>(entry.low >> irte::vector_shift);
  message.delivery_mode = static_cast<DeliveryMode>(entry.low >> irte::delivery_shift & 7);
  message.destination_mode =
      (entry.low & irte::logical) != 0 ? DestinationMode::logical : DestinationMode::physical;
  message.level_triggered = (entry.low & irte::level) != 0;
  message.wide_destination = rules.extended;
  message.destination = rules.extended
                            ? static_cast<std::uint32_t>(entry.low >> irte::destination_shift)
                            : entry.low >> irte::destination8_shift & 0xFF;
  // As in messages that are not remapped (SDM Vol. 3 §11.11.1): one of the destinations.
  if ((entry.low & irte::redirection_hint) != 0 && message.delivery_mode == DeliveryMode::fixed)
    message.delivery_mode = DeliveryMode::lowest_priority;
  return message;
}

PostedInterrupt posted_of(const InterruptTableEntry& entry, std::uint16_t index) {
  PostedInterrupt interrupt;
  interrupt.descriptor =
      (entry.high & irte::descriptor_high) | (entry.low & irte::descriptor_low) >> 32;
  interrupt.vector = static_cast<std::uint8_t>(entry.low >> irte::vector_shift);
  interrupt.urgent = (entry.low & irte::urgent) != 0;
  interrupt.index = index;
  interrupt.silent = (entry.low & irte::fault_disable) != 0;
  return interrupt;
}

InterruptMessage notification_of(std::uint64_t control, const RemappingRules& rules) {
  namespace layout = vtd::posted_descriptor;
  InterruptMessage message;
  message.source = InterruptMessage::Source::msi;
  message.vector = static_cast<std::uint8_t>(control >> layout::vector_shift);
  message.wide_destination = rules.extended;
  message.destination = rules.extended
                            ? static_cast<std::uint32_t>(control >> layout::destination_shift)
                            : control >> layout::destination8_shift & 0xFF;
  return message;
}

}  // namespace

RequestedEntry requested_entry(const InterruptRequest& request, const RemappingRules& rules) {
  if ((request.address & vtd::request::remappable) == 0) {
    if (rules.compatibility_allowed && !rules.extended) return UnremappedRequest{};
    return InterruptBlock{InterruptFault::compatibility_blocked, 0, false};
  }
  std::uint32_t index =
      request.address >> vtd::request::handle_shift & vtd::request::handle_low_mask;
  if ((request.address & vtd::request::handle_high) != 0) index |= 0x8000;
  const auto handle = static_cast<std::uint16_t>(index);
  if ((request.address & vtd::request::subhandle_valid) != 0) {
    if ((request.data & vtd::request::data_reserved) != 0)
      return InterruptBlock{InterruptFault::reserved_in_request, handle, false};
    index += request.data & vtd::request::subhandle_mask;
  }
  if (index >= rules.entries)
    return InterruptBlock{InterruptFault::index_beyond_table, static_cast<std::uint16_t>(index),
                          false};
  return static_cast<std::uint16_t>(index);
}

bool is_usable(const InterruptTableEntry& entry, const RemappingRules& rules) {
  return (entry.low & irte::present) != 0 && !has_reserved(entry, rules);
}

RemappedInterrupt remap(const InterruptTableEntry& entry, std::uint16_t index, std::uint16_t source,
                        const RemappingRules& rules) {
  const bool silent = (entry.low & irte::fault_disable) != 0;
  if ((entry.low & irte::present) == 0)
    return InterruptBlock{InterruptFault::entry_not_present, index, silent};
  if (has_reserved(entry, rules))
    return InterruptBlock{InterruptFault::reserved_in_entry, index, silent};
  if (rules.verified && !source_accepted(entry, source))
    return InterruptBlock{InterruptFault::source_rejected, index, silent};
  if (is_posted(entry, rules)) return posted_of(entry, index);
  return message_of(entry, rules);
}

std::optional<PostedControl> post(const PostedInterrupt& interrupt, std::uint64_t control,
                                  const RemappingRules& rules) {
  namespace layout = vtd::posted_descriptor;
  if ((control & layout::reserved) != 0) return std::nullopt;
  PostedControl result{control, std::nullopt};
  const bool notifies = (control & layout::outstanding) == 0 &&
                        (interrupt.urgent || (control & layout::suppress) == 0);
  if (!notifies) return result;
  result.control |= layout::outstanding;
  result.notification = notification_of(control, rules);
  return result;
}

}  // namespace apicsim
