// Fault records, and the events by which the unit tells software (VT-d §7.2 to §7.4).
#include "models/fabric/msi_decode.h"
#include "models/fabric/spec/msi.h"
#include "models/iommu/spec/faults.h"
#include "models/iommu/vtd_unit.h"

namespace apicsim {
namespace {

namespace fault_status = vtd::fault_status;

// From an event's control register (FECTL, IECTL) to its data, address and upper address.
constexpr std::uint32_t event_data = 4, event_address = 8, event_upper_address = 12;

}  // namespace

std::uint32_t VtdUnit::record_offset(unsigned index) const {
  return m_config.capability.fault_offset * 16u + index * vtd::fault_record_size;
}

/// §7.2.1: records are filled in turn; while one is missing, faults are lost.
void VtdUnit::record_fault(const InterruptBlock& why, std::uint16_t source, Cycle now) {
  State& upper = at(record_offset(m_next_record) + 8);
  if ((low_of(vtd::fsts) & fault_status::overflow) != 0 ||
      (upper.value & vtd::fault_record_f) != 0) {
    ++m_statistics.lost_faults;
    return raise_fault_status(fault_status::overflow, now);
  }
  at(record_offset(m_next_record)).value = std::uint64_t{why.index}
                                           << vtd::fault_record::interrupt_index_shift;
  upper.value = vtd::fault_record_f | source |
                static_cast<std::uint64_t>(why.reason) << vtd::fault_record::reason_shift;
  std::uint64_t& status = at(vtd::fsts).value;
  if ((status & fault_status::pending) == 0) {
    status &= ~(std::uint64_t{0xFF} << fault_status::index_shift);
    status |= std::uint64_t{m_next_record} << fault_status::index_shift;
  }
  m_next_record = (m_next_record + 1) % (m_config.capability.fault_records + 1u);
  raise_fault_status(fault_status::pending, now);
}

/// PPF is the sum of the records' F bits; without any report left, a held event has been served.
void VtdUnit::update_pending() {
  bool any = false;
  for (unsigned i = 0; i <= m_config.capability.fault_records; ++i)
    any = any || (value_of(record_offset(i) + 8) & vtd::fault_record_f) != 0;
  std::uint64_t& status = at(vtd::fsts).value;
  if (!any) status &= ~std::uint64_t{fault_status::pending};
  if ((status & fault_status::reports) == 0)
    at(vtd::fectl).value &= ~std::uint64_t{vtd::interrupt_pending};
}

/// An event is sent for the first report only (§7.3).
void VtdUnit::raise_fault_status(std::uint32_t bits, Cycle now) {
  std::uint64_t& status = at(vtd::fsts).value;
  const bool first = (status & fault_status::reports) == 0;
  status |= bits;
  if (first) send_event(vtd::fectl, now);
}

void VtdUnit::send_event(std::uint32_t control, Cycle now) {
  std::uint64_t& value = at(control).value;
  value |= vtd::interrupt_pending;
  send_held_event(control, now);
}

void VtdUnit::send_held_event(std::uint32_t control, Cycle now) {
  std::uint64_t& value = at(control).value;
  if ((value & vtd::interrupt_pending) == 0 || (value & vtd::interrupt_mask) != 0) return;
  value &= ~std::uint64_t{vtd::interrupt_pending};
  send_message(control, now);
}

/// The unit's own messages are not remapped; with extended ids the upper address register holds
/// bits 31:8 of the destination (§10.4.13).
void VtdUnit::send_message(std::uint32_t control, Cycle now) {
  const std::uint32_t address = low_of(control + event_address);
  const std::uint32_t data = low_of(control + event_data);
  const std::uint32_t upper = low_of(control + event_upper_address);
  if ((address & ~(msi::window_size - 1)) != msi::window_base) {
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    dma.write(std::uint64_t{upper} << 32 | address, &data, sizeof data, delay);
    return;
  }
  auto message = decode_msi(address, data);
  if (!message) return;
  if (m_table.extended) {
    message->wide_destination = true;
    message->destination |= upper & ~std::uint32_t{0xFF};
  }
  m_interrupts.send(*message, now);
}

}  // namespace apicsim
