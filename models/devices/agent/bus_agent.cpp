#include "models/devices/agent/bus_agent.h"

#include "models/fabric/notify_at.h"

namespace apicsim {
namespace {

using Kind = BusAction::Kind;

constexpr std::uint64_t page_mask = 0xFFF;

bool replays(const BusAction& action) {
  return action.kind == Kind::replay_write || action.kind == Kind::replay_read;
}

}  // namespace

BusAgent::BusAgent(const sc_core::sc_module_name& name, const Timebase& timebase,
                   const BusAction& action, const TransferHistory* history,
                   AddressTranslationService* service)
    : sc_module(name),
      dma("dma", action.requester),
      m_timebase(timebase),
      m_action(action),
      m_history(history),
      m_service(service),
      m_data(action.length) {
  if (!replays(action)) m_address = action.address;
  SC_METHOD(act);
  sensitive << m_event;
  dont_initialize();
}

void BusAgent::start_of_simulation() { notify_at(m_timebase, m_event, m_action.at); }

void BusAgent::act() {
  perform(m_timebase.now());
  ++m_done;
  if (m_done >= m_action.count) return;
  if (m_address) *m_address += m_action.stride;
  notify_at(m_timebase, m_event, m_action.at + m_done * m_action.period);
}

void BusAgent::perform(Cycle now) {
  if (!find_address()) {
    ++m_statistics.skipped;
    return;
  }
  switch (m_action.kind) {
    case Kind::write:
    case Kind::replay_write:
      return write();
    case Kind::read:
    case Kind::replay_read:
      return read();
    case Kind::page_request:
      return request_page(now);
  }
}

/// A replay looks once: its own accesses are not what it repeats.
bool BusAgent::find_address() {
  if (!m_address && m_history != nullptr)
    m_address = m_history->transfer_address(m_action.requester, m_action.transfer);
  return m_address.has_value();
}

void BusAgent::write() {
  sc_core::sc_time delay;
  m_response = dma.write(*m_address, m_action.bytes.data(),
                         static_cast<unsigned>(m_action.bytes.size()), delay, m_action.tag);
  book();
}

void BusAgent::read() {
  sc_core::sc_time delay;
  m_response = dma.read(*m_address, m_data.data(), m_action.length, delay, m_action.tag);
  book();
}

void BusAgent::book() {
  ++(m_response == tlm::TLM_OK_RESPONSE ? m_statistics.accepted : m_statistics.refused);
}

void BusAgent::request_page(Cycle now) {
  if (m_service == nullptr) {
    ++m_statistics.skipped;
    return;
  }
  PageRequest request;
  request.source = static_cast<std::uint16_t>(m_action.requester);
  request.address = *m_address & ~page_mask;
  request.group = m_action.page_group;
  request.read = !m_action.page_write;
  request.write = m_action.page_write;
  request.last = true;
  request.has_pasid = m_action.tag.has_pasid;
  request.pasid = m_action.tag.pasid;
  ++m_statistics.accepted;
  m_service->page_request(request, now);
}

}  // namespace apicsim
