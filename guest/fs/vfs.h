// A small file tree in memory: directories, read-only files, open files.
#pragma once

#include "guest/include/errno.h"
#include "guest/include/types.h"
#include "guest/mm/gfp.h"

inline constexpr u32 kModeDirectory = 0040000;
inline constexpr u32 kModeRegular = 0100000;
inline constexpr u32 kModeExecute = 0111;
inline constexpr u32 kModeTypeMask = 0170000;

/// Longest path with its terminator, and longest component (include/uapi/linux/limits.h).
inline constexpr size_t kPathMax = 4096;
inline constexpr size_t kNameMax = 255;

struct inode {
  u64 i_ino;
  u32 i_mode;
  u64 i_size;  ///< bytes at i_data
  const u8* i_data;
};

struct dentry {
  const char* d_name;
  size_t d_name_length;
  dentry* d_parent;  ///< the root is its own parent
  dentry* d_child;
  dentry* d_sibling;
  inode* d_inode;
  s32 d_count;  ///< open files that refer to it
};

struct file {
  dentry* f_dentry;
  inode* f_inode;
  u32 f_flags;
  s32 f_count;
  u64 f_pos;
  void* f_security;  ///< of the security module
};

/// A path that was copied from its caller.
struct filename {
  const char* name;
  const char* uptr;
};

/// Builds the tree and the caches behind it.
void vfs_init();

/// Finds a path, which must be absolute, component by component: nullptr never, else an error
/// pointer (-ENOENT, -ENOTDIR, -ENAMETOOLONG).
dentry* path_lookup(const char* path);

/// Copies a path from the current process, or from the kernel: an error pointer on -EFAULT,
/// -ENAMETOOLONG, -ENOENT (empty) and -ENOMEM. Given back with putname().
filename* getname(const char* user_path);
filename* getname_kernel(const char* path);
void putname(filename* name);

/// Reads from any place in a file; returns the number of bytes that were there.
size_t kernel_read(const file* f, u64 offset, void* to, size_t size);

extern "C" {
file* get_empty_filp();
file* path_openat(const filename* name, u32 flags);
file* do_filp_open(const filename* name, u32 flags);
file* get_file(file* f);
void fput(file* f);
/// Opens a regular, executable file: -EACCES for others.
file* open_exec(const char* name);
}
