#include "models/devices/agent/agent_function.h"

#include <algorithm>
#include <cstring>

#include "models/devices/register_bytes.h"
#include "models/fabric/notify_at.h"
#include "models/fabric/spec/translation_completion.h"

namespace apicsim {
namespace {

constexpr std::uint64_t all_ones = ~std::uint64_t{0};
constexpr std::uint64_t page_mask = 0xFFF;
constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;
constexpr std::uint32_t group_mask = 0x1FF;

EndpointInterrupts interrupts() {
  EndpointInterrupts interrupts;
  interrupts.msi_shape.vectors = agent::vectors;
  interrupts.msix = msix_in_own_bar(agent::msix_bar, agent::msix_bar_size, agent::vectors);
  return interrupts;
}

}  // namespace

AgentFunction::AgentFunction(const sc_core::sc_module_name& name, const Timebase& timebase,
                             const PciAddress& address, const PciIdentity& identity,
                             const PciWiring& wiring)
    : PciEndpoint(name, timebase, address, identity, interrupts(), wiring),
      registers("registers", timebase, *this,
                {&AgentFunction::read, &AgentFunction::write, &AgentFunction::peek}),
      msix("msix", timebase, *this, msix_handlers()) {
  declare_bar(agent::register_bar, BarKind::memory32, agent::register_bar_size);
  declare_bar(agent::msix_bar, BarKind::memory32, agent::msix_bar_size);
  add_capabilities();
  SC_METHOD(act);
  sensitive << m_event;
  dont_initialize();
}

void AgentFunction::add_capabilities() {
  PciConfigSpace& space = config();
  m_ats = space.add_extended_capability(pci::ats_capability_id, 1, pci::ats_length);
  // Queue depth 32 is stated as 0 (ATS 1.1 §5.1.2).
  space.set(m_ats + pci::ats_capability, 2, pci::ats_page_aligned_request);
  space.set_writable(m_ats + pci::ats_control, 2, pci::ats_enable | pci::ats_smallest_unit);
  m_page_requests =
      space.add_extended_capability(pci::page_request_capability_id, 1, pci::page_request_length);
  space.set_writable(m_page_requests + pci::page_request_control, 2, pci::page_request_enable);
  space.set(m_page_requests + pci::page_request_status, 2, pci::page_request_stopped);
  space.set_write_1_clears(m_page_requests + pci::page_request_status, 2,
                           pci::page_request_failure | pci::page_request_unexpected);
  space.set(m_page_requests + pci::page_request_capacity, 4, agent::page_requests);
  space.set_writable(m_page_requests + pci::page_request_allocation, 4, 0xFFFFFFFF);
  m_pasid_capability =
      space.add_extended_capability(pci::pasid_capability_id, 1, pci::pasid_length);
  space.set(m_pasid_capability + pci::pasid_capability, 2,
            agent::pasid_width << 8 | pci::pasid_both);
  space.set_writable(m_pasid_capability + pci::pasid_control, 2,
                     pci::pasid_enable | pci::pasid_both);
}

bool AgentFunction::enabled(unsigned capability, unsigned control, std::uint16_t bit) const {
  return (config().read(capability + control, 2) & bit) != 0;
}

void AgentFunction::reset_device(Cycle) {
  m_event.cancel();
  m_tlb.clear();
  m_address = m_stride = 0;
  m_length = 4;
  m_count = 1;
  m_kind = m_pasid = m_requester = m_period = m_behaviour = m_result = m_done = m_refused = 0;
  m_invalidations = m_requests_sent = m_last_response = 0;
  m_busy = m_waits = false;
  m_buffer.fill(0);
}

// --- registers -----------------------------------------------------------------------------------

std::uint32_t AgentFunction::dword(std::uint64_t offset) const {
  const auto half = [&](std::uint64_t value) {
    return static_cast<std::uint32_t>(value >> ((offset & 4) != 0 ? 32 : 0));
  };
  switch (offset) {
    case agent::identification:
      return agent::identification_value;
    case agent::status:
      return (m_busy ? agent::status_busy : 0) | (m_waits ? agent::status_waits : 0);
    case agent::address:
    case agent::address + 4:
      return static_cast<std::uint32_t>(m_address >> (8 * (offset - agent::address)));
    case agent::length:
      return m_length;
    case agent::kind:
      return m_kind;
    case agent::pasid:
      return m_pasid;
    case agent::requester:
      return m_requester;
    case agent::count:
      return m_count;
    case agent::period:
      return m_period;
    case agent::stride:
    case agent::stride + 4:
      return half(m_stride);
    case agent::result:
      return m_result;
    case agent::accesses_done:
      return m_done;
    case agent::accesses_refused:
      return m_refused;
    case agent::tlb_valid:
      return static_cast<std::uint32_t>(m_tlb.size());
    case agent::invalidations:
      return m_invalidations;
    case agent::behaviour:
      return m_behaviour;
    case agent::requests_sent:
      return m_requests_sent;
    case agent::last_response:
      return m_last_response;
    default:
      return 0;
  }
}

std::uint64_t AgentFunction::peek(std::uint64_t offset, unsigned size, Cycle) const {
  if (offset >= agent::buffer) {
    if (offset + size > agent::register_bar_size) return all_ones;
    std::uint64_t value = 0;
    std::memcpy(&value, m_buffer.data() + (offset - agent::buffer), size);
    return value;
  }
  if ((size != 4 && size != 8) || offset % size != 0) return all_ones;
  const std::uint64_t low = dword(offset);
  return size == 8 ? low | std::uint64_t{dword(offset + 4)} << 32 : low;
}

std::uint64_t AgentFunction::read(std::uint64_t offset, unsigned size, Cycle now) {
  return peek(offset, size, now);
}

void AgentFunction::write(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  if (offset >= agent::buffer) {
    if (offset + size > agent::register_bar_size) return;
    std::memcpy(m_buffer.data() + (offset - agent::buffer), &value, size);
    return;
  }
  if ((size != 4 && size != 8) || offset % size != 0) return;
  write_dword(offset, static_cast<std::uint32_t>(value), now);
  if (size == 8) write_dword(offset + 4, static_cast<std::uint32_t>(value >> 32), now);
}

void AgentFunction::write_dword(std::uint64_t offset, std::uint32_t value, Cycle now) {
  switch (offset) {
    case agent::address:
    case agent::address + 4:
      m_address = merged(m_address, offset - agent::address, 4, value);
      return;
    case agent::length:
      m_length = std::clamp<std::uint32_t>(value, 1, agent::buffer_size);
      return;
    case agent::kind:
      m_kind = value & 0x7F;
      return;
    case agent::pasid:
      m_pasid = value & ((1u << agent::pasid_width) - 1);
      return;
    case agent::requester:
      m_requester = value & (agent::requester_valid | 0xFFFF);
      return;
    case agent::count:
      m_count = std::max<std::uint32_t>(value, 1);
      return;
    case agent::period:
      m_period = value;
      return;
    case agent::stride:
    case agent::stride + 4:
      m_stride = merged(m_stride, offset - agent::stride, 4, value);
      return;
    case agent::start:
      return start((value & 1) != 0, now);
    case agent::behaviour:
      m_behaviour = value & (agent::behaviour_silent | agent::behaviour_keeps);
      return;
    case agent::raise:
      if (value < agent::vectors) signal(value, now);
      return;
    case agent::drop_tlb:
      return m_tlb.clear();
    default:
      return;
  }
}

// --- accesses ------------------------------------------------------------------------------------

void AgentFunction::start(bool on, Cycle now) {
  if (!on) {
    m_busy = m_waits = false;
    m_event.cancel();
    return;
  }
  if (m_busy) return;
  m_busy = true;
  m_made = 0;
  m_done = m_refused = m_result = 0;
  notify_at(timebase(), m_event, now);
}

RequestTag AgentFunction::tag() const {
  RequestTag tag;
  tag.has_pasid = has(agent::kind_pasid);
  if (tag.has_pasid) {
    tag.pasid = m_pasid;
    tag.privileged = has(agent::kind_privileged);
    tag.execute = has(agent::kind_execute) && !has(agent::kind_write);
  }
  return tag;
}

void AgentFunction::act() {
  if (!m_busy || m_waits) return;
  Cycle at = timebase().now();
  const std::uint64_t address = m_address + m_made * m_stride;
  const Result result = access(address, at);
  if (result == Result::no_translation && has(agent::kind_page_request) &&
      ask_for_page(address, at))
    return;
  finish(result, at);
}

void AgentFunction::finish(Result result, Cycle at) {
  m_result = static_cast<std::uint32_t>(result);
  ++(result == Result::done ? m_done : m_refused);
  if (++m_made >= m_count) {
    m_busy = false;
    signal(0, at);
    return;
  }
  const std::uint64_t wait =
      (m_period * timebase().hz() + nanoseconds_per_second - 1) / nanoseconds_per_second;
  notify_at(timebase(), m_event, std::max(at, timebase().now() + std::max<std::uint64_t>(wait, 1)));
}

AgentFunction::Result AgentFunction::access(std::uint64_t address, Cycle& at) {
  const bool other_id = (m_requester & agent::requester_valid) != 0;
  dma.set_requester_id(other_id ? m_requester & 0xFFFF : this->address().requester_id());
  RequestTag how = tag();
  std::uint64_t sent = address;
  Result result = Result::done;
  if (has(agent::kind_translated)) {
    how.address_type = RequestTag::AddressType::translated;
  } else if (has(agent::kind_translate)) {
    result = translate(address, sent, at);
    how.address_type = RequestTag::AddressType::translated;
  }
  if (result == Result::done) result = move(sent, how, at);
  dma.set_requester_id(this->address().requester_id());
  return result;
}

AgentFunction::Result AgentFunction::move(std::uint64_t address, const RequestTag& tag, Cycle& at) {
  if (!may_master()) return Result::refused;
  sc_core::sc_time delay = delay_until(at);
  const bool done =
      has(agent::kind_write)
          ? book_write(dma.write(address, m_buffer.data(), m_length, delay, tag), m_length)
          : book_read(dma.read(address, m_buffer.data(), m_length, delay, tag), m_length);
  at = timebase().now(delay);
  if (!done && !has(agent::kind_write)) std::memset(m_buffer.data(), 0xFF, m_length);
  return done ? Result::done : Result::refused;
}

/// From what is kept, else by a translation request (PCIe 5.0 §10.2.2). The whole access has to lie
/// within one translation.
AgentFunction::Result AgentFunction::translate(std::uint64_t address, std::uint64_t& translated,
                                               Cycle& at) {
  const bool write = has(agent::kind_write);
  const bool with_pasid = has(agent::kind_pasid);
  if (const auto kept = m_tlb.find(address, write, with_pasid, m_pasid)) {
    translated = *kept;
    return Result::done;
  }
  if (!enabled(m_ats, pci::ats_control, pci::ats_enable) || !may_master())
    return Result::no_translation;
  RequestTag request = tag();
  request.address_type = RequestTag::AddressType::translation_request;
  request.no_write = !write;
  std::uint64_t entry = 0;
  sc_core::sc_time delay = delay_until(at);
  const auto status = dma.read(address & ~page_mask, &entry, sizeof entry, delay, request);
  at = timebase().now(delay);
  if (!book_read(status, sizeof entry)) return Result::refused;
  const bool allowed = (entry & (write ? ats::entry_write : ats::entry_read)) != 0;
  if (!allowed || (entry & ats::entry_untranslated_only) != 0) return Result::no_translation;
  DeviceTlb::Entry fresh;
  fresh.size = ats::entry_bytes(entry);
  fresh.first = address & ~(fresh.size - 1);
  fresh.translated = ats::entry_base(entry);
  fresh.read = (entry & ats::entry_read) != 0;
  fresh.write = (entry & ats::entry_write) != 0;
  fresh.has_pasid = with_pasid;
  fresh.pasid = m_pasid;
  fresh.global = with_pasid && (entry & ats::entry_global) != 0;
  m_tlb.insert(fresh);
  translated = fresh.translated + (address - fresh.first);
  return Result::done;
}

// --- page requests and invalidations -------------------------------------------------------------

bool AgentFunction::ask_for_page(std::uint64_t address, Cycle now) {
  const bool allowed =
      enabled(m_page_requests, pci::page_request_control, pci::page_request_enable) &&
      config().read(m_page_requests + pci::page_request_allocation, 4) != 0;
  if (m_service == nullptr || !allowed || !may_master()) return false;
  PageRequest request;
  request.source = this->address().requester_id();
  request.address = address & ~page_mask;
  request.group = static_cast<std::uint16_t>(m_requests_sent & group_mask);
  request.read = !has(agent::kind_write);
  request.write = has(agent::kind_write);
  request.last = true;
  const RequestTag how = tag();
  request.has_pasid = how.has_pasid;
  request.pasid = how.pasid;
  request.privileged = how.privileged;
  request.execute = how.execute;
  ++m_requests_sent;
  m_waits = true;
  m_service->page_request(request, now);
  return true;
}

/// A response to another group than the one that is waited for is "unexpected" (ATS 1.1 §5.2.2).
void AgentFunction::page_group_response(const PageGroupResponse& response, Cycle now) {
  const std::uint32_t expected = (m_requests_sent - 1) & group_mask;
  const auto complain = [&](std::uint16_t bit) {
    const unsigned at = m_page_requests + pci::page_request_status;
    config().set(at, 2, config().read(at, 2) | bit);
  };
  if (!m_waits || response.group != expected) return complain(pci::page_request_unexpected);
  m_last_response = agent::response_valid | static_cast<std::uint32_t>(response.group) << 16 |
                    (response.code & 0xFu);
  m_waits = false;
  if (response.code == static_cast<std::uint8_t>(PageResponse::success)) {
    notify_at(timebase(), m_event, now);
    return;
  }
  if (response.code != static_cast<std::uint8_t>(PageResponse::invalid_request))
    complain(pci::page_request_failure);
  finish(Result::page_request_failed, now);
}

std::optional<Cycle> AgentFunction::invalidate_device_tlb(const DeviceTlbInvalidation& what,
                                                          Cycle now) {
  ++m_invalidations;
  if ((m_behaviour & agent::behaviour_keeps) == 0) m_tlb.invalidate(what);
  if ((m_behaviour & agent::behaviour_silent) != 0) return std::nullopt;
  return now;
}

}  // namespace apicsim
