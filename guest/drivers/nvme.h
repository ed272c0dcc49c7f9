// Driver of an NVM Express controller (class 010802; NVM Express 1.4): one namespace, one pair of
// I/O queues, one interrupt.
#pragma once

#include "guest/include/types.h"

/// Finds the first controller and makes it ready; says so in the log.
void nvme_init();

struct Disk {
  u64 blocks;
  u32 block_bytes;  ///< 0: no disk
};
Disk nvme_disk();

/// Moves whole blocks between the disk and kernel memory (to 128 KiB), and sleeps until that is
/// done. 0, -ENODEV, -EINVAL, -ENOMEM when the memory cannot be mapped, -EBUSY when too many are
/// under way, -EIO when the controller refuses it or does not answer within 30 seconds.
long nvme_read(u64 block, u32 count, void* memory);
long nvme_write(u64 block, u32 count, const void* memory);
