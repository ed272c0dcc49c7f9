#include "models/iommu/vtd_unit.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/fabric/notify_at.h"
#include "models/fabric/unmodelled.h"

namespace apicsim {
namespace {

FaultLog::Config fault_config(const VtdUnit::Config& config) {
  return {config.capability.fault_records + 1u, config.extended.device_tlb,
          config.extended.scalable_mode};
}

DmaRemapping::Config remapping_config(const VtdUnit::Config& config) {
  DmaRemapping::Config result;
  result.capability = config.capability;
  result.extended = config.extended;
  result.extended.coherent = config.extended.coherent || config.always_snoops;
  result.host_address_width = config.host_address_width;
  result.context_entries = config.context_entries;
  result.pasid_entries = config.pasid_entries;
  result.iotlb_entries = config.iotlb_entries;
  result.table_entries = config.table_entries;
  result.lookup = config.lookup;
  result.structure_read = config.structure_read;
  return result;
}

InvalidationQueue::Config queue_config(const VtdUnit::Config& config) {
  return {config.capability, config.extended, config.invalidation, config.device_time_out};
}

/// The last of its group, but not a Stop Marker (PCIe 5.0 §10.4.1.2.1).
bool wants_response(const PageRequest& request) {
  const bool stop_marker = request.has_pasid && !request.read && !request.write;
  return request.last && !stop_marker;
}

}  // namespace

VtdUnit::VtdUnit(const sc_core::sc_module_name& name, const Timebase& timebase,
                 const Config& config, InterruptSink& interrupts)
    : RegisterTarget(name, timebase),
      dma("dma", config.requester_id),
      m_config(config),
      m_interrupts(interrupts),
      m_registers(this->name(), config.capability, config.extended, config.version),
      m_memory(dma),
      m_events(m_registers, interrupts, dma),
      m_faults(fault_config(config), m_registers, m_events),
      m_entries(config.cached_entries),
      m_remapping(remapping_config(config), m_memory),
      m_queue(queue_config(config),
              {m_registers, dma, m_remapping, m_entries, m_faults, m_events, m_agents}),
      m_page_requests(m_registers, dma, m_events) {
  SC_METHOD(wake);
  sensitive << m_wake;
  dont_initialize();
}

VtdUnit::Statistics VtdUnit::statistics() const {
  Statistics result = m_statistics;
  result.descriptors = m_queue.descriptors();
  result.lost_faults = m_faults.lost();
  result.page_requests = m_page_requests.accepted();
  result.lost_page_requests = m_page_requests.dropped();
  result.dma = m_remapping.statistics();
  return result;
}

std::uint64_t VtdUnit::peek_register(std::uint64_t offset, unsigned size, Cycle) const {
  return m_registers.read(offset, size);
}

std::uint64_t VtdUnit::read_register(std::uint64_t offset, unsigned size, Cycle now) {
  settle(now);
  refuse_unmodelled_register(offset);
  return m_registers.read(offset, size);
}

void VtdUnit::refuse_unmodelled_register(std::uint64_t offset) {
  if (m_registers.is_register(offset)) return;
  const auto* block = vtd::unmodelled_at(offset, m_config.capability, m_config.extended);
  if (block != nullptr) unmodelled(block->name, fmt::format("offset {:#x}", offset).c_str());
}

void VtdUnit::write_register(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  // What the unit itself writes, by a queue or an event that points here, does not come back in.
  if (m_working) return;
  // Software must write aligned doublewords or quadwords (§10.2); anything else is dropped.
  if (size < 4 || offset % size != 0) return;
  settle(now);
  write_dword(offset, static_cast<std::uint32_t>(value), now);
  if (size == 8) write_dword(offset + 4, static_cast<std::uint32_t>(value >> 32), now);
  settle(now);
}

void VtdUnit::write_dword(std::uint64_t offset, std::uint32_t value, Cycle now) {
  const Working working(*this);
  if (offset == vtd::gcmd) return issue_global(value, now);
  if (is_busy(offset)) return;
  refuse_unmodelled_register(offset);
  m_registers.write(offset, value);
  after_write(offset, now);
}

/// An invalidation by register is not to be disturbed before it is done (§10.4.7, §10.4.8.1).
bool VtdUnit::is_busy(std::uint64_t offset) const {
  const std::uint64_t base = offset & ~std::uint64_t{7};
  if (base == vtd::ccmd) return m_registers.any(vtd::ccmd, vtd::invalidate_context);
  if (base == m_registers.iotlb())
    return m_registers.any(m_registers.iotlb(), vtd::invalidate_iotlb);
  return false;
}

/// What a write sets off. Request bits are in the upper halves, whose write starts the command.
void VtdUnit::after_write(std::uint64_t offset, Cycle now) {
  if (offset == vtd::ccmd + 4 && m_registers.any(vtd::ccmd, vtd::invalidate_context))
    defer(DeferredCommand::Kind::context, m_registers.value(vtd::ccmd), now);
  if (offset == m_registers.iotlb() + 4 &&
      m_registers.any(m_registers.iotlb(), vtd::invalidate_iotlb))
    defer(DeferredCommand::Kind::iotlb, m_registers.value(m_registers.iotlb()), now);
  if (offset == vtd::pmen)
    defer(DeferredCommand::Kind::protected_memory, m_registers.value(vtd::pmen), now);
  const bool is_record = offset >= m_registers.fault_record(0) &&
                         offset < m_registers.fault_record(m_config.capability.fault_records + 1u);
  if (offset == vtd::fsts || is_record) m_faults.update();
  if (offset == vtd::fectl) m_events.unmask(vtd::fectl, now);
  if (m_config.extended.queued_invalidation || m_config.extended.page_requests)
    after_queue_write(offset, now);
}

void VtdUnit::after_queue_write(std::uint64_t offset, Cycle now) {
  if (offset == vtd::iqt || offset == vtd::fsts) m_queue.start(now);
  if (offset == vtd::ics && !m_registers.any(vtd::ics, vtd::wait_completed))
    m_events.serve(vtd::iectl);
  if (offset == vtd::iectl) m_events.unmask(vtd::iectl, now);
  if (offset == vtd::prs) m_page_requests.update();
  if (offset == vtd::pectl) m_events.unmask(vtd::pectl, now);
}

/// Carries out what is due up to `now`.
void VtdUnit::settle(Cycle now) {
  if (!m_working) run(now);
  arm();
}

void VtdUnit::run(Cycle now) {
  const Working working(*this);
  for (;;) {
    const Cycle next = std::min(m_commands.due(), m_queue.due());
    if (next > now) return;
    if (m_commands.due() <= next)
      carry_out(m_commands.take());
    else
      m_queue.run(next);
  }
}

void VtdUnit::wake() {
  const Cycle at = m_wake_at;
  m_wake_at = never;
  settle(at);
}

void VtdUnit::arm() {
  const Cycle next = std::min(m_commands.due(), m_queue.due());
  if (next == m_wake_at) return;
  m_wake_at = next;
  notify_at(timebase(), m_wake, next);
}

DmaResult VtdUnit::translate(const DmaRequest& request, Cycle& now) {
  settle(now);
  const Working working(*this);
  DmaResult result = m_remapping.translate(request, now);
  if (const auto* fault = std::get_if<DmaFault>(&result))
    if (fault->recorded) m_faults.record(fault_record(*fault), now);
  return result;
}

/// What keeps a request from the queue is recorded like other faults, and answered: as failed where
/// the unit cannot ask its tables, as invalid where they say no (§7.4.1).
std::optional<PageResponse> VtdUnit::queue_page_request(const PageRequest& request, Cycle& now) {
  if (!m_config.extended.page_requests || !status(vtd::translation_enable))
    return PageResponse::response_failure;
  DmaRequest asked;
  asked.address = request.address & vtd::page;
  asked.source = request.source;
  asked.write = request.write;
  asked.tag.has_pasid = request.has_pasid;
  asked.tag.pasid = request.pasid;
  asked.tag.privileged = request.privileged;
  asked.tag.execute = request.execute;
  const auto fault = m_remapping.refuse_page_request(asked, now);
  if (!fault) return m_page_requests.add(request, now);
  if (fault->recorded) m_faults.record(fault_record(*fault, true), now);
  return fault->completer_abort ? PageResponse::response_failure : PageResponse::invalid_request;
}

void VtdUnit::page_request(const PageRequest& request, Cycle now) {
  settle(now);
  const Working working(*this);
  const auto answer = queue_page_request(request, now);
  const auto agent = m_agents.find(request.source);
  if (!answer || !wants_response(request) || agent == m_agents.end()) return;
  agent->second->page_group_response(
      {request.group, static_cast<std::uint8_t>(*answer), request.has_pasid, request.pasid}, now);
}

void VtdUnit::stray_completion(std::uint16_t source, std::uint32_t tags, Cycle now) {
  settle(now);
  {
    const Working working(*this);
    m_queue.completion(source, tags, now);
  }
  settle(now);
}

void VtdUnit::unmodelled(const char* what, const char* where) {
  if (!m_config.report_unmodelled)
    throw Unmodelled(fmt::format("{}: {} by {} is not modelled", name(), what, where));
  ++m_unmodelled_requests;
}

}  // namespace apicsim
