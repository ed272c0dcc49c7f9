#include "sim/platform/loader.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/firmware/boot_rom.h"
#include "models/firmware/byte_writer.h"
#include "sim/platform/model_config.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kOneMiB = 1 << 20;
constexpr std::uint64_t kFourGiB = std::uint64_t{1} << 32;

// Where QEMU's Multiboot loader has memory map and information (pc-bios/optionrom/multiboot.S).
constexpr std::uint32_t kMultibootBlock = 0x9000;
constexpr std::uint32_t kMultibootInformation = 0x500;  // in the block
constexpr std::uint32_t kMultibootGdt = 0x580;
constexpr std::uint32_t kMultibootBlockSize = 0x600;
constexpr const char* kLoaderName = "apicsim";

/// SDM Vol. 3 figure 3-8: flat 4 GiB segments for the selectors 8 (code) and 0x10 (data).
FirmwareBlob flat_descriptors(std::uint32_t address) {
  ByteWriter table;
  table.u64(0);
  table.u64(0x00CF'9B00'0000'FFFF);
  table.u64(0x00CF'9300'0000'FFFF);
  return {"Multiboot descriptor table", address, table.take()};
}

std::uint64_t page_aligned(std::uint64_t address) { return (address + kPage - 1) & ~(kPage - 1); }

}  // namespace

BootRequest boot_request(const Scenario& scenario) {
  BootRequest request;
  request.image_name = scenario.kernel_name;
  request.command_line = scenario.command_line;
  if (!scenario.workload.empty()) request.modules.push_back({"", scenario.workload});
  request.modules.insert(request.modules.end(), scenario.modules.begin(), scenario.modules.end());
  return request;
}

BootEntry Loader::load(const BootImage& image, const BootRequest& request) {
  load_firmware();
  load_segments(image);
  return image.protocol() == BootProtocol::pvh ? prepare_pvh(image, request)
                                               : prepare_multiboot(image, request);
}

void Loader::load_firmware() {
  const FirmwareImage image = place_firmware(m_machine.firmware);
  m_rsdp = image.rsdp_address;
  for (const FirmwareBlob& blob : image.blobs)
    put(blob.address, blob.bytes.data(), blob.bytes.size(), "the firmware's " + blob.name);
  if (!m_machine.devices.boot_rom) return;
  const MemoryMapEntry& base = m_machine.memory_map.front();
  if (base.base == 0 && base.size < kOneMiB) {
    put({"interrupt vectors", interrupt_vectors_address, interrupt_vectors()});
    put({"BIOS data area", bios_data_address,
         bios_data_area(static_cast<std::uint32_t>(base.size))});
  }
  put({"boot ROM", boot_rom_address, boot_rom()});
  put({"boot ROM's shadow", boot_rom_shadow, boot_rom()});
}

void Loader::load_segments(const BootImage& image) {
  const std::string what = image.file().path().string();
  for (const ElfSegment& segment : image.segments()) {
    claim(segment.physical, segment.memory_size, what);
    // Memory is zero from the start: only the bytes of the file are written.
    if (!m_memory.write(segment.physical, image.file().data(segment), segment.file_size))
      throw LoadError(fmt::format("{}: cannot be written to {:#x}", what, segment.physical));
  }
}

BootEntry Loader::prepare_pvh(const BootImage& image, const BootRequest& request) {
  PvhDescription pvh;
  pvh.rsdp_address = m_rsdp;
  pvh.command_line = request.command_line;
  pvh.memory_map = pvh_memory_map(m_machine);
  for (const BootModule& module : request.modules) pvh.modules.push_back(load_pvh_module(module));
  const FirmwareBlob info = build_pvh_start_info(pvh, m_machine.start_info_address);
  put(info);
  return {BootProtocol::pvh, image.entry(), static_cast<std::uint32_t>(info.address), 0};
}

/// The lists follow the image on the next page, the modules the lists, as QEMU lays them out.
BootEntry Loader::prepare_multiboot(const BootImage& image, const BootRequest& request) {
  MultibootDescription description;
  description.command_line = request.image_name + " " + request.command_line;
  description.loader_name = kLoaderName;
  for (const PvhMemoryRange& range : pvh_memory_map(m_machine))
    description.memory_map.push_back({range.base, range.size, range.type});
  const ElfSegment& last = image.segments().back();
  const std::uint64_t lists = page_aligned(last.physical + last.memory_size);
  for (const BootModule& module : request.modules)
    description.modules.push_back({0, 0, module.command_line});
  const std::uint64_t behind =
      load_modules(page_aligned(lists + multiboot_lists_size(description)), request, description);
  const std::uint32_t block = multiboot_block(lists, behind);
  const MultibootPlaces places{block + kMultibootInformation, block,
                               static_cast<std::uint32_t>(lists)};
  for (const FirmwareBlob& blob : build_multiboot_information(description, places)) put(blob);
  put(flat_descriptors(block + kMultibootGdt));
  return {BootProtocol::multiboot, image.entry(), places.info, block + kMultibootGdt};
}

/// An image may lie where the information usually is.
std::uint32_t Loader::multiboot_block(std::uint64_t lists, std::uint64_t behind) const {
  constexpr std::uint64_t end = kMultibootBlock + kMultibootBlockSize;
  const bool usual = is_free(kMultibootBlock, end) && (end <= lists || behind <= kMultibootBlock);
  return usual ? kMultibootBlock : static_cast<std::uint32_t>(behind);
}

/// Returns the first page behind them.
std::uint64_t Loader::load_modules(std::uint64_t address, const BootRequest& request,
                                   MultibootDescription& description) {
  for (std::size_t i = 0; i < request.modules.size(); ++i) {
    const std::string& contents = request.modules[i].contents;
    const std::uint64_t end = address + contents.size();
    if (end > kFourGiB)
      throw LoadError("the modules do not fit between the image and the end of 4 GiB");
    put(address, contents.data(), contents.size(), fmt::format("module {}", i));
    description.modules[i].begin = static_cast<std::uint32_t>(address);
    description.modules[i].end = static_cast<std::uint32_t>(end);
    address = page_aligned(end);
  }
  return address;
}

PvhModule Loader::load_pvh_module(const BootModule& module) {
  const std::uint64_t address = find_room(module.contents.size());
  put(address, module.contents.data(), module.contents.size(), "the workload");
  return {address, module.contents.size(), module.command_line};
}

void Loader::put(const FirmwareBlob& blob) {
  put(blob.address, blob.bytes.data(), blob.bytes.size(), "the " + blob.name);
}

void Loader::put(std::uint64_t address, const void* data, std::size_t size,
                 const std::string& what) {
  claim(address, size, what);
  if (!m_memory.write(address, data, size))
    throw LoadError(fmt::format("{} cannot be written to {:#x}", what, address));
}

void Loader::claim(std::uint64_t address, std::uint64_t size, const std::string& what) {
  if (size == 0) return;
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
