#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/iommu/vtd_unit.h"

namespace apicsim {

/// The remapping units of a machine on the devices' way to memory. Each request goes through the
/// unit that its requester's bus is wired to: interrupt requests to its remapping, everything else
/// unchanged, as DMA remapping is off. Adds no delay to what it passes on.
class Iommu final : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Iommu> in;
  tlm_utils::simple_initiator_socket<Iommu> out;

  Iommu(const sc_core::sc_module_name& name, const Timebase& timebase);

  /// Wires the buses first..last to a unit; the first that was added for a bus has it.
  void add(VtdUnit& unit, std::uint8_t first_bus, std::uint8_t last_bus);

 private:
  struct Wiring {
    VtdUnit* unit;
    std::uint8_t first, last;
  };

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) { return out->transport_dbg(payload); }
  VtdUnit* unit_of(std::uint32_t requester) const;
  bool remap(const tlm::tlm_generic_payload& payload, Cycle now) const;

  const Timebase& m_timebase;
  std::vector<Wiring> m_wirings;
};

}  // namespace apicsim
