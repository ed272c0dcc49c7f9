#pragma once

#include <cstring>
#include <systemc>
#include <vector>

#include "models/apic/io_apic.h"
#include "models/fabric/initiator.h"
#include "models/fabric/unmodelled.h"
#include "tests/catch.h"

namespace apicsim::testing {

struct Write {
  std::uint64_t address;
  std::uint32_t data;
  Cycle at;
  Initiator::Kind kind;
  std::uint32_t requester;
};

/// Where the interrupt writes end up, in place of IOMMU and fabric.
struct MessageTarget : sc_core::sc_module {
  tlm_utils::simple_target_socket<MessageTarget> socket{"socket"};
  const Timebase& timebase;
  std::vector<Write> writes;
  tlm::tlm_response_status response = tlm::TLM_OK_RESPONSE;
  bool unmodelled = false;

  MessageTarget(const sc_core::sc_module_name& name, const Timebase& base)
      : sc_module(name), timebase(base) {
    socket.register_b_transport(this, &MessageTarget::b_transport);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    if (unmodelled) throw Unmodelled("the unit behind");
    Write write{payload.get_address(), 0, timebase.now(delay), Initiator::Kind::cpu, 0};
    std::memcpy(&write.data, payload.get_data_ptr(), sizeof write.data);
    if (const auto* initiator = payload.get_extension<Initiator>()) {
      write.kind = initiator->kind;
      write.requester = initiator->id;
    }
    writes.push_back(write);
    payload.set_response_status(response);
  }
};

inline IoApicConfig plain(std::uint32_t version = 0x20) {
  IoApicConfig config;
  config.id = 8;
  config.version = version;
  config.requester_id = 0xF0F8;
  return config;
}

/// Stands for the CPU or device that makes the accesses.
struct Port : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<Port> socket{"socket"};
  explicit Port(const sc_core::sc_module_name& name) : sc_module(name) {}
};

struct Bench {
  Timebase timebase{3'000'000'000};
  MessageTarget target{"target", timebase};
  IoApic io_apic;
  Port port{"port"};
  Cycle now = 0;

  explicit Bench(const IoApicConfig& config = plain()) : io_apic("io_apic", config, timebase) {
    io_apic.messages.bind(target.socket);
    port.socket.bind(io_apic.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }

  std::uint64_t access(tlm::tlm_command command, std::uint64_t offset, unsigned size,
                       std::uint64_t value) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(offset);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(size);
    payload.set_streaming_width(size);
    sc_core::sc_time delay = timebase.to_sc_time(now);
    port.socket->b_transport(payload, delay);
    REQUIRE(payload.is_response_ok());
    return value;
  }
  void store(std::uint64_t offset, std::uint64_t value, unsigned size = 4) {
    access(tlm::TLM_WRITE_COMMAND, offset, size, value);
  }
  std::uint32_t load(std::uint64_t offset) {
    return static_cast<std::uint32_t>(access(tlm::TLM_READ_COMMAND, offset, 4, 0));
  }
  void write(std::uint32_t index, std::uint32_t value) {
    store(0x00, index, 1);
    store(0x10, value);
  }
  std::uint32_t read(std::uint32_t index) {
    store(0x00, index, 1);
    return load(0x10);
  }
  void program(std::uint32_t pin, std::uint64_t entry) {
    write(0x11 + 2 * pin, static_cast<std::uint32_t>(entry >> 32));
    write(0x10 + 2 * pin, static_cast<std::uint32_t>(entry));
  }
  void pulse(std::uint32_t pin) {
    io_apic.drive(pin, true, ++now);
    io_apic.drive(pin, false, ++now);
  }
  bool send_pending(std::uint32_t pin) { return (read(0x10 + 2 * pin) & 0x1000) != 0; }
  bool remote_irr(std::uint32_t pin) { return (read(0x10 + 2 * pin) & 0x4000) != 0; }
  std::size_t sent() const { return target.writes.size(); }
};

}  // namespace apicsim::testing
