// Transmission: legacy descriptors (82574 §7.2).
#include <cstring>

#include "models/devices/nic/nic.h"
#include "models/fabric/notify_at.h"

namespace apicsim {
namespace {

std::uint64_t buffer_of(const std::uint8_t* descriptor) {
  std::uint64_t address = 0;
  std::memcpy(&address, descriptor, sizeof address);
  return address;
}

unsigned length_of(const std::uint8_t* descriptor) {
  return static_cast<unsigned>(descriptor[nic::tx_length] | descriptor[nic::tx_length + 1] << 8);
}

}  // namespace

void Nic::start_transmission(Cycle now) {
  const bool enabled = (m_registers.get(nic::tctl) & nic::tctl_enable) != 0;
  if (!enabled || m_transmit_halted || m_transmitting || available(transmit_ring) == 0) return;
  m_transmitting = true;
  notify_at(timebase(), m_transmit_event, now + m_config.frame_time);
}

void Nic::transmit_next() {
  m_transmitting = false;
  if ((m_registers.get(nic::tctl) & nic::tctl_enable) == 0 || available(transmit_ring) == 0) return;
  Cycle at = timebase().now();
  if (!transmit_descriptor(at)) {
    m_transmit_halted = true;
    ++m_statistics.halts;
    return;
  }
  if (available(transmit_ring) == 0)
    raise(nic::cause_transmit_empty, at);
  else
    start_transmission(at);
}

/// False: the descriptor could not be read, or asks for what is not modelled.
bool Nic::transmit_descriptor(Cycle& at) {
  std::uint8_t descriptor[nic::descriptor_size];
  const std::uint64_t address = head_address(transmit_ring);
  if (!masters() || !read_memory(address, descriptor, sizeof descriptor, at)) return false;
  if (refuses(descriptor, at)) return false;
  gather(descriptor, at);
  const std::uint8_t command = descriptor[nic::tx_command];
  if ((command & nic::tx_end_of_packet) != 0) send(command, at);
  finish_descriptor(address, descriptor, at);
  return true;
}

bool Nic::refuses(const std::uint8_t* descriptor, Cycle at) {
  const std::uint8_t command = descriptor[nic::tx_command];
  const char* what = nullptr;
  if ((command & nic::tx_extended) != 0) what = "82574L extended transmit descriptor (DEXT)";
  if ((command & nic::tx_insert_checksum) != 0) what = "82574L checksum insertion (IC)";
  if ((command & nic::tx_vlan) != 0) what = "82574L VLAN tag insertion (VLE)";
  if (what != nullptr) unmodelled(what, at);
  return what != nullptr;
}

/// Appends the buffer to the frame. A part that the bus refuses ends the frame: it is not sent.
void Nic::gather(const std::uint8_t* descriptor, Cycle& at) {
  const unsigned length = length_of(descriptor);
  const std::uint64_t buffer = buffer_of(descriptor);
  if (length == 0 || buffer == 0) return;  // null descriptor, §7.2.2.1
  const std::size_t before = m_outgoing.size();
  m_outgoing.resize(before + length);
  if (!read_memory(buffer, m_outgoing.data() + before, length, at)) {
    m_outgoing.clear();
    ++m_statistics.dropped;
  }
}

void Nic::send(std::uint8_t command, Cycle at) {
  Frame frame;
  frame.swap(m_outgoing);
  if (frame.empty() || frame.size() > nic::longest_transmit) return;
  if ((command & nic::tx_insert_fcs) != 0)
    append_check_sequence(frame, (m_registers.get(nic::tctl) & nic::tctl_pad) != 0);
  ++m_statistics.sent;
  m_registers.count(nic::gptc);
  m_registers.count(nic::tpt);
  m_registers.count_wide(nic::gotcl, frame.size());
  m_registers.count_wide(nic::totl, frame.size());
  if ((frame[0] & 1) != 0) {
    const bool broadcast =
        frame.size() > 5 && std::memcmp(frame.data(), "\xFF\xFF\xFF\xFF\xFF\xFF", 6) == 0;
    m_registers.count(broadcast ? nic::bptc : nic::mptc);
  }
  const bool loopback = (m_registers.get(nic::rctl) & nic::rctl_loopback) == nic::rctl_loopback_mac;
  if (loopback)
    arrive(frame, at);
  else if (m_peer != nullptr && link_up())
    m_peer->arrive(frame, at + m_config.frame_time);
}

void Nic::finish_descriptor(std::uint64_t address, std::uint8_t* descriptor, Cycle& at) {
  advance(transmit_ring);
  const std::uint8_t command = descriptor[nic::tx_command];
  if ((command & nic::tx_report_status) == 0) return;
  descriptor[nic::tx_status] |= nic::descriptor_done;
  write_memory(address, descriptor, nic::descriptor_size, at);
  const std::uint32_t wait = m_registers.get(nic::tidv);
  if ((command & nic::tx_delay) != 0 && wait != 0)
    delay(m_transmit_delay, wait, m_registers.get(nic::tadv), at);
  else
    raise(nic::cause_transmitted | nic::cause_transmit_queue, at);
}

}  // namespace apicsim
