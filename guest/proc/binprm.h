// A program on its way into a process: the file, its beginning, the new address space with the
// argument strings at the top of its stack.
#pragma once

#include "guest/fs/vfs.h"
#include "guest/proc/address_space.h"

inline constexpr size_t kBinprmBufSize = 128;

struct linux_binprm {
  char buf[kBinprmBufSize];  ///< the first bytes of the file
  file* executable;
  mm_struct* mm;
  u64 p;  ///< lowest address of the stack that is in use
  int argc, envc;
  u64 exec;  ///< user address of the file name's copy
  const char* filename;
};

/// Loads an ELF executable and makes the current process run it. Errors before the old program is
/// given up are returned (-ENOEXEC, -ENOMEM, -EINVAL).
extern "C" long load_elf_binary(linux_binprm* bprm);

/// The point of no return: the process takes over the new address space, its old one is freed, it
/// is named after the file.
void flush_old_exec(linux_binprm* bprm);

/// Space for `size` bytes, aligned, below what the new stack holds; 0 when the stack is full.
u64 take_stack(linux_binprm* bprm, size_t size, u64 align);
