#pragma once

#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <memory>
#include <random>
#include <vector>

#include "models/apic/io_apic.h"
#include "models/apic/local_apic.h"
#include "models/fabric/interrupt_fabric.h"

namespace apicsim::testing {

/// Stands for the CPU that programs the I/O APIC.
struct FuzzPort : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<FuzzPort> socket{"socket"};
  explicit FuzzPort(const sc_core::sc_module_name& name) : sc_module(name) {}
};

/// Joins the devices of a board before the fabric's one socket.
struct FuzzFunnel : sc_core::sc_module {
  tlm_utils::multi_passthrough_target_socket<FuzzFunnel> devices{"devices"};
  tlm_utils::simple_initiator_socket<FuzzFunnel> fabric{"fabric"};
  explicit FuzzFunnel(const sc_core::sc_module_name& name) : sc_module(name) {
    devices.register_b_transport(this, &FuzzFunnel::forward);
  }
  void forward(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    fabric->b_transport(payload, delay);
  }
};

struct FuzzListener : AttentionListener {
  void attention(std::uint32_t, Cycle) override {}
};

/// Four local APICs, the fabric and two I/O APICs under random operations: register accesses in
/// and out of range, MSRs, messages, pins, what a core does. `check` holds them to what must be
/// true whatever software does.
class FuzzBoard {
 public:
  static constexpr std::uint32_t cpus = 4;

  FuzzBoard(ApicGeneration generation, std::uint32_t seed);

  /// One random operation, then time may pass.
  void step();
  /// Fails the test case where an invariant is broken.
  void check();

 private:
  struct Totals {
    std::uint64_t sent = 0, delivered = 0, dropped = 0;
  };

  std::uint32_t below(std::uint32_t limit) {
    return static_cast<std::uint32_t>(m_random() % limit);
  }
  LocalApic& any_apic() { return *m_apics[below(cpus)]; }
  std::uint32_t any_value();

  void access_page();
  void access_msr();
  void change_base();
  void send_ipi();
  void act_as_core();
  void drive_pins();
  void program_io_apic();
  void write_window();
  void signal_locally();
  void pass_time();

  Totals totals() const;
  void check_priorities(const LocalApic& apic) const;
  void check_counters(const LocalApic& apic) const;
  void check_fabric();
  void check_next_event(LocalApic& apic);

  Timebase m_timebase{1'000'000'000};
  InterruptFabric m_fabric;
  std::vector<std::unique_ptr<IoApic>> m_io_apics;
  std::vector<std::unique_ptr<FuzzPort>> m_ports;
  FuzzPort m_device{"device"};
  FuzzFunnel m_funnel{"funnel"};
  FuzzListener m_listener;
  std::vector<std::unique_ptr<LocalApic>> m_apics;
  std::mt19937 m_random;
  Cycle m_now = 0;
  Totals m_before;
};

}  // namespace apicsim::testing
