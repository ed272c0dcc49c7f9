#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>

#include "models/fabric/initiator.h"

namespace apicsim {

/// The bus-master side of a device: memory reads and writes that carry its requester id.
class DmaPort final : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<DmaPort> socket;

  /// `requester_id`: bus << 8 | device << 3 | function.
  DmaPort(const sc_core::sc_module_name& name, std::uint32_t requester_id);

  /// Moves `length` > 0 bytes at the current SystemC time plus `delay`, to which the targets add.
  /// Anything but TLM_OK_RESPONSE: not all bytes were moved. Whatever a target throws passes.
  tlm::tlm_response_status read(std::uint64_t address, void* to, unsigned length,
                                sc_core::sc_time& delay);
  tlm::tlm_response_status write(std::uint64_t address, const void* from, unsigned length,
                                 sc_core::sc_time& delay);

  /// The same with what PCI Express lets a request say about itself. A read with AT = translation
  /// request returns translations (spec/translation_completion.h), 8 bytes each.
  tlm::tlm_response_status read(std::uint64_t address, void* to, unsigned length,
                                sc_core::sc_time& delay, const RequestTag& tag);
  tlm::tlm_response_status write(std::uint64_t address, const void* from, unsigned length,
                                 sc_core::sc_time& delay, const RequestTag& tag);

  std::uint32_t requester_id() const { return m_initiator.id; }
  /// For a device that uses ids which are not its own.
  void set_requester_id(std::uint32_t requester_id) { m_initiator.id = requester_id; }

 private:
  tlm::tlm_response_status transfer(tlm::tlm_command command, std::uint64_t address,
                                    unsigned char* data, unsigned length, sc_core::sc_time& delay);

  Initiator m_initiator;
};

}  // namespace apicsim
