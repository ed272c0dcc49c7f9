// DMA requests of devices on their way through the units.
#include <algorithm>
#include <cstring>

#include "models/fabric/payload_shape.h"
#include "models/fabric/spec/translation_completion.h"
#include "models/iommu/iommu.h"
#include "models/iommu/spec/page_table.h"

namespace apicsim {
namespace {

constexpr std::uint64_t page_size = std::uint64_t{1} << vtd::page_shift;

/// Without PASID, the interrupt range is not translated (VT-d §3.14).
bool is_translated_here(const Initiator& initiator, std::uint64_t address) {
  return initiator.tag.has_pasid || !vtd::in_interrupt_range(address);
}

void refuse(tlm::tlm_generic_payload& payload) {
  if (payload.is_read()) std::memset(payload.get_data_ptr(), 0xFF, payload.get_data_length());
  payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

/// PCIe 5.0 §10.2.3: what a device learns of a page; a page beyond 4 KiB tells its size in the
/// address (§10.2.3.2).
std::uint64_t completion_entry(const DmaTranslation& translation, const RequestTag& tag) {
  const std::uint64_t size = std::uint64_t{1} << translation.page_shift;
  std::uint64_t entry = translation.address & ~(size - 1);
  if (size > page_size) entry |= ats::entry_large | ((size / 2 - 1) & ats::entry_address);
  if (translation.read) entry |= ats::entry_read;
  if (translation.write) entry |= ats::entry_write;
  if (translation.untranslated_only) entry |= ats::entry_untranslated_only;
  if (translation.snoop) entry |= ats::entry_no_snoop;
  if (!tag.has_pasid) return entry;
  if (translation.execute) entry |= ats::entry_execute;
  if (translation.privileged) entry |= ats::entry_privileged;
  if (translation.global) entry |= ats::entry_global;
  return entry;
}

/// Interrupt messages can be written, untranslated (§3.14).
DmaTranslation interrupt_window(std::uint64_t address) {
  DmaTranslation translation;
  translation.address = address;
  translation.length = page_size;
  translation.read = false;
  translation.untranslated_only = true;
  return translation;
}

}  // namespace

DmaResult Iommu::ask(VtdUnit& unit, const DmaRequest& request, sc_core::sc_time& delay) const {
  const Cycle start = m_timebase.now(delay);
  Cycle now = start;
  const DmaResult result = unit.translate(request, now);
  if (now != start) delay = m_timebase.to_sc_time(now) - sc_core::sc_time_stamp();
  return result;
}

/// Each page is a request of its own, as packets do not cross pages (PCIe 5.0 §2.2.7).
void Iommu::translate(VtdUnit& unit, Initiator& initiator, tlm::tlm_generic_payload& payload,
                      sc_core::sc_time& delay) {
  tlm::tlm_response_status worst = tlm::TLM_OK_RESPONSE;
  {
    PayloadShape shape(payload);
    for (unsigned done = 0; done < shape.length();) {
      const std::uint64_t address = shape.address() + done;
      const auto part = static_cast<unsigned>(
          std::min<std::uint64_t>(shape.length() - done, page_size - address % page_size));
      shape.narrow_to(done, part);
      done += part;
      if (is_translated_here(initiator, address)) {
        const DmaRequest request{address, static_cast<std::uint16_t>(initiator.id),
                                 payload.is_write(), initiator.tag};
        const DmaResult result = ask(unit, request, delay);
        if (const auto* const translation = std::get_if<DmaTranslation>(&result))
          forward(*translation, initiator, payload, delay);
        else
          refuse(payload);
      } else {
        out->b_transport(payload, delay);
      }
      if (worst == tlm::TLM_OK_RESPONSE) worst = payload.get_response_status();
    }
  }
  payload.set_response_status(worst);
}

void Iommu::forward(const DmaTranslation& translation, Initiator& initiator,
                    tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const bool no_snoop = initiator.tag.no_snoop;
  initiator.tag.no_snoop = no_snoop && !translation.snoop;
  payload.set_address(translation.address);
  out->b_transport(payload, delay);
  initiator.tag.no_snoop = no_snoop;
}

/// One entry for each page from the address on; from the first one without rights on there is
/// nothing more to learn, and the entries are zero.
void Iommu::answer_translation(VtdUnit* unit, const Initiator& initiator,
                               tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) const {
  if (unit == nullptr || !payload.is_read() || payload.get_data_length() % ats::entry_size != 0)
    return refuse(payload);
  std::memset(payload.get_data_ptr(), 0, payload.get_data_length());
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  for (unsigned i = 0; i < payload.get_data_length() / ats::entry_size; ++i) {
    DmaRequest request;
    request.address = (payload.get_address() & ~(page_size - 1)) + i * page_size;
    request.source = static_cast<std::uint16_t>(initiator.id);
    request.tag = initiator.tag;
    const DmaResult result = is_translated_here(initiator, request.address)
                                 ? ask(*unit, request, delay)
                                 : DmaResult(interrupt_window(request.address));
    if (const auto* const fault = std::get_if<DmaFault>(&result)) {
      if (fault->recoverable || i != 0) return;
      refuse(payload);
      if (fault->completer_abort) payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
      return;
    }
    const std::uint64_t entry = completion_entry(std::get<DmaTranslation>(result), initiator.tag);
    std::memcpy(payload.get_data_ptr() + i * ats::entry_size, &entry, sizeof entry);
  }
}

}  // namespace apicsim
