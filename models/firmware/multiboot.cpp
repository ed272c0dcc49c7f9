#include "models/firmware/multiboot.h"

#include "models/firmware/byte_writer.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kOneMiB = 1 << 20;
constexpr std::uint64_t kKiB = 1 << 10;
constexpr std::uint64_t kUsable = 1;
constexpr std::uint32_t kModuleSize = 16;
constexpr std::uint32_t kRangeSize = 20;  // of an entry, without its size field

// Bits of the structure's flags, §3.3.
constexpr std::uint32_t kMemory = 1u << 0;
constexpr std::uint32_t kBootDevice = 1u << 1;
constexpr std::uint32_t kCommandLine = 1u << 2;
constexpr std::uint32_t kModules = 1u << 3;
constexpr std::uint32_t kMemoryMap = 1u << 6;
constexpr std::uint32_t kLoaderName = 1u << 9;

constexpr std::uint32_t kFirstDisk =
    0x8000FFFF;                               // BIOS disk 0x80, first partition, no sub-partition
constexpr std::size_t kInformationSize = 88;  // to the end of vbe_interface_len

/// KiB of usable memory from `base` on without a hole: of lower and of upper memory.
std::uint32_t usable_kib(const MultibootDescription& description, std::uint64_t base) {
  for (const MultibootMemoryRange& range : description.memory_map)
    if (range.type == kUsable && range.base <= base && base < range.base + range.size)
      return static_cast<std::uint32_t>((range.base + range.size - base) / kKiB);
  return 0;
}

/// Strings lie one behind the other.
class Strings {
 public:
  explicit Strings(std::uint32_t base) : m_base(base) {}

  std::uint32_t add(const std::string& text) {
    const auto at = static_cast<std::uint32_t>(m_base + m_bytes.size());
    m_bytes.text(text, text.size() + 1);
    return at;
  }
  std::vector<std::uint8_t> take() { return m_bytes.take(); }

 private:
  std::uint32_t m_base;
  ByteWriter m_bytes;
};

std::vector<std::uint8_t> memory_map(const MultibootDescription& description) {
  ByteWriter out;
  for (const MultibootMemoryRange& range : description.memory_map) {
    out.u32(kRangeSize);
    out.u64(range.base);
    out.u64(range.size);
    out.u32(range.type);
  }
  return out.take();
}

}  // namespace

std::uint32_t multiboot_lists_size(const MultibootDescription& description) {
  std::size_t size = description.command_line.size() + description.loader_name.size() + 2;
  for (const MultibootModule& module : description.modules)
    size += kModuleSize + module.command_line.size() + 1;
  return static_cast<std::uint32_t>(size);
}

std::vector<FirmwareBlob> build_multiboot_information(const MultibootDescription& description,
                                                      const MultibootPlaces& places) {
  const auto count = static_cast<std::uint32_t>(description.modules.size());
  Strings strings(places.lists + kModuleSize * count);
  ByteWriter lists;
  for (const MultibootModule& module : description.modules) {
    lists.u32(module.begin);
    lists.u32(module.end);
    lists.u32(strings.add(module.command_line));
    lists.u32(0);
  }
  const auto map = memory_map(description);
  ByteWriter info;
  info.u32(kMemory | kBootDevice | kCommandLine | kModules | kMemoryMap | kLoaderName);
  info.u32(usable_kib(description, 0));
  info.u32(usable_kib(description, kOneMiB));
  info.u32(kFirstDisk);
  info.u32(strings.add(description.command_line));
  info.u32(count);
  info.u32(places.lists);
  info.zeros(16);  // symbols of a.out or sections of ELF
  info.u32(map.size());
  info.u32(places.memory_map);
  info.zeros(12);  // drives, configuration table
  info.u32(strings.add(description.loader_name));
  info.zeros(kInformationSize - info.size());  // APM, VBE
  lists.bytes(strings.take());
  return {{"Multiboot information", places.info, info.take()},
          {"Multiboot memory map", places.memory_map, map},
          {"Multiboot strings", places.lists, lists.take()}};
}

}  // namespace apicsim
