#include "models/iommu/invalidation_queue.h"

#include <algorithm>

#include "models/iommu/spec/invalidation.h"

namespace apicsim {
namespace {

namespace descriptor = vtd::descriptor;
namespace fault_status = vtd::fault_status;
using vtd::QueueError;

constexpr unsigned tags = 32;  ///< of a requester's invalidations (PCIe 5.0 §10.3.1)

}  // namespace

bool InvalidationQueue::is_on() const {
  return m_parts.registers.any(vtd::gsts, vtd::queued_invalidation_enable);
}

bool InvalidationQueue::is_held_up() const {
  return m_parts.registers.any(vtd::fsts,
                               fault_status::invalidation_queue | fault_status::time_out);
}

bool InvalidationQueue::is_empty() const {
  return m_parts.registers.value(vtd::iqh) == m_parts.registers.value(vtd::iqt) && !m_wait;
}

std::uint64_t InvalidationQueue::descriptor_size() const {
  return m_parts.registers.any(vtd::iqa, vtd::wide_descriptors) ? descriptor::wide_size
                                                                : descriptor::size;
}

std::uint64_t InvalidationQueue::queue_size() const {
  return std::uint64_t{0x1000} << (m_parts.registers.value(vtd::iqa) & vtd::queue_size_mask);
}

void InvalidationQueue::enable(bool on, Cycle now) {
  m_disable_wanted = !on && is_on();
  if (on && !is_on()) m_parts.registers.set_bits(vtd::gsts, vtd::queued_invalidation_enable);
  if (m_disable_wanted && (is_empty() || is_held_up())) return switch_off();
  start(now);
}

void InvalidationQueue::switch_off() {
  m_disable_wanted = false;
  m_parts.registers.clear_bits(vtd::gsts, vtd::queued_invalidation_enable);
  m_parts.registers.set(vtd::iqh, 0);
  m_fetch_due = never;
  m_stalled = false;
  m_wait.reset();
}

void InvalidationQueue::start(Cycle now) {
  if (m_fetch_due != never || m_stalled || m_wait) return;
  if (!is_on() || is_held_up()) return;
  if (!is_empty())
    m_fetch_due = now + m_config.descriptor;
  else if (m_disable_wanted)
    switch_off();
}

std::vector<InvalidationQueue::Outstanding>::iterator InvalidationQueue::oldest() {
  return std::min_element(m_outstanding.begin(), m_outstanding.end(),
                          [](const Outstanding& a, const Outstanding& b) { return a.due < b.due; });
}

Cycle InvalidationQueue::answer_due() const {
  Cycle first = never;
  for (const Outstanding& request : m_outstanding) first = std::min(first, request.due);
  return first;
}

Cycle InvalidationQueue::due() const { return std::min(m_fetch_due, answer_due()); }

void InvalidationQueue::run(Cycle now) {
  if (answer_due() <= now) return settle_oldest(now);
  if (m_fetch_due <= now) fetch(now);
}

/// The oldest request to a device is answered, or its time is out.
void InvalidationQueue::settle_oldest(Cycle now) {
  const Outstanding request = *oldest();
  m_outstanding.erase(oldest());
  if (!request.answered) return time_out(request.source, now);
  go_on(now);
}

/// Who caused an error that FSTS does not report yet.
void InvalidationQueue::note_source(std::uint32_t status, unsigned shift, std::uint16_t source) {
  if (!m_config.extended.scalable_mode || m_parts.registers.any(vtd::fsts, status)) return;
  m_parts.registers.clear_bits(vtd::iqercd, std::uint64_t{0xFFFF} << shift);
  m_parts.registers.set_bits(vtd::iqercd, std::uint64_t{source} << shift);
}

/// Waits that are in flight are aborted, and nothing is fetched until software has cleared ITE
/// (§6.5.2.11).
void InvalidationQueue::time_out(std::uint16_t source, Cycle now) {
  note_source(fault_status::time_out, vtd::time_out_source_shift, source);
  m_wait.reset();
  m_stalled = false;
  m_fetch_due = never;
  m_parts.faults.raise(fault_status::time_out, now);
  if (m_disable_wanted) switch_off();
}

/// After an answer: what has waited for it can go on.
void InvalidationQueue::go_on(Cycle now) {
  m_stalled = false;
  if (m_wait && m_outstanding.empty()) finish_wait(now);
  start(now);
}

std::optional<QueueError> InvalidationQueue::setup_error() const {
  const std::uint64_t tail = m_parts.registers.value(vtd::iqt);
  const bool scalable = m_mode == DmaRemapping::Mode::scalable;
  if (m_mode == DmaRemapping::Mode::reserved) return QueueError::invalid_table_mode;
  if (scalable && descriptor_size() != descriptor::wide_size) return QueueError::invalid_width;
  if (tail % descriptor_size() != 0) return QueueError::tail_not_aligned;
  if (tail >= queue_size()) return QueueError::invalid_tail;
  return std::nullopt;
}

Descriptor InvalidationQueue::read_descriptor() {
  // A head that a smaller queue or wider descriptors have left behind does not fit either.
  const std::uint64_t head = m_parts.registers.value(vtd::iqh);
  if (head >= queue_size() || head % descriptor_size() != 0) return QueueError::invalid_tail;
  DescriptorWords words{};
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const std::uint64_t address = (m_parts.registers.value(vtd::iqa) & vtd::page) + head;
  if (m_parts.memory.read(address, words.data(), static_cast<unsigned>(descriptor_size()), delay) !=
      tlm::TLM_OK_RESPONSE)
    return QueueError::fetch_failed;
  const bool wide = descriptor_size() == descriptor::wide_size;
  return decode_descriptor(words, {m_config.capability, m_config.extended, wide});
}

void InvalidationQueue::fetch(Cycle now) {
  m_fetch_due = never;
  if (const auto wrong = setup_error()) return fail(*wrong, now);
  const Descriptor descriptor = read_descriptor();
  if (const auto* wrong = std::get_if<QueueError>(&descriptor)) return fail(*wrong, now);
  if (!execute(descriptor, now)) {
    m_stalled = true;
    return;
  }
  ++m_descriptors;
  const std::uint64_t head = m_parts.registers.value(vtd::iqh) + descriptor_size();
  m_parts.registers.set(vtd::iqh, head % queue_size());
  if (m_wait && m_outstanding.empty()) finish_wait(now);
  start(now);
}

/// The descriptor stays at the head (§6.5.2.10).
void InvalidationQueue::fail(QueueError why, Cycle now) {
  if (m_config.extended.scalable_mode) {
    m_parts.registers.clear_bits(vtd::iqercd, vtd::queue_error_mask);
    m_parts.registers.set_bits(vtd::iqercd, static_cast<std::uint64_t>(why));
  }
  m_parts.faults.raise(fault_status::invalidation_queue, now);
  if (m_disable_wanted) switch_off();
}

bool InvalidationQueue::execute(const Descriptor& descriptor, Cycle now) {
  if (const auto* what = std::get_if<ContextInvalidation>(&descriptor))
    m_parts.remapping.invalidate_contexts(*what);
  if (const auto* what = std::get_if<IotlbInvalidation>(&descriptor))
    m_parts.remapping.invalidate_iotlb(*what);
  if (const auto* what = std::get_if<PasidInvalidation>(&descriptor))
    m_parts.remapping.invalidate_pasids(*what);
  if (const auto* what = std::get_if<PasidIotlbInvalidation>(&descriptor))
    m_parts.remapping.invalidate_pasid_iotlb(*what);
  if (const auto* what = std::get_if<InterruptEntryInvalidation>(&descriptor))
    what->all ? m_parts.entries.clear() : m_parts.entries.clear(what->index, what->mask);
  if (const auto* what = std::get_if<InvalidationWait>(&descriptor)) m_wait = *what;
  if (const auto* what = std::get_if<DevicePageResponse>(&descriptor)) respond(*what, now);
  if (const auto* what = std::get_if<DeviceInvalidation>(&descriptor))
    return ask_device(*what, now);
  return true;
}

std::uint8_t InvalidationQueue::free_tag() const {
  std::uint8_t tag = 0;
  const auto taken = [&tag](const Outstanding& request) { return request.tag == tag; };
  while (std::any_of(m_outstanding.begin(), m_outstanding.end(), taken)) ++tag;
  return tag;
}

bool InvalidationQueue::ask_device(const DeviceInvalidation& request, Cycle now) {
  const auto pending = std::count_if(
      m_outstanding.begin(), m_outstanding.end(),
      [&request](const Outstanding& other) { return other.source == request.source; });
  if (m_outstanding.size() >= tags || pending >= static_cast<long>(request.most_pending))
    return false;
  DeviceTlbInvalidation what = request.what;
  what.tag = free_tag();
  m_outstanding.push_back({request.source, what.tag, now + m_config.device_time_out, false});
  const auto agent = m_parts.agents.find(request.source);
  if (agent == m_parts.agents.end()) return true;
  const auto answer = agent->second->invalidate_device_tlb(what, now);
  Outstanding& entry = m_outstanding.back();
  if (!answer || *answer > entry.due) return true;
  entry.due = std::max(*answer, now);
  entry.answered = true;
  return true;
}

void InvalidationQueue::completion(std::uint16_t source, std::uint32_t wanted, Cycle now) {
  bool known = wanted != 0;
  for (std::uint8_t tag = 0; tag < tags; ++tag) {
    if ((wanted >> tag & 1) == 0) continue;
    const auto match = std::find_if(m_outstanding.begin(), m_outstanding.end(),
                                    [source, tag](const Outstanding& request) {
                                      return request.source == source && request.tag == tag;
                                    });
    known = known && match != m_outstanding.end();
    if (match == m_outstanding.end()) continue;
    match->due = now;
    match->answered = true;
  }
  if (known) return;
  note_source(fault_status::completion, vtd::completion_source_shift, source);
  m_parts.faults.raise(fault_status::completion, now);
}

void InvalidationQueue::respond(const DevicePageResponse& response, Cycle now) {
  const auto agent = m_parts.agents.find(response.source);
  if (agent != m_parts.agents.end()) agent->second->page_group_response(response.response, now);
}

void InvalidationQueue::finish_wait(Cycle now) {
  const InvalidationWait wait = *m_wait;
  m_wait.reset();
  if (wait.write_status) {
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    m_parts.memory.write(wait.address, &wait.status, sizeof wait.status, delay);
  }
  if (!wait.interrupt) return;
  const bool already = m_parts.registers.any(vtd::ics, vtd::wait_completed);
  m_parts.registers.set_bits(vtd::ics, vtd::wait_completed);
  if (!already) m_parts.events.raise(vtd::iectl, now);
}

}  // namespace apicsim
