#include "models/iommu/fault_log.h"

namespace apicsim {
namespace {

namespace fault_status = vtd::fault_status;
namespace bits = vtd::fault_record;

template <typename Reason>
std::uint64_t upper_half_of(Reason reason, std::uint16_t source) {
  return std::uint64_t{source} | static_cast<std::uint64_t>(reason) << bits::reason_shift;
}

}  // namespace

FaultRecord fault_record(const InterruptBlock& why, std::uint16_t source) {
  return {std::uint64_t{why.index} << bits::interrupt_index_shift,
          upper_half_of(why.reason, source)};
}

FaultRecord fault_record(const DmaFault& why, bool page_request) {
  FaultRecord record{why.page & vtd::page, upper_half_of(why.reason, why.source)};
  record.high |= static_cast<std::uint64_t>(why.tag.address_type) << bits::address_type_shift;
  if (page_request)
    record.high |= bits::type2;
  else if (!why.write)
    record.high |= bits::type1;
  if (!why.tag.has_pasid) return record;
  record.high |= bits::pasid_present | std::uint64_t{why.tag.pasid} << bits::pasid_shift;
  if (why.tag.execute) record.high |= bits::execute;
  if (why.tag.privileged) record.high |= bits::privileged;
  return record;
}

std::uint64_t FaultLog::implemented_bits() const {
  std::uint64_t missing = 0;
  if (!m_config.address_types) missing |= std::uint64_t{3} << bits::address_type_shift;
  if (!m_config.pasids)
    missing |= std::uint64_t{0xFFFFF} << bits::pasid_shift | bits::pasid_present | bits::execute |
               bits::privileged;
  return ~missing;
}

void FaultLog::record(const FaultRecord& fault, Cycle now) {
  const std::uint32_t upper = upper_half(m_next);
  const bool lost = m_registers.any(vtd::fsts, fault_status::overflow) ||
                    m_registers.any(upper, vtd::fault_record_f);
  if (m_listener != nullptr) m_listener->remapping_fault(fault, lost, now);
  if (lost) {
    ++m_lost;
    return raise(fault_status::overflow, now);
  }
  m_registers.set(m_registers.fault_record(m_next), fault.low);
  m_registers.set(upper, vtd::fault_record_f | (fault.high & implemented_bits()));
  if (!m_registers.any(vtd::fsts, fault_status::pending)) {
    m_registers.clear_bits(vtd::fsts, std::uint64_t{0xFF} << fault_status::index_shift);
    m_registers.set_bits(vtd::fsts, std::uint64_t{m_next} << fault_status::index_shift);
  }
  m_next = (m_next + 1) % m_config.records;
  raise(fault_status::pending, now);
}

/// PPF is the sum of the records' F bits; without any report left, a held event has been served.
void FaultLog::update() {
  bool any = false;
  for (unsigned i = 0; i < m_config.records; ++i)
    any = any || m_registers.any(upper_half(i), vtd::fault_record_f);
  if (!any) m_registers.clear_bits(vtd::fsts, fault_status::pending);
  if (!m_registers.any(vtd::fsts, fault_status::reports)) m_events.serve(vtd::fectl);
}

void FaultLog::raise(std::uint32_t reports, Cycle now) {
  const bool first = !m_registers.any(vtd::fsts, fault_status::reports);
  m_registers.set_bits(vtd::fsts, reports);
  if (first) m_events.raise(vtd::fectl, now);
}

}  // namespace apicsim
