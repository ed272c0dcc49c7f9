#include "sim/platform/boot_items.h"

#include "models/devices/spec/fw_cfg.h"

namespace apicsim {

namespace {

constexpr std::uint32_t kMultibootInformationSize = 88;
/// Segments may lie gigabytes apart; no boot ROM would copy such an image.
constexpr std::uint64_t kLargestItem = std::uint64_t{256} << 20;

std::vector<std::uint8_t> memory_bytes(Platform& platform, std::uint64_t address,
                                       std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  platform.memory().read(address, bytes.data(), size);
  return bytes;
}

void add_image(FwCfg& device, Platform& platform, const BootImage& image, const BootEntry& entry) {
  const ElfSegment& first = image.segments().front();
  const ElfSegment& last = image.segments().back();
  const std::uint64_t size = last.physical + last.memory_size - first.physical;
  device.set_number(fw_cfg::key_kernel_entry, entry.eip, 4);
  device.set_number(fw_cfg::key_kernel_address, first.physical, 4);
  device.set_number(fw_cfg::key_kernel_size, size, 4);
  if (size <= kLargestItem)
    device.set(fw_cfg::key_kernel_data, memory_bytes(platform, first.physical, size));
}

void add_command_line(FwCfg& device, const std::string& text) {
  std::vector<std::uint8_t> bytes(text.begin(), text.end());
  bytes.push_back(0);
  device.set_number(fw_cfg::key_command_line_size, bytes.size(), 4);
  device.set(fw_cfg::key_command_line_data, std::move(bytes));
}

}  // namespace

void add_boot_items(Platform& platform, const BootImage& image, const BootRequest& request,
                    const BootEntry& entry) {
  FwCfg* const device = platform.board().fw_cfg();
  if (device == nullptr) return;
  add_image(*device, platform, image, entry);
  if (entry.protocol == BootProtocol::multiboot) {
    device->set_number(fw_cfg::key_initrd_address, entry.information, 4);
    device->set_number(fw_cfg::key_initrd_size, kMultibootInformationSize, 4);
    device->set(fw_cfg::key_initrd_data,
                memory_bytes(platform, entry.information, kMultibootInformationSize));
  } else {
    add_command_line(*device, request.command_line);
  }
}

}  // namespace apicsim
