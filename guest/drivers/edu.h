// Driver of the educational PCI device 1234:11e8 (docs/specs/edu.rst): requests whose status byte
// the device writes into memory by DMA when they are done.
#pragma once

#include "guest/include/types.h"

/// When the driver frees a request that the device has been told to write to.
enum class ReleaseTime {
  completion,  ///< after the device has written: the device never sees memory that is not its own
  submission,  ///< at once, while the device still owns the buffer: a bug of real drivers
};

/// Finds the device and makes it ready; says so in the log. Without one, the functions below fail.
void edu_init();
bool edu_present();
struct PciFunction;
/// nullptr without a device.
const PciFunction* edu_function();

/// Allocates a request on this CPU. The driver has at most one. 0, -ENODEV, -EBUSY or -ENOMEM.
long edu_prepare();
/// Hands the request to the device, which will write the status byte, and frees it at the given
/// time. 0, -ENODEV, -EINVAL without a request, -EBUSY while one is under way.
long edu_submit(ReleaseTime release);
/// Sleeps until the device has written; frees the request if that is still due. 0, -ENODEV, or
/// -EINVAL when nothing is under way.
long edu_wait();
/// Has the device write `bytes` (to 4096) from its buffer to an address as it sees it, or read them
/// into the buffer; sleeps until it says that it is done. 0, -ENODEV or -EBUSY.
long edu_transfer(u64 address, u64 bytes, bool to_memory);
