#include "guest/drivers/firmware_loader.h"

#include "guest/drivers/messages.h"
#include "guest/fs/initramfs.h"
#include "guest/include/errno.h"
#include "guest/kernel/messages.h"

namespace {

constexpr size_t kPathBytes = 160;

// Updates, and the release's own folder, come first.
bool find_image(const char* name, Text* image) {
  char path[kPathBytes];
  snprintf(path, sizeof(path), "lib/firmware/updates/%s/%s", msg::kRelease, name);
  if (initramfs_find(text_of(path), image)) return true;
  snprintf(path, sizeof(path), "lib/firmware/updates/%s", name);
  if (initramfs_find(text_of(path), image)) return true;
  snprintf(path, sizeof(path), "lib/firmware/%s/%s", msg::kRelease, name);
  if (initramfs_find(text_of(path), image)) return true;
  snprintf(path, sizeof(path), "lib/firmware/%s", name);
  return initramfs_find(text_of(path), image);
}

}  // namespace

long request_firmware(const PciFunction& f, const char* driver, const char* name, Text* image) {
  const bool found = find_image(name, image);
  const long error = found ? 0 : -ENOENT;
  char device[48];
  snprintf(device, sizeof(device), "%s 0000:%02x:%02x.%d", driver, f.bus, f.device, f.function);
  msg::report_firmware(device, name, error);
  return error;
}
