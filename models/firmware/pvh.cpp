#include "models/firmware/pvh.h"

#include <fmt/format.h>

#include "models/firmware/byte_writer.h"
#include "models/firmware/firmware_error.h"

namespace apicsim {

namespace {

constexpr std::uint32_t start_info_magic = 0x336EC578;
constexpr std::uint32_t start_info_version = 1;
constexpr std::size_t start_info_size = 56;
constexpr std::size_t module_size = 32;
constexpr std::size_t range_size = 24;

/// Appends a string with its terminating zero; returns its address, 0 for an empty one.
std::uint64_t add_string(ByteWriter& strings, std::uint64_t base, const std::string& text) {
  if (text.empty()) return 0;
  const std::uint64_t at = base + strings.size();
  strings.text(text, text.size() + 1);
  return at;
}

}  // namespace

FirmwareBlob build_pvh_start_info(const PvhDescription& pvh, std::uint64_t address) {
  if (address % 8 != 0 || address >> 32 != 0) {
    throw FirmwareError(
        fmt::format("start information at {:#x}; allowed: multiples of 8 below 4 GiB", address));
  }
  const std::uint64_t modules = address + start_info_size;
  const std::uint64_t ranges = modules + module_size * pvh.modules.size();
  const std::uint64_t text = ranges + range_size * pvh.memory_map.size();
  ByteWriter strings;
  const std::uint64_t command_line = add_string(strings, text, pvh.command_line);

  ByteWriter out;
  out.u32(start_info_magic);
  out.u32(start_info_version);
  out.u32(0);  // flags: not the initial domain
  out.u32(pvh.modules.size());
  out.u64(pvh.modules.empty() ? 0 : modules);
  out.u64(command_line);
  out.u64(pvh.rsdp_address);
  out.u64(pvh.memory_map.empty() ? 0 : ranges);
  out.u32(pvh.memory_map.size());
  out.u32(0);
  for (const PvhModule& module : pvh.modules) {
    out.u64(module.address);
    out.u64(module.size);
    out.u64(add_string(strings, text, module.command_line));
    out.u64(0);
  }
  for (const PvhMemoryRange& range : pvh.memory_map) {
    out.u64(range.base);
    out.u64(range.size);
    out.u32(range.type);
    out.u32(0);
  }
  out.bytes(strings.take());
  return {"PVH start information", address, out.take()};
}

}  // namespace apicsim
