#include <algorithm>

#include "models/apic/local_apic.h"

namespace apicsim {

using namespace lapic;

namespace {

/// SDM Vol. 3 §11.12.9 (x2APIC) and §11.6.2.1 (xAPIC): all destination bits set.
constexpr std::uint32_t broadcast_destination(bool wide) { return wide ? 0xFFFFFFFF : 0xFF; }

/// §11.6.2.1: the Pentium and P6 family have 4-bit ids.
constexpr std::uint32_t p6_id_mask = 0xF;

bool carries_vector(DeliveryMode mode) {
  return mode == DeliveryMode::fixed || mode == DeliveryMode::lowest_priority;
}

/// §11.6.1: ExtINT does not exist as an IPI, remote read only before the Pentium 4, and the 82489DX
/// has no start-up IPI. Nothing is sent.
bool is_reserved(DeliveryMode mode, ApicGeneration generation) {
  switch (mode) {
    case DeliveryMode::ext_int:
      return true;
    case DeliveryMode::remote_read:
      return generation == ApicGeneration::xapic;
    case DeliveryMode::start_up:
      return generation == ApicGeneration::i82489dx;
    default:
      return false;
  }
}

/// Has the entry in Table 11-4 that asks for the level to be asserted: without it nothing is sent.
bool needs_assertion(DeliveryMode mode) {
  return mode == DeliveryMode::fixed || mode == DeliveryMode::lowest_priority ||
         mode == DeliveryMode::nmi;
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
  // An 82489DX has logical destinations of 32 bits.
  message.wide_destination =
      x2apic_mode() || (m_config.generation == ApicGeneration::i82489dx &&
                        message.destination_mode == DestinationMode::logical);
  message.destination = message.wide_destination ? high : high >> 24;
  message.sender = m_config.cpu;
  return message;
}

void LocalApic::write_icr(Cycle now) {
  InterruptMessage message = decode_icr();
  if (is_reserved(message.delivery_mode, m_config.generation)) return;
  const bool deassert = message.level_triggered && !message.assert_level;
  if (message.delivery_mode == DeliveryMode::lowest_priority && !m_config.lowest_priority_ipi)
    return error(esr::redirectable_ipi, now);
  if (message.delivery_mode == DeliveryMode::init) {
    // §11.6.1: the level de-assert synchronises the arbitration ids of a serial bus, nothing else.
    if (deassert && !m_config.serial_bus) return;
  } else {
    // §11.6.1, Tables 11-3 and 11-4: all other IPIs are edge triggered and asserted; before the
    // Pentium 4 they are ignored where the level is written as not asserted.
    if (deassert && before_xapic() && needs_assertion(message.delivery_mode)) return;
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
  if (m_off_bus) return;
  if (m_config.serial_bus) {
    ++m_unsent;
    if (message.delivery_mode == DeliveryMode::remote_read)
      stored(reg::icr) = (stored(reg::icr) & ~icr::remote_read) | icr::remote_read_in_progress;
    return m_fabric.send(message, now);
  }
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
  if (!enabled() || m_off_bus) return false;
  if (message.destination == broadcast_destination(message.wide_destination)) return true;
  if (message.destination_mode == DestinationMode::logical) return matches_logical(message);
  if (m_config.generation == ApicGeneration::p6) {
    const std::uint32_t destination = message.destination & p6_id_mask;
    return destination == p6_id_mask || destination == stored(reg::id) >> 24;
  }
  return message.destination == (x2apic_mode() ? m_config.apic_id : stored(reg::id) >> 24);
}

bool LocalApic::matches_logical(const InterruptMessage& message) const {
  const std::uint32_t destination = message.destination;
  if (x2apic_mode()) {
    // §11.12.10.1. An 8-bit destination only reaches the first eight ids of cluster 0.
    const std::uint32_t logical_id = logical_x2apic_id();
    return destination >> 16 == logical_id >> 16 && (destination & logical_id & 0xFFFF) != 0;
  }
  const std::uint32_t model = stored(reg::dfr) >> 28;
  if (m_config.generation == ApicGeneration::i82489dx) {
    // Shorter destinations are compared with the upper byte, as integrated APICs have it.
    const std::uint32_t wide = message.wide_destination ? destination : destination << 24;
    return model == 0xF && (wide & stored(reg::ldr)) != 0;
  }
  if (destination > 0xFF) return false;
  // §11.6.2.2: the model is all ones for flat, zero for cluster; the others are reserved.
  const std::uint32_t logical_id = stored(reg::ldr) >> 24;
  if (model == 0xF) return (destination & logical_id) != 0;
  if (model != 0) return false;
  return destination >> 4 == logical_id >> 4 && (destination & logical_id & 0xF) != 0;
}

// §11.6.2.4: before the Pentium 4 the APICs arbitrate with APR. Since then the chip set knows the
// class of TPR; a software-disabled APIC takes part last.
std::uint8_t LocalApic::arbitration_priority() const {
  if (before_xapic()) return static_cast<std::uint8_t>(apr());
  return software_enabled() ? cr8() : 0xFF;
}

}  // namespace apicsim
