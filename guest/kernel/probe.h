#pragma once

#include "guest/include/types.h"

// Reads memory that may not be there; false instead of a fault.
bool probe_kernel_read(u64* value, u64 address);
bool probe_kernel_byte(u8* value, u64 address);
