// Access to the memory of the current process. A fault ends the access early, it is no error of the
// kernel (arch/extable.h).
#pragma once

#include "guest/include/types.h"

/// First address that user space cannot have (TASK_SIZE of 64-bit processes).
inline constexpr u64 kTaskSize = 0x00007ffffffff000;

/// True when [address, address + size) is memory that the current process may name.
bool access_ok(const void* address, size_t size);

/// Copies; returns how many bytes could not be copied (0: all done).
size_t copy_from_user(void* to, const void* from, size_t size);
size_t copy_to_user(void* to, const void* from, size_t size);

/// Copies a text with its terminator into `size` bytes: its length, `size` if it does not fit (then
/// without terminator), -EFAULT.
long strncpy_from_user(char* to, const char* from, size_t size);

/// While one of these lives, addresses of the kernel count as the process's own: for calls of
/// system-call functions by the kernel (set_fs(KERNEL_DS)).
class KernelAddressScope {
 public:
  KernelAddressScope();
  ~KernelAddressScope();
  KernelAddressScope(const KernelAddressScope&) = delete;
  KernelAddressScope& operator=(const KernelAddressScope&) = delete;

 private:
  u64 m_previous;
};
