// Admin commands (NVMe 1.4 §5).
#include <algorithm>
#include <cstring>

#include "models/devices/nvme/nvme_controller.h"

namespace apicsim {
namespace {

void put_text(std::vector<std::uint8_t>& page, std::size_t offset, std::size_t width,
              const char* text) {
  std::fill_n(page.begin() + static_cast<std::ptrdiff_t>(offset), width, std::uint8_t{' '});
  std::memcpy(page.data() + offset, text, std::min(width, std::strlen(text)));
}

template <typename T>
void put(std::vector<std::uint8_t>& page, std::size_t offset, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i)
    page[offset + i] = static_cast<std::uint8_t>(std::uint64_t{value} >> (8 * i));
}

constexpr std::uint32_t physically_contiguous = 1;
constexpr std::uint32_t interrupts_enabled = 2;

}  // namespace

NvmeController::Outcome NvmeController::execute_admin(const NvmeCommand& command, Cycle& at) {
  switch (command.opcode()) {
    case nvme::create_io_cq:
      return create_completion_queue(command);
    case nvme::create_io_sq:
      return create_submission_queue(command);
    case nvme::delete_io_cq:
      return delete_completion_queue(command);
    case nvme::delete_io_sq:
      return delete_submission_queue(command);
    case nvme::identify:
      return identify(command, at);
    case nvme::get_log_page:
      return log_page(command, at);
    case nvme::set_features:
      return set_feature(command);
    case nvme::get_features:
      return get_feature(command);
    case nvme::abort_command:
      return {Status::success, 1};  // §5.1: commands are too quick to be aborted
    case nvme::async_event_request:
      return request_event(command);
    default:
      return {Status::invalid_opcode};
  }
}

NvmeController::Outcome NvmeController::create_completion_queue(const NvmeCommand& command) {
  const unsigned number = command.low(10), vector = command.high(11);
  const std::uint32_t size = command.high(10) + 1u;
  const bool sizes_known =
      (m_control >> nvme::cc_cq_entry_shift & 0xF) == nvme::completion_size_shift;
  if (number == 0 || number >= nvme::queues || m_completion[number].size != 0)
    return {Status::invalid_queue_id};
  if (size < 2 || size > nvme::largest_queue || !sizes_known) return {Status::invalid_queue_size};
  if (vector >= nvme::vectors) return {Status::invalid_vector};
  if ((command.dword[11] & physically_contiguous) == 0) return {Status::invalid_field};
  if (command.prp1() % page_size() != 0) return {Status::invalid_prp_offset};
  CompletionQueue& queue = m_completion[number];
  queue = CompletionQueue{};
  queue.base = command.prp1();
  queue.size = size;
  queue.interrupts = (command.dword[11] & interrupts_enabled) != 0;
  queue.vector = vector;
  return {};
}

NvmeController::Outcome NvmeController::create_submission_queue(const NvmeCommand& command) {
  const unsigned number = command.low(10), completion = command.high(11);
  const std::uint32_t size = command.high(10) + 1u;
  const bool sizes_known = (m_control >> nvme::cc_sq_entry_shift & 0xF) == nvme::command_size_shift;
  if (number == 0 || number >= nvme::queues || m_submission[number].size != 0)
    return {Status::invalid_queue_id};
  if (completion == 0 || completion >= nvme::queues || m_completion[completion].size == 0)
    return {Status::completion_queue_invalid};
  if (size < 2 || size > nvme::largest_queue || !sizes_known) return {Status::invalid_queue_size};
  if ((command.dword[11] & physically_contiguous) == 0) return {Status::invalid_field};
  if (command.prp1() % page_size() != 0) return {Status::invalid_prp_offset};
  m_submission[number] = {command.prp1(), size, 0, 0, completion};
  return {};
}

NvmeController::Outcome NvmeController::delete_completion_queue(const NvmeCommand& command) {
  const unsigned number = command.low(10);
  if (number == 0 || number >= nvme::queues || m_completion[number].size == 0)
    return {Status::invalid_queue_id};
  for (const SubmissionQueue& queue : m_submission)
    if (queue.size != 0 && queue.completion_queue == number)
      return {Status::invalid_queue_deletion};
  m_completion[number] = CompletionQueue{};
  return {};
}

NvmeController::Outcome NvmeController::delete_submission_queue(const NvmeCommand& command) {
  const unsigned number = command.low(10);
  if (number == 0 || number >= nvme::queues || m_submission[number].size == 0)
    return {Status::invalid_queue_id};
  m_submission[number] = SubmissionQueue{};
  return {};
}

NvmeController::Outcome NvmeController::answer(const NvmeCommand& command,
                                               std::vector<std::uint8_t>& bytes, Cycle& at) {
  return {transfer(command, bytes, true, at)};
}

