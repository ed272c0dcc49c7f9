// Driver of the offload function 1234:11ee (docs/devices.md), whose own processor runs the image
// that this driver loads into it.
#pragma once

#include "guest/include/types.h"

/// Finds the first function and says so. It stays without an image.
void offload_init();

/// Loads offload.fw and starts it. 0, -ENODEV, -EBUSY when it runs already, -ENOENT without the
/// image, -ENOMEM, -EIO when the function refuses the image.
long offload_load();

enum class OffloadOperation : u32 { copy = 1, fill = 2, crc32 = 3 };
struct OffloadResult {
  u32 status;  ///< 1 done, 2 bad request, 3 DMA refused
  u32 result;  ///< the CRC
};
/// Has the function's processor work on `bytes` bytes of memory (to 4096) and waits until it has
/// answered. 0, -ENODEV, -EINVAL when it runs no image, -ENOMEM, -EIO without an answer in a
/// second.
long offload_run(OffloadOperation operation, const void* from, void* to, u32 bytes, u8 fill,
                 OffloadResult* result);
