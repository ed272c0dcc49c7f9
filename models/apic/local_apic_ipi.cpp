#include <algorithm>

#include "models/apic/local_apic.h"

namespace apicsim {

using namespace lapic;

namespace {

/// SDM Vol. 3 §11.12.9 (x2APIC) and §11.6.2.1 (xAPIC): all destination bits set.
constexpr std::uint32_t broadcast_destination(bool wide) { return wide ? 0xFFFFFFFF : 0xFF; }

bool carries_vector(DeliveryMode mode) {
  return mode == DeliveryMode::fixed || mode == DeliveryMode::lowest_priority;
}

/// §11.6.1: codes 3 and 7 (ExtINT does not exist as an IPI) are reserved; nothing is sent.
bool is_reserved(DeliveryMode mode) {
  return static_cast<unsigned>(mode) == 3 || mode == DeliveryMode::ext_int;
}

}  // namespace

InterruptMessage LocalApic::decode_icr() const {
  const std::uint32_t low = stored(reg::icr);
  const std::uint32_t high = stored(reg::icr_high);
  InterruptMessage message;
  message.source = InterruptMessage::Source::ipi;
  message.vector = static_cast<std::uint8_t>(low & icr::vector);
  message.delivery_mode = static_cast<DeliveryMode>(low >> icr::delivery_mode_shift & 7);
  message.destination_mode =
      (low & icr::logical) != 0 ? DestinationMode::logical : DestinationMode::physical;
  message.shorthand = static_cast<DestinationShorthand>(low >> icr::shorthand_shift & 3);
  message.level_triggered = (low & icr::level_triggered) != 0;
  message.assert_level = (low & icr::assert_level) != 0;
  message.wide_destination = x2apic_mode();
  message.destination = x2apic_mode() ? high : high >> 24;
  message.sender = m_config.cpu;
  return message;
}

void LocalApic::write_icr(Cycle now) {
  InterruptMessage message = decode_icr();
  if (is_reserved(message.delivery_mode)) return;
  if (message.delivery_mode == DeliveryMode::lowest_priority && !m_config.lowest_priority_ipi)
    return error(esr::redirectable_ipi, now);
  if (message.delivery_mode == DeliveryMode::init) {
    // The level de-assert only synchronised arbitration ids; integrated APICs have none (§11.6.1).
    if (message.level_triggered && !message.assert_level) return;
  } else {
    // §11.6.1, Table 11-3: all other IPIs are edge triggered and asserted whatever is written.
    message.level_triggered = false;
    message.assert_level = true;
  }
  send_ipi(message, now);
}

void LocalApic::send_ipi(const InterruptMessage& message, Cycle now) {
  const bool to_self = message.shorthand == DestinationShorthand::self;
  if (to_self && carries_vector(message.delivery_mode)) return send_self_ipi(message.vector, now);
  if (carries_vector(message.delivery_mode) && message.vector < first_legal_vector)
    return error(esr::send_illegal_vector, now);
  // §11.6.1: one IPI at a time; the next one leaves when the one before it has.
  const Cycle start = std::max(now, m_send_end);
  m_send_end = start + m_config.send_time;
  m_fabric.send(message, start);
}

// §11.12.11: the interrupt is in IRR before the WRMSR completes, so it does not travel.
void LocalApic::send_self_ipi(std::uint8_t vector, Cycle now) {
  if (vector < first_legal_vector) error(esr::send_illegal_vector, now);
  ++m_counters.local;
  accept_fixed(vector, false, now);
}

bool LocalApic::matches(const InterruptMessage& message) const {
  if (!enabled()) return false;
  const std::uint32_t destination = message.destination;
  if (destination == broadcast_destination(message.wide_destination)) return true;

  if (message.destination_mode == DestinationMode::physical)
    return destination == (x2apic_mode() ? m_config.apic_id : stored(reg::id) >> 24);

  if (x2apic_mode()) {
    // §11.12.10.1. An 8-bit destination only reaches the first eight ids of cluster 0.
    const std::uint32_t logical_id = logical_x2apic_id();
    return destination >> 16 == logical_id >> 16 && (destination & logical_id & 0xFFFF) != 0;
  }
  if (destination > 0xFF) return false;
  // §11.6.2.2: the model is all ones for flat, zero for cluster; the others are reserved.
  const std::uint32_t logical_id = stored(reg::ldr) >> 24;
  switch (stored(reg::dfr) >> 28) {
    case 0xF:
      return (destination & logical_id) != 0;
    case 0x0:
      return destination >> 4 == logical_id >> 4 && (destination & logical_id & 0xF) != 0;
    default:
      return false;
  }
}

// §11.6.2.4: the chip set knows the class of TPR. A software-disabled APIC takes part last.
std::uint8_t LocalApic::arbitration_priority() const { return software_enabled() ? cr8() : 0xFF; }

}  // namespace apicsim