/// Identify Controller, Figure 247.
std::vector<std::uint8_t> NvmeController::describe_controller() const {
  std::vector<std::uint8_t> page(nvme::identify_size);
  put<std::uint16_t>(page, 0, static_cast<std::uint16_t>(config().read(pci::vendor_id, 2)));
  put<std::uint16_t>(page, 2,
                     static_cast<std::uint16_t>(config().read(pci::subsystem_vendor_id, 2)));
  put_text(page, 4, 20, "APICSIM0001");
  put_text(page, 24, 40, "apicsim NVMe Controller");
  put_text(page, 64, 8, "1.0");
  page[77] = nvme::largest_transfer_shift;
  put<std::uint32_t>(page, 80, nvme::vs_value);
  page[259] = nvme::most_async_requests - 1;
  page[260] = 0x03;  // one firmware slot, read-only
  page[512] = nvme::command_size_shift | nvme::command_size_shift << 4;
  page[513] = nvme::completion_size_shift | nvme::completion_size_shift << 4;
  put<std::uint32_t>(page, 516, 1);       // namespaces
  put<std::uint16_t>(page, 520, 0x0008);  // Write Zeroes
  page[525] = 1;                          // volatile write cache
  const char* const name = "nqn.2014-08.org.nvmexpress:uuid:00000000-0000-0000-0000-000000000000";
  std::memcpy(page.data() + 768, name, std::strlen(name));
  return page;
}

/// Identify Namespace, Figure 245: one format, blocks of 512 bytes.
std::vector<std::uint8_t> NvmeController::describe_namespace() const {
  std::vector<std::uint8_t> page(nvme::identify_size);
  const std::uint64_t blocks = m_store.size() >> nvme::block_shift;
  put<std::uint64_t>(page, 0, blocks);
  put<std::uint64_t>(page, 8, blocks);
  put<std::uint64_t>(page, 16, blocks);
  put<std::uint32_t>(page, 128, nvme::block_shift << 16);
  return page;
}

NvmeController::Outcome NvmeController::identify(const NvmeCommand& command, Cycle& at) {
  std::vector<std::uint8_t> page(nvme::identify_size);
  switch (command.dword[10] & 0xFF) {
    case 0:
      if (command.name_space() != 1 && command.name_space() != ~0u)
        return {Status::invalid_namespace};
      if (command.name_space() == 1) page = describe_namespace();
      break;
    case 1:
      page = describe_controller();
      break;
    case 2:  // active namespaces with a larger identifier
      if (command.name_space() >= 0xFFFFFFFE) return {Status::invalid_namespace};
      if (command.name_space() == 0) put<std::uint32_t>(page, 0, 1);
      break;
    default:
      return {Status::invalid_field};
  }
  return answer(command, page, at);
}

/// Error information without entries, health, firmware slots (§5.14.1).
NvmeController::Outcome NvmeController::log_page(const NvmeCommand& command, Cycle& at) {
  const unsigned which = command.dword[10] & 0xFF;
  if (which < 1 || which > 3) return {Status::invalid_log_page};
  if (command.wide(12) != 0) return {Status::invalid_field};
  std::vector<std::uint8_t> page(nvme::log_page_size);
  if (which == 2) {
    put<std::uint16_t>(page, 1, 313);  // composite temperature, kelvins
    page[3] = 100;                     // available spare, percent
    page[4] = 10;                      // its threshold
  } else if (which == 3) {
    page[0] = 1;
    put_text(page, 8, 8, "1.0");
  }
  const std::uint64_t dwords =
      (command.dword[10] >> 16 | (command.dword[11] & 0xFFFFu) << 16) + 1ull;
  page.resize(static_cast<std::size_t>(std::min<std::uint64_t>(4 * dwords, page.size())));
  return answer(command, page, at);
}

NvmeController::Outcome NvmeController::set_feature(const NvmeCommand& command) {
  const unsigned which = command.dword[10] & 0xFF;
  if (which == 0 || which >= nvme::features || which == 3) return {Status::invalid_field};
  if (which == nvme::feature_queues) {
    if (command.low(11) == 0xFFFF || command.high(11) == 0xFFFF) return {Status::invalid_field};
    return {Status::success, (nvme::io_queues - 1) | (nvme::io_queues - 1) << 16};
  }
  m_features[which] = command.dword[11];
  return {};
}

NvmeController::Outcome NvmeController::get_feature(const NvmeCommand& command) const {
  const unsigned which = command.dword[10] & 0xFF;
  if (which == 0 || which >= nvme::features || which == 3) return {Status::invalid_field};
  if (which == nvme::feature_queues)
    return {Status::success, (nvme::io_queues - 1) | (nvme::io_queues - 1) << 16};
  return {Status::success, m_features[which]};
}

NvmeController::Outcome NvmeController::request_event(const NvmeCommand& command) {
  if (m_event_requests.size() >= nvme::most_async_requests) return {Status::async_limit_exceeded};
  m_event_requests.push_back(command.id());
  return {Status::success, 0, true};
}

}  // namespace apicsim
