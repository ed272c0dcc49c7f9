#include "models/iommu/page_request_queue.h"

#include <array>

#include "models/iommu/spec/page_request.h"

namespace apicsim {
namespace {

namespace layout = vtd::page_request;

constexpr std::uint32_t reports = vtd::page_request_pending | vtd::page_request_overflow;

std::array<std::uint64_t, 4> descriptor_of(const PageRequest& request) {
  std::array<std::uint64_t, 4> words{};
  words[0] = layout::type | std::uint64_t{request.source} << layout::source_shift;
  if (request.has_pasid)
    words[0] |= layout::pasid_present | std::uint64_t{request.pasid & 0xFFFFF}
                                            << layout::pasid_shift;
  if (request.has_pasid && request.execute) words[0] |= layout::execute;
  if (request.has_pasid && request.privileged) words[0] |= layout::privileged;
  words[1] = (request.address & vtd::page) | (request.group & 0x1FFu) << layout::group_shift;
  if (request.read) words[1] |= layout::read;
  if (request.write) words[1] |= layout::write;
  if (request.last) words[1] |= layout::last;
  return words;
}

}  // namespace

std::optional<PageResponse> PageRequestQueue::add(const PageRequest& request, Cycle now) {
  if (m_registers.any(vtd::prs, vtd::page_request_overflow))
    return drop(request, PageResponse::success);
  const std::uint64_t address = m_registers.value(vtd::pqa);
  const std::uint64_t size = std::uint64_t{0x1000} << (address & vtd::queue_size_mask);
  const std::uint64_t tail = m_registers.value(vtd::pqt) % size;
  const std::uint64_t next = (tail + layout::size) % size;
  if (next == m_registers.value(vtd::pqh) % size) {
    report(vtd::page_request_overflow, now);
    return drop(request, PageResponse::success);
  }
  const auto words = descriptor_of(request);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  if (m_memory.write((address & vtd::page) + tail, words.data(), sizeof words, delay) !=
      tlm::TLM_OK_RESPONSE)
    return drop(request, PageResponse::response_failure);
  ++m_accepted;
  m_registers.set(vtd::pqt, next);
  report(vtd::page_request_pending, now);
  return std::nullopt;
}

std::optional<PageResponse> PageRequestQueue::drop(const PageRequest& request, PageResponse code) {
  ++m_dropped;
  if (!request.last) return std::nullopt;
  return code;
}

/// An event is sent for the first report only (§10.4.34).
void PageRequestQueue::report(std::uint32_t status, Cycle now) {
  const bool first = !m_registers.any(vtd::prs, reports);
  m_registers.set_bits(vtd::prs, status);
  if (first) m_events.raise(vtd::pectl, now);
}

void PageRequestQueue::update() {
  if (!m_registers.any(vtd::prs, reports)) m_events.serve(vtd::pectl);
}

}  // namespace apicsim
