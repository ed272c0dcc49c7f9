// Driver of Intel's 82574L network function 8086:10d3:
// legacy descriptors, one ring each way, one interrupt (data sheet 321080, chapters 3, 7 and 10).
#pragma once

#include "guest/include/types.h"

inline constexpr int kMostNics = 4;

/// Finds the functions and says so. They stay down: no rings, no interrupts.
void nic_init();

/// When receiving is switched on while a function comes up.
enum class ReceiveEnable {
  last,   ///< when the ring's address has been written
  first,  ///< before: until then the function uses the ring of the last time, a bug that the driver
          ///< e1000 of Linux had until commit d5bc77a223b0
};
/// Makes rings and buffers and switches the function on; with ReceiveEnable::first it waits for
/// `gap_us` microseconds before it writes the address. 0, -ENODEV, -EBUSY when up, -ENOMEM.
long nic_up(int nic, ReceiveEnable enable, u32 gap_us);

/// What a function that goes down leaves running.
enum class ReceiveStop {
  stopped,    ///< nothing
  forgotten,  ///< receiving: it goes on writing to memory that is no longer the driver's
};
/// Frees rings and buffers. 0, -ENODEV, -EINVAL when down.
long nic_down(int nic, ReceiveStop stop);

/// Sends `count` frames of `size` bytes (60 to 1514) and waits until the function has taken all. 0,
/// -ENODEV, -EINVAL when down, -ENOMEM when no frame could be mapped, -EIO when it does not come to
/// an end.
long nic_send(int nic, u64 count, u32 size);
/// Waits until so many frames have come in since the function went up. 0, -ENODEV, -EINVAL, or -EIO
/// after `ms` milliseconds.
long nic_wait_received(int nic, u64 count, u32 ms);

struct NicCounts {
  bool up;
  u64 sent, received, damaged, unmapped;
};
/// Zero for functions that are not there.
NicCounts nic_counts(int nic);
