// System calls besides execve, on the small file tree.
#include "guest/arch/percpu.h"
#include "guest/fs/vfs.h"
#include "guest/proc/process.h"
#include "guest/proc/uaccess.h"

namespace {

int free_descriptor(const process* p) {
  for (unsigned fd = 0; fd < kMaxOpenFiles; ++fd) {
    if (!p->files[fd]) return static_cast<int>(fd);
  }
  return -1;
}

file** descriptor(u64 fd) {
  file** slot = fd < kMaxOpenFiles ? &current_process()->files[fd] : nullptr;
  return slot && *slot ? slot : nullptr;
}

}  // namespace

extern "C" {

long do_sys_open(const char* user_path, u32 flags) {
  filename* name = getname(user_path);
  if (is_error(name)) return pointer_error(name);
  const int fd = free_descriptor(current_process());
  file* f = fd < 0 ? error_pointer<file>(-EMFILE) : do_filp_open(name, flags);
  putname(name);
  if (is_error(f)) return pointer_error(f);
  current_process()->files[fd] = f;
  return fd;
}

long sys_open(const char* path, u64 flags) { return do_sys_open(path, static_cast<u32>(flags)); }

long sys_close(u64 fd) {
  file** slot = descriptor(fd);
  if (!slot) return -EBADF;
  fput(*slot);
  *slot = nullptr;
  return 0;
}

long sys_read(u64 fd, void* to, size_t size) {
  file** slot = descriptor(fd);
  if (!slot) return -EBADF;
  file* f = *slot;
  const inode* node = f->f_inode;
  if ((node->i_mode & kModeTypeMask) == kModeDirectory) return -EISDIR;
  if (f->f_pos >= node->i_size) return 0;
  const size_t count = min_of<u64>(size, node->i_size - f->f_pos);
  const size_t left = copy_to_user(to, node->i_data + f->f_pos, count);
  if (left == count && count > 0) return -EFAULT;
  f->f_pos += count - left;
  return static_cast<long>(count - left);
}

long sys_getpid() { return current()->pid; }

long sys_exit(u64 code) { do_exit(static_cast<long>(code & 0xff)); }

}  // extern "C"
