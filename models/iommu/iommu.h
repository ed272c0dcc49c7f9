#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/fabric/address_translation_agent.h"
#include "models/fabric/initiator.h"
#include "models/iommu/vtd_unit.h"

namespace apicsim {

/// The remapping units of a machine on the devices' way to memory. Each request goes through the
/// unit that its requester is wired to: interrupt requests to its interrupt remapping, the others
/// page by page to its DMA remapping, which adds the time of its tables.
///
/// A blocked read returns all ones and fails with TLM_ADDRESS_ERROR_RESPONSE (Unsupported Request),
/// a blocked write is dropped with the same response; what lies on other pages is carried out. A
/// translation request is answered with entries of 8 bytes (models/fabric/spec/
/// translation_completion.h), TLM_ADDRESS_ERROR_RESPONSE or, for a Completer Abort,
/// TLM_GENERIC_ERROR_RESPONSE.
class Iommu final : public sc_core::sc_module, public AddressTranslationService {
 public:
  tlm_utils::simple_target_socket<Iommu> in;
  tlm_utils::simple_initiator_socket<Iommu> out;

  Iommu(const sc_core::sc_module_name& name, const Timebase& timebase);

  /// Wires the requester ids first..last to a unit; the first that was added for an id has it.
  void wire(VtdUnit& unit, std::uint16_t first, std::uint16_t last);
  /// The same for the buses first..last.
  void add(VtdUnit& unit, std::uint8_t first_bus, std::uint8_t last_bus);
  /// The device with this requester id keeps translations or asks for pages. Its unit must have
  /// been wired.
  void attach(std::uint16_t requester, AddressTranslationAgent& agent);

  void page_request(const PageRequest& request, Cycle now) override;
  void stray_completion(std::uint16_t source, std::uint32_t tags, Cycle now) override;

 private:
  struct Wiring {
    VtdUnit* unit;
    std::uint16_t first, last;
  };

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) { return out->transport_dbg(payload); }
  VtdUnit* unit_of(std::uint32_t requester) const;
  bool remap(VtdUnit& unit, const tlm::tlm_generic_payload& payload, std::uint16_t source,
             Cycle now) const;

  // --- iommu_translation.cpp ---
  DmaResult ask(VtdUnit& unit, const DmaRequest& request, sc_core::sc_time& delay) const;
  void translate(VtdUnit& unit, Initiator& initiator, tlm::tlm_generic_payload& payload,
                 sc_core::sc_time& delay);
  void forward(const DmaTranslation& translation, Initiator& initiator,
               tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void answer_translation(VtdUnit* unit, const Initiator& initiator,
                          tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) const;

  const Timebase& m_timebase;
  std::vector<Wiring> m_wirings;
};

}  // namespace apicsim
