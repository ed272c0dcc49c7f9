#include "models/devices/nic/nic_filter.h"

#include <algorithm>

#include "models/devices/crc32.h"

namespace apicsim {
namespace {

constexpr std::size_t address_size = 6;
constexpr unsigned exact_addresses = 16;
constexpr std::uint32_t address_valid = 1u << 31;  // RAH.AV §10.2.5.20

bool is_multicast(const Frame& frame) { return (frame[0] & 1) != 0; }

bool is_broadcast(const Frame& frame) {
  return std::all_of(frame.begin(), frame.begin() + address_size,
                     [](std::uint8_t byte) { return byte == 0xFF; });
}

bool has_exact_address(const NicRegisterFile& registers, const Frame& frame) {
  const std::uint32_t low =
      frame[0] | frame[1] << 8 | frame[2] << 16 | static_cast<std::uint32_t>(frame[3]) << 24;
  const std::uint32_t high = frame[4] | frame[5] << 8;
  for (unsigned i = 0; i < exact_addresses; ++i) {
    const std::uint32_t upper = registers.get(nic::ral + 8 * i + 4);
    if ((upper & address_valid) != 0 && (upper & 0xFFFF) == high &&
        registers.get(nic::ral + 8 * i) == low)
      return true;
  }
  return false;
}

/// Twelve of the last sixteen bits of the address, chosen by RCTL.MO, are a bit of the table.
bool has_hashed_address(const NicRegisterFile& registers, const Frame& frame) {
  static constexpr unsigned shifts[] = {4, 3, 2, 0};
  const unsigned offset = registers.get(nic::rctl) >> nic::rctl_multicast_shift & 3;
  const unsigned tail = frame[4] | frame[5] << 8;
  const unsigned hash = tail >> shifts[offset] & 0xFFF;
  return (registers.get(nic::mta + 4 * (hash >> 5)) >> (hash & 31) & 1) != 0;
}

}  // namespace

FrameKind filter_frame(const NicRegisterFile& registers, const Frame& frame) {
  const std::uint32_t control = registers.get(nic::rctl);
  if (is_broadcast(frame)) {
    const std::uint32_t takes =
        nic::rctl_broadcast | nic::rctl_multicast_all | nic::rctl_unicast_all;
    return (control & takes) != 0 ? FrameKind::broadcast : FrameKind::refused;
  }
  const bool multicast = is_multicast(frame);
  const std::uint32_t all = multicast ? nic::rctl_multicast_all : nic::rctl_unicast_all;
  const bool taken = (control & all) != 0 || has_exact_address(registers, frame) ||
                     (multicast && has_hashed_address(registers, frame));
  if (!taken) return FrameKind::refused;
  return multicast ? FrameKind::multicast : FrameKind::unicast;
}

bool has_valid_check_sequence(const Frame& frame) {
  const std::size_t length = frame.size() - nic::fcs_size;
  const std::uint32_t sequence = crc32(frame.data(), length);
  for (unsigned i = 0; i < nic::fcs_size; ++i)
    if (frame[length + i] != static_cast<std::uint8_t>(sequence >> (8 * i))) return false;
  return true;
}

void append_check_sequence(Frame& frame, bool pad) {
  constexpr std::size_t shortest = nic::shortest_frame - nic::fcs_size;
  if (pad && frame.size() < shortest) frame.resize(shortest);
  const std::uint32_t sequence = crc32(frame.data(), frame.size());
  for (unsigned i = 0; i < nic::fcs_size; ++i)
    frame.push_back(static_cast<std::uint8_t>(sequence >> (8 * i)));
}

}  // namespace apicsim
