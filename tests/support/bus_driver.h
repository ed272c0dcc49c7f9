#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>

#include "models/fabric/initiator.h"
#include "models/time/timebase.h"

namespace apicsim {

/// An initiator for tests: issues single transactions and keeps the last response.
class BusDriver final : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<BusDriver> socket;

  explicit BusDriver(const sc_core::sc_module_name& name, Initiator initiator = {})
      : sc_module(name), socket("socket"), m_initiator(initiator) {}

  tlm::tlm_response_status transfer(tlm::tlm_command command, std::uint64_t address, void* data,
                                    unsigned length, unsigned char* enables = nullptr,
                                    unsigned enables_length = 0, unsigned width = 0) {
    tlm::tlm_generic_payload payload;
    describe(payload, command, address, data, length);
    payload.set_byte_enable_ptr(enables);
    payload.set_byte_enable_length(enables_length);
    if (width != 0) payload.set_streaming_width(width);
    payload.set_extension(&m_initiator);
    const ExtensionGuard guard{payload, m_initiator};
    sc_core::sc_time time = delay;
    socket->b_transport(payload, time);
    status = payload.get_response_status();
    dmi_allowed = payload.is_dmi_allowed();
    return status;
  }

  template <typename T>
  T read(std::uint64_t address) {
    T value{};
    transfer(tlm::TLM_READ_COMMAND, address, &value, sizeof value);
    return value;
  }
  template <typename T>
  void write(std::uint64_t address, T value) {
    transfer(tlm::TLM_WRITE_COMMAND, address, &value, sizeof value);
  }

  unsigned debug(tlm::tlm_command command, std::uint64_t address, void* data, unsigned length) {
    tlm::tlm_generic_payload payload;
    describe(payload, command, address, data, length);
    return socket->transport_dbg(payload);
  }

  bool direct_memory(std::uint64_t address, tlm::tlm_dmi& dmi) {
    tlm::tlm_generic_payload payload;
    payload.set_address(address);
    payload.set_command(tlm::TLM_READ_COMMAND);
    return socket->get_direct_mem_ptr(payload, dmi);
  }

  sc_core::sc_time delay;  ///< annotated to every transaction
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
  bool dmi_allowed = false;

 private:
  /// The payload would delete an extension that it still has, also when a target throws.
  struct ExtensionGuard {
    tlm::tlm_generic_payload& payload;
    Initiator& initiator;
    ~ExtensionGuard() { payload.clear_extension(&initiator); }
  };

  static void describe(tlm::tlm_generic_payload& payload, tlm::tlm_command command,
                       std::uint64_t address, void* data, unsigned length) {
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(length);
    payload.set_streaming_width(length);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  }

  Initiator m_initiator;
};

/// Ends elaboration so that sockets route.
inline void elaborate() { sc_core::sc_start(sc_core::SC_ZERO_TIME); }

/// Runs to the start of `cycle`; what is due at that very time takes place as well (which
/// sc_start with a duration leaves to the next call).
inline void run_to(const Timebase& timebase, Cycle cycle) {
  // That nothing happens meanwhile is not worth a warning.
  sc_core::sc_report_handler::set_actions("no activity or clock movement for sc_start() invocation",
                                          sc_core::SC_DO_NOTHING);
  sc_core::sc_start(timebase.to_sc_time(cycle) - sc_core::sc_time_stamp());
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
}

}  // namespace apicsim
