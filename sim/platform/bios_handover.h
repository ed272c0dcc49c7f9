#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <systemc>

#include "models/apic/local_apic.h"
#include "models/fabric/initiator.h"

namespace apicsim {

/// What POST has programmed when a PC's BIOS hands over to a boot loader, done without executing a
/// BIOS: interval timer, 8259 pair, and the bootstrap processor's local APIC as virtual wire (MP
/// specification 1.4 §3.6.2.2). The values are those of SeaBIOS 1.16 on QEMU's q35. Happens as the
/// simulation starts, at cycle 0; nothing is pending in the pair then.
class BiosHandover final : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<BiosHandover> ports;  ///< port space

  BiosHandover(const sc_core::sc_module_name& name, LocalApic& bootstrap);

 private:
  void start_of_simulation() override;
  void program_timer();
  void program_interrupt_controllers();
  void program_local_apic();
  void write_local_apic(std::uint32_t offset, std::uint32_t value);
  void out(std::uint16_t port, std::uint8_t value);

  LocalApic& m_apic;
  Initiator m_initiator{Initiator::Kind::cpu, 0};
};

}  // namespace apicsim
