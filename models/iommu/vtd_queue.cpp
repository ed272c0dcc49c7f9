// The invalidation queue (VT-d §6.5.2): descriptors are carried out in order, one at a time.
#include "models/fabric/notify_at.h"
#include "models/iommu/spec/faults.h"
#include "models/iommu/spec/invalidation.h"
#include "models/iommu/vtd_unit.h"

namespace apicsim {
namespace {

namespace descriptor = vtd::descriptor;

constexpr std::uint64_t size_mask = 7;  ///< IQA.QS: 2^QS pages
constexpr std::uint64_t page_size = 0x1000;

const descriptor::Format* format_of(std::uint64_t low) {
  for (const descriptor::Format& format : descriptor::formats)
    if (format.type == (low & descriptor::type_mask)) return &format;
  return nullptr;
}

bool is_valid(std::uint64_t low, std::uint64_t high) {
  const descriptor::Format* format = format_of(low);
  if (format == nullptr) return false;
  if ((low & format->reserved_low) != 0 || (high & format->reserved_high) != 0) return false;
  return !format->granularity ||
         (low >> descriptor::granularity_shift & descriptor::granularity_mask) != 0;
}

}  // namespace

void VtdUnit::set_queue(bool on, Cycle now) {
  if (on == status(vtd::queued_invalidation_enable)) return;
  // Switching off takes effect when the queue is empty (§10.4.4, QIE).
  if (!on && !queue_waits() && value_of(vtd::iqh) != value_of(vtd::iqt)) return;
  set_status(vtd::queued_invalidation_enable, on);
  if (on) return start_queue(now);
  at(vtd::iqh).value = 0;
  m_queue_busy = false;
  m_queue_event.cancel();
}

/// True while errors hold the queue up, or it is off.
bool VtdUnit::queue_waits() const {
  constexpr std::uint32_t errors =
      vtd::fault_status::invalidation_queue | vtd::fault_status::time_out;
  return !status(vtd::queued_invalidation_enable) || (low_of(vtd::fsts) & errors) != 0;
}

void VtdUnit::start_queue(Cycle now) {
  if (m_queue_busy || queue_waits() || value_of(vtd::iqh) == value_of(vtd::iqt)) return;
  if (m_config.invalidation == 0) {
    while (!queue_waits() && value_of(vtd::iqh) != value_of(vtd::iqt)) take_descriptor(now);
    return;
  }
  m_queue_busy = true;
  m_queue_due = now + m_config.invalidation;
  notify_at(timebase(), m_queue_event, m_queue_due);
}

void VtdUnit::queue_due() {
  m_queue_busy = false;
  const Cycle now = m_queue_due;
  if (!queue_waits()) take_descriptor(now);
  start_queue(now);
}

void VtdUnit::take_descriptor(Cycle now) {
  const std::uint64_t bytes = page_size << (value_of(vtd::iqa) & size_mask);
  std::uint64_t& head = at(vtd::iqh).value;
  if (value_of(vtd::iqt) >= bytes || head >= bytes) return queue_error(now);
  std::uint64_t words[2] = {};
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const std::uint64_t address = (value_of(vtd::iqa) & vtd::page) + head;
  if (dma.read(address, words, sizeof words, delay) != tlm::TLM_OK_RESPONSE)
    return queue_error(now);
  if (!execute(words[0], words[1], now)) return queue_error(now);
  ++m_statistics.descriptors;
  head = (head + descriptor::size) % bytes;
}

/// False for a descriptor that the unit does not know; it stays at the head (§6.5.2.10).
bool VtdUnit::execute(std::uint64_t low, std::uint64_t high, Cycle now) {
  if (!is_valid(low, high)) return false;
  switch (low & descriptor::type_mask) {
    case descriptor::device_tlb:
      if (!m_config.extended.device_tlb) return false;
      // No device here keeps translations of its own: nobody answers.
      raise_fault_status(vtd::fault_status::time_out, now);
      return true;
    case descriptor::interrupt_entries:
      if (!m_config.extended.interrupt_remapping) return false;
      invalidate_entries(low);
      return true;
    case descriptor::wait:
      finish_wait(low, high, now);
      return true;
    default:
      return true;  // nothing is cached of DMA remapping
  }
}

void VtdUnit::invalidate_entries(std::uint64_t low) {
  if ((low & descriptor::index_selective) == 0) return m_entries.clear();
  m_entries.clear(static_cast<std::uint16_t>(low >> descriptor::index_shift),
                  low >> descriptor::index_mask_shift & 31);
}

void VtdUnit::finish_wait(std::uint64_t low, std::uint64_t high, Cycle now) {
  if ((low & descriptor::status_write) != 0) {
    const auto data = static_cast<std::uint32_t>(low >> descriptor::status_data_shift);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    dma.write(high & descriptor::status_address, &data, sizeof data, delay);
  }
  if ((low & descriptor::interrupt_flag) == 0) return;
  std::uint64_t& ics = at(vtd::ics).value;
  const bool already = (ics & vtd::wait_completed) != 0;
  ics |= vtd::wait_completed;
  if (!already) send_event(vtd::iectl, now);
}

void VtdUnit::queue_error(Cycle now) {
  raise_fault_status(vtd::fault_status::invalidation_queue, now);
}

}  // namespace apicsim
