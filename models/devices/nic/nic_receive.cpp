// Reception: packet buffer and legacy descriptors (82574 §7.1).
#include <algorithm>
#include <cstring>

#include "models/devices/nic/nic.h"
#include "models/fabric/notify_at.h"

namespace apicsim {
namespace {

constexpr std::size_t kibibyte = 1024;
constexpr std::uint32_t buffer_share = 0x3F;  // PBA.RXA, KiB

}  // namespace

unsigned Nic::buffer_size() const {
  const std::uint32_t control = m_registers.get(nic::rctl);
  const unsigned code = control >> nic::rctl_size_shift & 3;
  const unsigned size = 2048u >> code;
  // With the extension 16384, 8192, 4096; code 0 is reserved and taken as without.
  return (control & nic::rctl_size_extension) != 0 && code != 0 ? size * 16 : size;
}

void Nic::arrive(const Frame& frame, Cycle at) {
  if ((m_registers.get(nic::rctl) & nic::rctl_enable) == 0) {
    ++m_statistics.dropped;
    return;
  }
  if (!takes(frame)) return;
  const std::size_t room = (m_registers.get(nic::pba) & buffer_share) * kibibyte;
  if (m_buffered + frame.size() > room) {
    ++m_statistics.dropped;
    m_registers.count(nic::mpc);
    raise(nic::cause_receive_overrun, at);
    return;
  }
  if (available(receive_ring) == 0) m_registers.count(nic::rnbc);
  m_buffered += frame.size();
  m_arrived.push_back({at, frame});
  start_reception();
}

/// Length, check sequence and address decide, in this order.
bool Nic::takes(const Frame& frame) {
  const std::uint32_t control = m_registers.get(nic::rctl);
  const bool store_bad = (control & nic::rctl_store_bad) != 0;
  const std::size_t longest =
      (control & nic::rctl_long_packets) != 0 ? nic::longest_long_frame : nic::longest_frame;
  const bool damaged = frame.size() >= nic::shortest_frame && !has_valid_check_sequence(frame);
  m_registers.count(nic::tpr);
  m_registers.count_wide(nic::torl, frame.size());
  if (frame.size() < nic::shortest_frame) m_registers.count(nic::ruc);
  if (frame.size() > longest) m_registers.count(nic::roc);
  if (damaged) m_registers.count(nic::crcerrs);
  const bool too_short = frame.size() < nic::shortest_frame && !store_bad;
  if (too_short || frame.size() <= 6 + nic::fcs_size || frame.size() > longest ||
      (damaged && !store_bad)) {
    ++m_statistics.dropped;
    return false;
  }
  const FrameKind kind = filter_frame(m_registers, frame);
  if (kind == FrameKind::refused) {
    ++m_statistics.filtered;
    return false;
  }
  count_received(frame, kind);
  return true;
}

void Nic::count_received(const Frame& frame, FrameKind kind) {
  m_registers.count(nic::gprc);
  m_registers.count_wide(nic::gorcl, frame.size());
  if (kind == FrameKind::broadcast) m_registers.count(nic::bprc);
  if (kind == FrameKind::multicast) m_registers.count(nic::mprc);
}

void Nic::start_reception() {
  const bool enabled = (m_registers.get(nic::rctl) & nic::rctl_enable) != 0;
  if (!enabled || m_receive_halted || m_arrived.empty()) return;
  notify_at(timebase(), m_receive_event, std::max(m_arrived.front().at, m_receiver_free));
}

void Nic::receive_next() {
  const bool enabled = (m_registers.get(nic::rctl) & nic::rctl_enable) != 0;
  if (!enabled || m_receive_halted || m_arrived.empty()) return;
  Cycle at = timebase().now();
  if (!store(m_arrived.front().frame, at)) return;
  m_buffered -= m_arrived.front().frame.size();
  m_arrived.pop_front();
  m_receiver_free = at;
  start_reception();
}

/// False: descriptors have run out, or cannot be read; what was stored stays stored.
bool Nic::store(const Frame& frame, Cycle& at) {
  const bool strip = (m_registers.get(nic::rctl) & nic::rctl_strip_crc) != 0;
  const std::size_t length = frame.size() - (strip ? nic::fcs_size : 0);
  while (m_stored < length) {
    if (available(receive_ring) == 0) return false;
    if (!store_part(frame, at)) {
      m_receive_halted = true;
      ++m_statistics.halts;
      return false;
    }
  }
  m_stored = 0;
  ++m_statistics.received;
  const std::uint32_t wait = m_registers.get(nic::rdtr);
  if (wait != 0)
    delay(m_receive_delay, wait, m_registers.get(nic::radv), at);
  else
    raise(nic::cause_received | nic::cause_receive_queue, at);
  return true;
}

/// One descriptor. Without a buffer it is written back with DD alone, the rest as it was (null
/// descriptor, 82574 §7.1.4).
bool Nic::store_part(const Frame& frame, Cycle& at) {
  std::uint8_t descriptor[nic::descriptor_size];
  const std::uint64_t address = head_address(receive_ring);
  if (!masters() || !read_memory(address, descriptor, sizeof descriptor, at)) return false;
  std::uint64_t buffer = 0;
  std::memcpy(&buffer, descriptor, sizeof buffer);
  if (buffer == 0) {
    descriptor[nic::rx_status] |= nic::descriptor_done;
    ++m_statistics.null_descriptors;
  } else {
    const bool strip = (m_registers.get(nic::rctl) & nic::rctl_strip_crc) != 0;
    const std::size_t length = frame.size() - (strip ? nic::fcs_size : 0);
    const std::size_t part = std::min<std::size_t>(buffer_size(), length - m_stored);
    write_memory(buffer, frame.data() + m_stored, static_cast<unsigned>(part), at);
    m_stored += part;
    const bool last = m_stored == length;
    const bool damaged = last && !has_valid_check_sequence(frame);
    std::memset(descriptor + nic::rx_length, 0, sizeof descriptor - nic::rx_length);
    descriptor[nic::rx_length] = static_cast<std::uint8_t>(part);
    descriptor[nic::rx_length + 1] = static_cast<std::uint8_t>(part >> 8);
    descriptor[nic::rx_status] = static_cast<std::uint8_t>(
        nic::descriptor_done | (last ? nic::rx_end_of_packet | nic::rx_ignore_checksum : 0));
    descriptor[nic::rx_errors] = damaged ? nic::rx_crc_error : std::uint8_t{0};
  }
  write_memory(address, descriptor, sizeof descriptor, at);
  advance(receive_ring);
  const std::uint32_t count = m_registers.get(nic::rdlen) / nic::descriptor_size;
  const unsigned share = m_registers.get(nic::rctl) >> nic::rctl_threshold_shift & 3;
  if (available(receive_ring) == count >> (1 + share)) raise(nic::cause_receive_threshold, at);
  return true;
}

}  // namespace apicsim
