#include "models/iommu/iommu.h"

#include <cstring>

#include "models/fabric/spec/msi.h"

namespace apicsim {
namespace {

bool is_interrupt_request(const tlm::tlm_generic_payload& payload) {
  const std::uint64_t offset = payload.get_address() - msi::window_base;
  return payload.is_write() && offset < msi::window_size &&
         payload.get_data_length() == msi::size && payload.get_byte_enable_ptr() == nullptr;
}

}  // namespace

Iommu::Iommu(const sc_core::sc_module_name& name, const Timebase& timebase)
    : sc_module(name), in("in"), out("out"), m_timebase(timebase) {
  in.register_b_transport(this, &Iommu::b_transport);
  in.register_transport_dbg(this, &Iommu::transport_dbg);
}

void Iommu::wire(VtdUnit& unit, std::uint16_t first, std::uint16_t last) {
  m_wirings.push_back({&unit, first, last});
}

void Iommu::add(VtdUnit& unit, std::uint8_t first_bus, std::uint8_t last_bus) {
  wire(unit, static_cast<std::uint16_t>(first_bus << 8),
       static_cast<std::uint16_t>(last_bus << 8 | 0xFF));
}

void Iommu::attach(std::uint16_t requester, AddressTranslationAgent& agent) {
  if (VtdUnit* unit = unit_of(requester)) unit->attach(requester, agent);
}

void Iommu::page_request(const PageRequest& request, Cycle now) {
  if (VtdUnit* unit = unit_of(request.source)) unit->page_request(request, now);
}

void Iommu::stray_completion(std::uint16_t source, std::uint32_t tags, Cycle now) {
  if (VtdUnit* unit = unit_of(source)) unit->stray_completion(source, tags, now);
}

VtdUnit* Iommu::unit_of(std::uint32_t requester) const {
  for (const Wiring& wiring : m_wirings)
    if (requester >= wiring.first && requester <= wiring.last) return wiring.unit;
  return nullptr;
}

void Iommu::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  auto* const initiator = payload.get_extension<Initiator>();
  if (initiator == nullptr || initiator->kind != Initiator::Kind::device)
    return out->b_transport(payload, delay);
  VtdUnit* const unit = unit_of(initiator->id);
  if (initiator->tag.address_type == RequestTag::AddressType::translation_request)
    return answer_translation(unit, *initiator, payload, delay);
  if (unit == nullptr) return out->b_transport(payload, delay);
  if (!is_interrupt_request(payload) || initiator->tag.has_pasid)
    return translate(*unit, *initiator, payload, delay);
  if (!remap(*unit, payload, static_cast<std::uint16_t>(initiator->id), m_timebase.now(delay)))
    return out->b_transport(payload, delay);
  // A posted write: whoever sent it does not learn what became of it.
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

/// True if the unit has taken the request.
bool Iommu::remap(VtdUnit& unit, const tlm::tlm_generic_payload& payload, std::uint16_t source,
                  Cycle now) const {
  InterruptRequest request;
  request.address = payload.get_address();
  request.source = source;
  std::memcpy(&request.data, payload.get_data_ptr(), sizeof request.data);
  return unit.interrupt(request, now);
}

}  // namespace apicsim
