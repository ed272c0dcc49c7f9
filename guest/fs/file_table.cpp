#include "guest/arch/atomic.h"
#include "guest/fs/vfs.h"
#include "guest/mm/slab.h"
#include "guest/mm/slab_def.h"
#include "guest/security/security.h"

namespace {

kmem_cache* filp_cachep;

}  // namespace

void files_init() {
  filp_cachep =
      kmem_cache_create("filp", sizeof(file), 0, SLAB_HWCACHE_ALIGN | SLAB_PANIC, nullptr);
}

extern "C" {

NOINLINE file* get_empty_filp() {
  auto* f = static_cast<file*>(kmem_cache_alloc(filp_cachep, GFP_KERNEL | __GFP_ZERO));
  if (!f) return error_pointer<file>(-ENOMEM);
  f->f_count = 1;
  const long error = security_file_alloc(f);
  if (error) {
    kmem_cache_free(filp_cachep, f);
    return error_pointer<file>(error);
  }
  return f;
}

file* get_file(file* f) {
  atomic_inc(f->f_count);
  return f;
}

void fput(file* f) {
  if (!atomic_dec_and_test(f->f_count)) return;
  if (f->f_dentry) atomic_dec(f->f_dentry->d_count);
  security_file_free(f);
  kmem_cache_free(filp_cachep, f);
}

}  // extern "C"

size_t kernel_read(const file* f, u64 offset, void* to, size_t size) {
  const inode* node = f->f_inode;
  if (offset >= node->i_size) return 0;
  const size_t count = min_of<u64>(size, node->i_size - offset);
  __builtin_memcpy(to, node->i_data + offset, count);
  return count;
}
