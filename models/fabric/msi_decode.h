#pragma once

#include <cstdint>
#include <optional>

#include "models/fabric/interrupt_message.h"

namespace apicsim {

/// The interrupt that a write of `data` to `address` in 0xFEE00000..0xFEEFFFFF stands for, in
/// compatibility format (SDM Vol. 3 §11.11). Nullopt for the reserved delivery modes 3 and 6.
///
/// A redirection hint on a fixed interrupt asks for one of the destinations: it comes back as
/// lowest priority. Only the low 20 bits of `address` are looked at.
std::optional<InterruptMessage> decode_msi(std::uint64_t address, std::uint32_t data);

}  // namespace apicsim
