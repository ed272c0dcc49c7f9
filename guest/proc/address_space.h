// Address spaces of processes: page tables and what is mapped. Everything is mapped when it is
// asked for; there is no paging on demand.
#pragma once

#include "guest/fs/vfs.h"
#include "guest/include/types.h"

/// Where user stacks end. Kernels of that time randomise this; the value lies in the range that the
/// stacks of the modelled machine were seen in.
inline constexpr u64 kUserStackTop = 0x7ffff54f2000;
inline constexpr u64 kUserStackSize = 0x25000;

struct mm_struct {
  u64* pgd;
  s32 mm_users;
  file* exe_file;
  u64 start_code, end_code;
  u64 start_stack;
  u64 total_vm;  ///< pages
};

inline constexpr u64 kMapWrite = 1;
inline constexpr u64 kMapExecute = 2;

void address_space_init();

/// An address space without user memory; nullptr when memory is short.
mm_struct* mm_alloc();
/// Frees all user memory and page tables. Must not be the space that a CPU runs in.
void mmput(mm_struct* mm);

/// Backs [start, start + size) with cleared pages; pages already there get the wider permissions.
/// 0, -ENOMEM, or -EINVAL outside of user space.
long map_user_range(mm_struct* mm, u64 start, u64 size, u64 flags);

/// Copies into mapped user memory of any address space; -EFAULT where nothing is mapped.
long write_user_memory(mm_struct* mm, u64 to, const void* from, size_t size);

/// Reads one byte of mapped user memory of any address space; false where nothing is mapped.
bool read_user_byte(const mm_struct* mm, u64 from, char* byte);

/// Makes `mm` the running task's space (nullptr: the kernel's own).
void activate_mm(mm_struct* mm);
