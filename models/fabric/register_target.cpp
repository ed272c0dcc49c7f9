#include "models/fabric/register_target.h"

#include <cstring>

namespace apicsim {
namespace {

bool is_register_size(unsigned length) {
  return length == 1 || length == 2 || length == 4 || length == 8;
}

tlm::tlm_response_status check(const tlm::tlm_generic_payload& payload) {
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) return tlm::TLM_COMMAND_ERROR_RESPONSE;
  if (payload.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  if (!is_register_size(payload.get_data_length())) return tlm::TLM_BURST_ERROR_RESPONSE;
  if (payload.get_streaming_width() < payload.get_data_length())
    return tlm::TLM_BURST_ERROR_RESPONSE;
  return tlm::TLM_OK_RESPONSE;
}

}  // namespace

RegisterTarget::RegisterTarget(const sc_core::sc_module_name& name, const Timebase& timebase)
    : sc_module(name), socket("socket"), m_timebase(timebase) {
  socket.register_b_transport(this, &RegisterTarget::b_transport);
  socket.register_transport_dbg(this, &RegisterTarget::transport_dbg);
}

void RegisterTarget::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const tlm::tlm_response_status status = check(payload);
  payload.set_response_status(status);
  if (status != tlm::TLM_OK_RESPONSE) return;

  const unsigned size = payload.get_data_length();
  const Cycle now = m_timebase.now(delay);
  std::uint64_t value = 0;
  if (payload.is_read()) {
    value = read_register(payload.get_address(), size, now);
    std::memcpy(payload.get_data_ptr(), &value, size);
  } else {
    std::memcpy(&value, payload.get_data_ptr(), size);
    write_register(payload.get_address(), size, value, now);
  }
}

unsigned RegisterTarget::transport_dbg(tlm::tlm_generic_payload& payload) {
  const unsigned size = payload.get_data_length();
  if (!payload.is_read() || !is_register_size(size)) return 0;
  const std::uint64_t value = peek_register(payload.get_address(), size, m_timebase.now());
  std::memcpy(payload.get_data_ptr(), &value, size);
  return size;
}

}  // namespace apicsim
