#include "sim/platform/bus_monitor.h"

#include <algorithm>
#include <cstring>

#include "models/fabric/initiator.h"
#include "models/fabric/unmodelled.h"

namespace apicsim {

namespace {

// SDM Vol. 3 §11.11.1: message addresses.
constexpr std::uint64_t kMessageWindow = 0xFEE00000;
constexpr std::uint64_t kMessageWindowMask = ~std::uint64_t{0xFFFFF};

constexpr std::size_t kHistoryLength = 64;

bool is_message(const tlm::tlm_generic_payload& payload) {
  return payload.is_write() && (payload.get_address() & kMessageWindowMask) == kMessageWindow;
}

/// The first bytes of the data, little-endian.
std::uint64_t first_bytes(const tlm::tlm_generic_payload& payload) {
  std::uint64_t value = 0;
  std::memcpy(&value, payload.get_data_ptr(),
              std::min<std::size_t>(sizeof value, payload.get_data_length()));
  return value;
}

}  // namespace

BusMonitor::BusMonitor(const sc_core::sc_module_name& name, const Timebase& timebase,
                       EventStream& events, UnmodelledListener& listener)
    : sc_module(name),
      in("in"),
      out("out"),
      m_timebase(timebase),
      m_events(events),
      m_listener(listener) {
  in.register_b_transport(this, &BusMonitor::b_transport);
  in.register_transport_dbg(this, &BusMonitor::transport_dbg);
}

void BusMonitor::b_transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const Cycle at = m_timebase.now(delay);
  const std::uint64_t address = payload.get_address();
  try {
    out->b_transport(payload, delay);
  } catch (const Unmodelled& unmodelled) {
    m_listener.unmodelled(unmodelled.what(), at);
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
  payload.set_address(address);
  count(payload);
  if (m_keeps_history) remember(payload);
  if (m_events.listening()) report(payload, at);
}

unsigned BusMonitor::transport_dbg(int, tlm::tlm_generic_payload& payload) {
  return out->transport_dbg(payload);
}

void BusMonitor::count(const tlm::tlm_generic_payload& payload) {
  if (!payload.is_response_ok()) ++m_statistics.failed;
  if (is_message(payload)) {
    ++m_statistics.messages;
  } else if (payload.is_write()) {
    ++m_statistics.writes;
    m_statistics.bytes_written += payload.get_data_length();
  } else {
    ++m_statistics.reads;
    m_statistics.bytes_read += payload.get_data_length();
  }
}

/// Memory only: a message's address repeats nothing.
void BusMonitor::remember(const tlm::tlm_generic_payload& payload) {
  const auto* initiator = payload.get_extension<Initiator>();
  if (initiator == nullptr || is_message(payload)) return;
  std::deque<std::uint64_t>& addresses = m_history[initiator->id];
  addresses.push_front(payload.get_address());
  if (addresses.size() > kHistoryLength) addresses.pop_back();
}

std::optional<std::uint64_t> BusMonitor::transfer_address(std::uint32_t requester,
                                                          std::uint32_t back) const {
  const auto found = m_history.find(requester);
  if (found == m_history.end() || back >= found->second.size()) return std::nullopt;
  return found->second[back];
}

void BusMonitor::report(const tlm::tlm_generic_payload& payload, Cycle at) {
  const auto* initiator = payload.get_extension<Initiator>();
  Event event;
  event.cycle = at;
  event.values[0] = initiator != nullptr ? initiator->id : 0;
  event.values[1] = payload.get_address();
  if (is_message(payload)) {
    event.id = EventId::msi;
    event.values[2] = first_bytes(payload);
    event.count = 3;
  } else {
    event.id = payload.is_write() ? EventId::dma_write : EventId::dma_read;
    event.values[2] = payload.get_data_length();
    event.values[3] = payload.is_write() ? first_bytes(payload) : 0;
    event.count = payload.is_write() ? 4 : 3;
  }
  m_events.emit(event);
}

void BusMonitor::remapping_fault(const FaultRecord& fault, bool lost, Cycle now) {
  Event event;
  event.id = EventId::remapping_fault;
  event.cycle = now;
  event.values[0] = static_cast<std::uint16_t>(fault.high);
  event.values[1] = static_cast<std::uint8_t>(fault.high >> vtd::fault_record::reason_shift);
  event.values[2] = fault.low;
  event.values[3] = lost ? 1 : 0;
  event.count = 4;
  m_events.emit(event);
}

}  // namespace apicsim
