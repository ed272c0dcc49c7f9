#include "models/fabric/msi_decode.h"

#include "models/fabric/spec/msi.h"

namespace apicsim {

std::optional<InterruptMessage> decode_msi(std::uint64_t address, std::uint32_t data) {
  const std::uint32_t mode = data >> msi::delivery_mode_shift & 7;
  if (mode == 3 || mode == static_cast<std::uint32_t>(DeliveryMode::start_up)) return std::nullopt;

  InterruptMessage message;
  message.source = InterruptMessage::Source::msi;
  message.vector = static_cast<std::uint8_t>(data & msi::vector);
  message.delivery_mode = static_cast<DeliveryMode>(mode);
  message.destination_mode =
      (address & msi::logical) != 0 ? DestinationMode::logical : DestinationMode::physical;
  message.destination = static_cast<std::uint32_t>(address >> msi::destination_shift & 0xFF);
  message.level_triggered = (data & msi::level_triggered) != 0;
  message.assert_level = (data & msi::assert_level) != 0;
  if ((address & msi::redirection_hint) != 0 && message.delivery_mode == DeliveryMode::fixed)
    message.delivery_mode = DeliveryMode::lowest_priority;
  return message;
}

}  // namespace apicsim
