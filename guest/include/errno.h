#pragma once

#include "guest/include/types.h"

// Error numbers as user space sees them, negated (include/uapi/asm-generic/errno-base.h).
inline constexpr long ENOENT = 2;
inline constexpr long ESRCH = 3;
inline constexpr long EIO = 5;
inline constexpr long E2BIG = 7;
inline constexpr long ENOEXEC = 8;
inline constexpr long EBADF = 9;
inline constexpr long ENOMEM = 12;
inline constexpr long EACCES = 13;
inline constexpr long EFAULT = 14;
inline constexpr long EBUSY = 16;
inline constexpr long ENODEV = 19;
inline constexpr long ENOTDIR = 20;
inline constexpr long EISDIR = 21;
inline constexpr long EINVAL = 22;
inline constexpr long EMFILE = 24;
inline constexpr long ENAMETOOLONG = 36;

inline constexpr long kMaxErrno = 4095;

// A pointer, or a negative error number in its place: the last page of addresses holds no object.
template <typename T>
T* error_pointer(long error) {
  return reinterpret_cast<T*>(error);
}
inline bool is_error(const void* pointer) {
  return reinterpret_cast<u64>(pointer) >= static_cast<u64>(-kMaxErrno);
}
inline long pointer_error(const void* pointer) { return reinterpret_cast<long>(pointer); }
