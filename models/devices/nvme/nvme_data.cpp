// Data of commands: PRP entries and lists (NVMe 1.4 §4.3), blocks of the namespace (§6).
#include <algorithm>

#include "models/devices/nvme/nvme_controller.h"

namespace apicsim {

std::uint64_t NvmeController::page_size() const {
  return std::uint64_t{4096} << (m_control >> nvme::cc_page_shift & 0xF);
}

/// The first entry may begin inside a page; all others begin pages. The last entry of a page of the
/// list points to the next page of the list where more are needed.
nvme::Status NvmeController::segments(const NvmeCommand& command, std::uint64_t length,
                                      std::vector<Segment>& found, Cycle& at) {
  const std::uint64_t page = page_size();
  const auto add = [&](std::uint64_t address) {
    const std::uint64_t part = std::min(length, page - address % page);
    found.push_back({address, static_cast<std::uint32_t>(part)});
    length -= part;
  };
  if (command.prp1() % 4 != 0) return Status::invalid_prp_offset;
  add(command.prp1());
  if (length == 0) return Status::success;
  if (length <= page) {
    if (command.prp2() % page != 0) return Status::invalid_prp_offset;
    add(command.prp2());
    return Status::success;
  }
  std::uint64_t list = command.prp2();
  if (list % 8 != 0) return Status::invalid_prp_offset;
  while (length != 0) {
    std::uint64_t entry = 0;
    if (!read_memory(list, &entry, sizeof entry, at)) return Status::data_transfer_error;
    const bool last_of_page = (list + sizeof entry) % page == 0;
    if (entry % page != 0) return Status::invalid_prp_offset;
    if (last_of_page && length > page) {
      list = entry;
      continue;
    }
    add(entry);
    list += sizeof entry;
  }
  return Status::success;
}

nvme::Status NvmeController::transfer(const NvmeCommand& command, std::vector<std::uint8_t>& bytes,
                                      bool to_memory, Cycle& at) {
  std::vector<Segment> found;
  const Status status = segments(command, bytes.size(), found, at);
  if (status != Status::success) return status;
  std::uint8_t* next = bytes.data();
  for (const Segment& segment : found) {
    const bool done = to_memory ? write_memory(data, segment.address, next, segment.length, at)
                                : read_memory(data, segment.address, next, segment.length, at);
    // A write is posted: the controller does not learn that it was refused.
    if (!done && !to_memory) return Status::data_transfer_error;
    next += segment.length;
  }
  return Status::success;
}

NvmeController::Outcome NvmeController::execute_io(const NvmeCommand& command, Cycle& at) {
  if (command.name_space() != 1) {
    const bool flushes_all = command.opcode() == nvme::flush && command.name_space() == ~0u;
    return {flushes_all ? Status::success : Status::invalid_namespace};
  }
  switch (command.opcode()) {
    case nvme::flush:
      return {};
    case nvme::read:
    case nvme::write:
    case nvme::write_zeroes:
      return move_blocks(command, at);
    default:
      return {Status::invalid_opcode};
  }
}

NvmeController::Outcome NvmeController::move_blocks(const NvmeCommand& command, Cycle& at) {
  const std::uint64_t first = command.wide(10);
  const std::uint64_t count = std::uint64_t{command.low(12)} + 1;
  const std::uint64_t blocks = m_store.size() >> nvme::block_shift;
  if (first >= blocks || count > blocks - first) return {Status::lba_out_of_range};
  const std::uint64_t offset = first << nvme::block_shift;
  const std::uint64_t length = count << nvme::block_shift;
  std::vector<std::uint8_t> bytes(length);
  if (command.opcode() == nvme::write_zeroes) {
    m_store.write(offset, bytes.data(), length);
    return {};
  }
  if (length > std::uint64_t{4096} << nvme::largest_transfer_shift) return {Status::invalid_field};
  const bool reads = command.opcode() == nvme::read;
  if (reads) m_store.read(offset, bytes.data(), length);
  const Status status = transfer(command, bytes, reads, at);
  if (!reads && status == Status::success) m_store.write(offset, bytes.data(), length);
  return {status};
}

}  // namespace apicsim
