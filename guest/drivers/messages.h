#pragma once

#include "guest/kernel/message_tables.h"
#include "guest/kernel/printk.h"

// What the releases say of drivers' firmware images; `device` is "driver 0000:bus:device.function".

namespace msg_3_13 {
// drivers/base/firmware_class.c _request_firmware(); then the helper in user space, which finds no
// more here
inline void report_firmware(const char* device, const char*, long error) {
  if (error == 0) return;
  printk(KERN_WARNING "%s: Direct firmware load failed with error %ld\n", device, error);
  printk(KERN_WARNING "%s: Falling back to user helper\n", device);
}
// init/initramfs.c populate_rootfs()
inline constexpr char kInitramfsFailed[] = KERN_EMERG "Initramfs unpacking failed: %s\n";
}  // namespace msg_3_13

namespace msg_3_2 {
// The same file with Debian's patch "firmware_class: Log every success and failure": the kernel
// itself looks for no file, and says so with debugging only
inline void report_firmware(const char* device, const char* name, long error) {
  if (error == 0)
    printk(KERN_INFO "%s: firmware: agent loaded %s into memory\n", device, name);
  else
    printk(KERN_ERR "%s: firmware: agent aborted loading %s (not found?)\n", device, name);
}
}  // namespace msg_3_2

namespace msg_4_12 {
// drivers/base/firmware_class.c _request_firmware(); without the helper
inline void report_firmware(const char* device, const char* name, long error) {
  if (error != 0)
    printk(KERN_WARNING "%s: Direct firmware load for %s failed with error %ld\n", device, name,
           error);
}
}  // namespace msg_4_12
