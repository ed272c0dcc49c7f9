#pragma once

#include <cstdint>
#include <vector>

#include "models/devices/nic/nic_register_file.h"

namespace apicsim {

/// A frame on the wire: destination address first, frame check sequence last.
using Frame = std::vector<std::uint8_t>;

/// What the receive filter thinks of a frame (82574 §7.1.1).
enum class FrameKind : std::uint8_t { refused, unicast, multicast, broadcast };

/// The address filter: promiscuous modes, sixteen exact addresses, multicast hash, broadcasts.
FrameKind filter_frame(const NicRegisterFile& registers, const Frame& frame);

/// Is its check sequence right?
bool has_valid_check_sequence(const Frame& frame);

/// Adds the check sequence; `pad`: to the shortest length first.
void append_check_sequence(Frame& frame, bool pad);

}  // namespace apicsim
