#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <cstring>
#include <systemc>
#include <vector>

#include "models/fabric/initiator.h"
#include "models/time/timebase.h"

namespace apicsim {

/// Takes what a device writes, in place of IOMMU and interrupt fabric.
struct MessageTarget : sc_core::sc_module {
  struct Write {
    std::uint64_t address;
    std::uint64_t data;
    unsigned length;
    Cycle at;
    std::uint32_t requester;
  };

  tlm_utils::simple_target_socket<MessageTarget> socket{"socket"};
  const Timebase& timebase;
  std::vector<Write> writes;
  tlm::tlm_response_status response = tlm::TLM_OK_RESPONSE;

  MessageTarget(const sc_core::sc_module_name& name, const Timebase& base)
      : sc_module(name), timebase(base) {
    socket.register_b_transport(this, &MessageTarget::b_transport);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const auto* initiator = payload.get_extension<Initiator>();
    Write write{payload.get_address(), 0, payload.get_data_length(), timebase.now(delay),
                initiator != nullptr ? initiator->id : ~0u};
    std::memcpy(&write.data, payload.get_data_ptr(), write.length);
    writes.push_back(write);
    payload.set_response_status(response);
  }
};

}  // namespace apicsim
