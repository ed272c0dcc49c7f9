#include "models/fabric/dma_port.h"

namespace apicsim {
namespace {

/// A payload deletes the extensions that it still has; this one belongs to the port, also when a
/// target throws.
class LentExtension {
 public:
  LentExtension(tlm::tlm_generic_payload& payload, Initiator& initiator)
      : m_payload(payload), m_initiator(initiator) {
    payload.set_extension(&initiator);
  }
  ~LentExtension() { m_payload.clear_extension(&m_initiator); }
  LentExtension(const LentExtension&) = delete;
  LentExtension& operator=(const LentExtension&) = delete;

 private:
  tlm::tlm_generic_payload& m_payload;
  Initiator& m_initiator;
};

}  // namespace

DmaPort::DmaPort(const sc_core::sc_module_name& name, std::uint32_t requester_id)
    : sc_module(name), socket("socket"), m_initiator(Initiator::Kind::device, requester_id) {}

tlm::tlm_response_status DmaPort::read(std::uint64_t address, void* to, unsigned length,
                                       sc_core::sc_time& delay) {
  return read(address, to, length, delay, RequestTag{});
}

tlm::tlm_response_status DmaPort::write(std::uint64_t address, const void* from, unsigned length,
                                        sc_core::sc_time& delay) {
  return write(address, from, length, delay, RequestTag{});
}

tlm::tlm_response_status DmaPort::read(std::uint64_t address, void* to, unsigned length,
                                       sc_core::sc_time& delay, const RequestTag& tag) {
  m_initiator.tag = tag;
  return transfer(tlm::TLM_READ_COMMAND, address, static_cast<unsigned char*>(to), length, delay);
}

tlm::tlm_response_status DmaPort::write(std::uint64_t address, const void* from, unsigned length,
                                        sc_core::sc_time& delay, const RequestTag& tag) {
  m_initiator.tag = tag;
  // The payload's pointer is not const, but no target writes through it for a write command
  // (IEEE 1666-2011 §14.11).
  auto* const data = static_cast<unsigned char*>(const_cast<void*>(from));
  return transfer(tlm::TLM_WRITE_COMMAND, address, data, length, delay);
}

tlm::tlm_response_status DmaPort::transfer(tlm::tlm_command command, std::uint64_t address,
                                           unsigned char* data, unsigned length,
                                           sc_core::sc_time& delay) {
  tlm::tlm_generic_payload payload;
  const LentExtension lent(payload, m_initiator);
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(data);
  payload.set_data_length(length);
  payload.set_streaming_width(length);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  socket->b_transport(payload, delay);
  return payload.get_response_status();
}

}  // namespace apicsim
