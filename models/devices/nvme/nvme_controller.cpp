#include "models/devices/nvme/nvme_controller.h"

#include "models/devices/register_bytes.h"
#include "models/fabric/notify_at.h"

namespace apicsim {
namespace {

constexpr std::uint64_t all_ones = ~std::uint64_t{0};

EndpointInterrupts interrupts() {
  EndpointInterrupts interrupts;
  interrupts.msi = false;
  MsixShape shape;
  shape.vectors = nvme::vectors;
  shape.table_bar = shape.pending_bar = nvme::bar;
  shape.table_offset = nvme::msix_table;
  shape.pending_offset = nvme::msix_pending;
  interrupts.msix = shape;
  return interrupts;
}

}  // namespace

NvmeController::NvmeController(const sc_core::sc_module_name& name, const Timebase& timebase,
                               const PciAddress& address, const PciIdentity& identity,
                               const Config& config, const PciWiring& wiring)
    : PciEndpoint(name, timebase, address, identity, interrupts(), wiring),
      registers("registers", timebase, *this,
                {&NvmeController::read, &NvmeController::write, &NvmeController::peek}),
      data("data", config.data_id.value_or(address.requester_id())),
      m_config(config),
      m_store(config.image, config.size) {
  declare_bar(nvme::bar, BarKind::memory64, nvme::bar_size);
  SC_METHOD(process);
  sensitive << m_event;
  dont_initialize();
}

void NvmeController::reset_device(Cycle now) {
  disable(now);
  m_control = m_admin_sizes = 0;
  m_admin_submission = m_admin_completion = 0;
  m_features = {};
}

void NvmeController::config_written(unsigned offset, unsigned size, Cycle now) {
  PciEndpoint::config_written(offset, size, now);
  show_interrupts(now);
}

// --- registers -----------------------------------------------------------------------------------

std::uint64_t NvmeController::quad(std::uint64_t offset) const {
  const auto pair = [](std::uint64_t low, std::uint64_t high) { return low | high << 32; };
  switch (offset) {
    case nvme::cap:
      return nvme::cap_value;
    case nvme::vs:
      return pair(nvme::vs_value, m_masked);
    case nvme::intmc:
      return pair(m_masked, m_control);
    case nvme::csts - 4:
      return pair(0, m_status);
    case nvme::aqa - 4:
      return pair(0, m_admin_sizes);
    case nvme::asq:
      return m_admin_submission;
    case nvme::acq:
      return m_admin_completion;
    default:
      return 0;
  }
}

/// Aligned doublewords and quadwords (§3.1); others are undefined and read all ones here.
std::uint64_t NvmeController::peek(std::uint64_t offset, unsigned size, Cycle now) const {
  if (offset >= nvme::msix_table) return peek_msix(offset, size, now);
  if ((size != 4 && size != 8) || offset % size != 0) return all_ones;
  return quad(offset & ~std::uint64_t{7}) >> (8 * (offset & 7));
}

std::uint64_t NvmeController::read(std::uint64_t offset, unsigned size, Cycle now) {
  return peek(offset, size, now);
}

void NvmeController::write(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  if (offset >= nvme::msix_table) return write_msix(offset, size, value, now);
  if ((size != 4 && size != 8) || offset % size != 0) return;
  write_dword(offset, static_cast<std::uint32_t>(value), now);
  if (size == 8) write_dword(offset + 4, static_cast<std::uint32_t>(value >> 32), now);
}

void NvmeController::write_dword(std::uint64_t offset, std::uint32_t value, Cycle now) {
  if (offset >= nvme::doorbells)
    return ring(static_cast<unsigned>((offset - nvme::doorbells) / 4), value, now);
  switch (offset) {
    case nvme::intms:
      m_masked |= value;
      return show_interrupts(now);
    case nvme::intmc:
      m_masked &= ~value;
      return show_interrupts(now);
    case nvme::cc:
      return write_control(value & nvme::cc_writable, now);
    case nvme::aqa:
      m_admin_sizes = value & nvme::aqa_writable;
      return;
    case nvme::asq:
    case nvme::asq + 4:
      m_admin_submission =
          merged(m_admin_submission, offset - nvme::asq, 4, value) & nvme::queue_base;
      return;
    case nvme::acq:
    case nvme::acq + 4:
      m_admin_completion =
          merged(m_admin_completion, offset - nvme::acq, 4, value) & nvme::queue_base;
      return;
    default:
      return;
  }
}

void NvmeController::write_control(std::uint32_t value, Cycle now) {
  const std::uint32_t old = m_control;
  m_control = value;
  if ((value & ~old & nvme::cc_enable) != 0) enable(now);
  if ((old & ~value & nvme::cc_enable) != 0) disable(now);
  if ((value & nvme::cc_shutdown) != 0) m_status |= nvme::csts_shutdown_complete;
}

/// What cannot be is Controller Fatal Status instead of Ready (§3.1.5, §7.6.1).
void NvmeController::enable(Cycle) {
  const bool known_set = (m_control & nvme::cc_command_set) == 0;
  const bool round_robin = (m_control & nvme::cc_arbitration) == 0;
  const std::uint32_t sq = m_admin_sizes & 0xFFF, cq = m_admin_sizes >> 16;
  const bool page_known = 12 + (m_control >> nvme::cc_page_shift & 0xF) <= nvme::largest_page_shift;
  if (!known_set || !round_robin || !page_known || sq == 0 || cq == 0) return fail();
  m_submission[0] = {m_admin_submission, sq + 1, 0, 0, 0};
  m_completion[0] = {m_admin_completion, cq + 1, 0, 0, true, true, 0};
  m_status = nvme::csts_ready;
}

/// Controller reset (§7.3.2): the queues are gone, the admin queue's registers stay.
void NvmeController::disable(Cycle now) {
  m_submission = {};
  m_completion = {};
  m_event_requests.clear();
  m_status = 0;
  m_masked = 0;
  m_busy = false;
  m_event.cancel();
  show_interrupts(now);
}

void NvmeController::fail() {
  m_status |= nvme::csts_fatal;
  ++m_statistics.fatal;
}

/// §3.1.24, §3.1.25: even doorbells are tails of submission queues, odd ones heads of completion
/// queues.
void NvmeController::ring(unsigned doorbell, std::uint32_t value, Cycle now) {
  if ((m_status & nvme::csts_ready) == 0) return;
  const unsigned number = doorbell / 2;
  const bool completion = doorbell % 2 != 0;
  const std::uint32_t size = number >= nvme::queues ? 0
                             : completion           ? m_completion[number].size
                                                    : m_submission[number].size;
  const std::uint32_t index = value & 0xFFFF;
  if (index >= size) {
    ++m_statistics.invalid_doorbells;
    return report_event(
        size == 0 ? nvme::event_invalid_doorbell : nvme::event_invalid_doorbell_value, now);
  }
  if (completion) {
    m_completion[number].head = index;
    show_interrupts(now);
  } else {
    m_submission[number].tail = index;
  }
  start(now);
}

void NvmeController::report_event(std::uint32_t event, Cycle now) {
  if (m_event_requests.empty() || m_completion[0].full()) return;
  const std::uint16_t id = m_event_requests.front();
  m_event_requests.pop_front();
  Outcome outcome;
  outcome.result = event;
  Cycle at = now;
  complete(0, id, outcome, at);
}

// --- queues --------------------------------------------------------------------------------------

std::optional<unsigned> NvmeController::next_queue() {
  for (unsigned i = 1; i <= nvme::queues; ++i) {
    const unsigned number = (m_last_served + i) % nvme::queues;
    const SubmissionQueue& queue = m_submission[number];
    if (queue.size == 0 || queue.head == queue.tail) continue;
    if (!m_completion[queue.completion_queue].full()) return number;
  }
  return std::nullopt;
}

void NvmeController::start(Cycle now) {
  if (m_busy || (m_status & nvme::csts_fatal) != 0 || !next_queue()) return;
  m_busy = true;
  notify_at(timebase(), m_event, now + m_config.command_time);
}

void NvmeController::process() {
  m_busy = false;
  const auto number = next_queue();
  if (!number || (m_status & (nvme::csts_ready | nvme::csts_fatal)) != nvme::csts_ready) return;
  m_last_served = *number;
  Cycle at = timebase().now();
  if (execute_from(*number, at)) start(at);
}

bool NvmeController::execute_from(unsigned number, Cycle& at) {
  SubmissionQueue& queue = m_submission[number];
  NvmeCommand command;
  const std::uint64_t address = queue.base + std::uint64_t{queue.head} * nvme::command_size;
  if (!read_memory(address, command.dword.data(), nvme::command_size, at)) {
    fail();
    return false;
  }
  queue.head = (queue.head + 1) % queue.size;
  ++m_statistics.commands;
  Outcome outcome;
  if (!command.plain())
    outcome.status = Status::invalid_field;
  else
    outcome = number == 0 ? execute_admin(command, at) : execute_io(command, at);
  if (!outcome.held) complete(number, command.id(), outcome, at);
  return true;
}

void NvmeController::complete(unsigned number, std::uint16_t command_id, const Outcome& outcome,
                              Cycle& at) {
  constexpr std::uint32_t do_not_retry = 1u << 31;
  const SubmissionQueue& from = m_submission[number];
  CompletionQueue& queue = m_completion[from.completion_queue];
  const bool failed = outcome.status != Status::success;
  if (failed) ++m_statistics.failed;
  const std::array<std::uint32_t, 4> entry = {outcome.result, 0, from.head | number << 16,
                                              command_id | (queue.phase ? 1u << 16 : 0u) |
                                                  static_cast<std::uint32_t>(outcome.status) << 17 |
                                                  (failed ? do_not_retry : 0u)};
  write_memory(queue.base + std::uint64_t{queue.tail} * nvme::completion_size, entry.data(),
               nvme::completion_size, at);
  queue.tail = (queue.tail + 1) % queue.size;
  if (queue.tail == 0) queue.phase = !queue.phase;
  if (queue.interrupts && msix_enabled()) signal(queue.vector, at);
  show_interrupts(at);
}

/// The pin is asserted while a completion queue with interrupts has entries, unless its vector is
/// masked (§7.5.1).
void NvmeController::show_interrupts(Cycle now) {
  bool wanted = false;
  for (const CompletionQueue& queue : m_completion)
    wanted = wanted || (queue.size != 0 && queue.interrupts && queue.head != queue.tail &&
                        (m_masked >> queue.vector & 1) == 0);
  drive_pin(wanted, now);
}

}  // namespace apicsim
