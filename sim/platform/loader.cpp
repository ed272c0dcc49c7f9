#include "sim/platform/loader.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/platform/model_config.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kFourGiB = std::uint64_t{1} << 32;

}  // namespace

BootEntry Loader::load(const ElfImage& kernel, const std::string& command_line,
                       const std::string& workload) {
  if (!kernel.pvh_entry())
    throw LoadError(kernel.path().string() +
                    ": has no PVH entry: no Xen note PHYS32_ENTRY (type 18)");
  load_firmware();
  load_kernel(kernel);
  PvhDescription pvh;
  pvh.rsdp_address = m_rsdp;
  pvh.command_line = command_line;
  pvh.memory_map = pvh_memory_map(m_machine);
  if (!workload.empty()) pvh.modules.push_back(load_workload(workload));
  const FirmwareBlob info = build_pvh_start_info(pvh, m_machine.start_info_address);
  put(info.address, info.bytes.data(), info.bytes.size(), "the PVH start information");
  return {*kernel.pvh_entry(), static_cast<std::uint32_t>(info.address)};
}

void Loader::load_firmware() {
  const FirmwareImage image = place_firmware(m_machine.firmware);
  m_rsdp = image.rsdp_address;
  for (const FirmwareBlob& blob : image.blobs)
    put(blob.address, blob.bytes.data(), blob.bytes.size(), "the firmware's " + blob.name);
}

void Loader::load_kernel(const ElfImage& kernel) {
  const std::string what = kernel.path().string();
  for (const ElfSegment& segment : kernel.segments()) {
    claim(segment.physical, segment.memory_size, what);
    // Memory is zero from the start: only the bytes of the file are written.
    if (!m_memory.write(segment.physical, kernel.data(segment), segment.file_size))
      throw LoadError(fmt::format("{}: cannot be written to {:#x}", what, segment.physical));
  }
}

PvhModule Loader::load_workload(const std::string& workload) {
  const std::uint64_t address = find_room(workload.size());
  put(address, workload.data(), workload.size(), "the workload");
  return {address, workload.size(), ""};
}

void Loader::put(std::uint64_t address, const void* data, std::size_t size,
                 const std::string& what) {
  claim(address, size, what);
  if (!m_memory.write(address, data, size))
    throw LoadError(fmt::format("{} cannot be written to {:#x}", what, address));
}

void Loader::claim(std::uint64_t address, std::uint64_t size, const std::string& what) {
  if (!m_memory.is_ram(address, size))
    throw LoadError(fmt::format("{} needs memory at {:#x}..{:#x}, where the machine has none", what,
                                address, address + size - 1));
  for (const Occupied& other : m_occupied)
    if (address < other.end && other.begin < address + size)
      throw LoadError(
          fmt::format("{} at {:#x} overlaps {} at {:#x}", what, address, other.what, other.begin));
  m_occupied.push_back({address, address + size, what});
}

/// The highest free page-aligned place in usable memory below 4 GiB: where boot loaders put an
/// initial ramdisk, out of the way of the kernel's early allocations.
std::uint64_t Loader::find_room(std::uint64_t size) const {
  for (auto entry = m_machine.memory_map.rbegin(); entry != m_machine.memory_map.rend(); ++entry) {
    if (entry->type != MemoryType::ram || entry->base >= kFourGiB) continue;
    std::uint64_t end = std::min(entry->base + entry->size, kFourGiB);
    end -= std::min(end, m_machine.module_gap);
    while (end >= size && ((end - size) & ~(kPage - 1)) >= entry->base) {
      const std::uint64_t begin = (end - size) & ~(kPage - 1);
      if (is_free(begin, begin + size)) return begin;
      end = begin;
    }
  }
  throw LoadError(
      fmt::format("the workload of {} bytes does not fit the memory below 4 GiB", size));
}

bool Loader::is_free(std::uint64_t begin, std::uint64_t end) const {
  return std::none_of(m_occupied.begin(), m_occupied.end(), [=](const Occupied& other) {
    return begin < other.end && other.begin < end;
  });
}

}  // namespace apicsim
