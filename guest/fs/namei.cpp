// Path names: copied from their caller, walked component by component, opened.
#include "guest/arch/atomic.h"
#include "guest/fs/tree.h"
#include "guest/fs/vfs.h"
#include "guest/lib/string.h"
#include "guest/mm/slab.h"
#include "guest/mm/slab_def.h"
#include "guest/proc/uaccess.h"

namespace {

kmem_cache* names_cachep;

/// The record lies at the start of its object, the text behind it.
constexpr size_t name_capacity = kPathMax - sizeof(filename);

filename* new_name() {
  auto* name = static_cast<filename*>(kmem_cache_alloc(names_cachep, GFP_KERNEL));
  if (name) name->name = reinterpret_cast<char*>(name + 1);
  return name;
}

char* text_of(filename* name) { return reinterpret_cast<char*>(name + 1); }

bool same_name(const dentry* d, const char* text, size_t length) {
  return d->d_name_length == length && memcmp(d->d_name, text, length) == 0;
}

dentry* lookup_component(dentry* parent, const char* text, size_t length) {
  if (length == 1 && text[0] == '.') return parent;
  if (length == 2 && text[0] == '.' && text[1] == '.') return parent->d_parent;
  for (dentry* d = parent->d_child; d; d = d->d_sibling) {
    if (same_name(d, text, length)) return d;
  }
  return error_pointer<dentry>(-ENOENT);
}

}  // namespace

void names_init() {
  names_cachep =
      kmem_cache_create("names_cache", kPathMax, 0, SLAB_HWCACHE_ALIGN | SLAB_PANIC, nullptr);
}

filename* getname(const char* user_path) {
  filename* name = new_name();
  if (!name) return error_pointer<filename>(-ENOMEM);
  name->uptr = user_path;
  long length = strncpy_from_user(text_of(name), user_path, name_capacity);
  if (length == 0) length = -ENOENT;
  if (length == static_cast<long>(name_capacity)) length = -ENAMETOOLONG;
  if (length > 0) return name;
  putname(name);
  return error_pointer<filename>(length);
}

filename* getname_kernel(const char* path) {
  if (strlen(path) >= name_capacity) return error_pointer<filename>(-ENAMETOOLONG);
  filename* name = new_name();
  if (!name) return error_pointer<filename>(-ENOMEM);
  name->uptr = nullptr;
  strlcpy(text_of(name), path, name_capacity);
  return name;
}

void putname(filename* name) { kmem_cache_free(names_cachep, name); }

dentry* path_lookup(const char* path) {
  dentry* at = root_dentry();
  while (*path) {
    while (*path == '/') ++path;
    size_t length = 0;
    while (path[length] && path[length] != '/') ++length;
    if (length == 0) break;
    if (length > kNameMax) return error_pointer<dentry>(-ENAMETOOLONG);
    if ((at->d_inode->i_mode & kModeTypeMask) != kModeDirectory) {
      return error_pointer<dentry>(-ENOTDIR);
    }
    at = lookup_component(at, path, length);
    if (is_error(at)) return at;
    path += length;
  }
  return at;
}

extern "C" {

NOINLINE file* path_openat(const filename* name, u32 flags) {
  file* f = get_empty_filp();
  if (is_error(f)) return f;
  dentry* found = path_lookup(name->name);
  if (is_error(found)) {
    fput(f);
    return error_pointer<file>(pointer_error(found));
  }
  atomic_inc(found->d_count);
  f->f_dentry = found;
  f->f_inode = found->d_inode;
  f->f_flags = flags;
  return f;
}

NOINLINE file* do_filp_open(const filename* name, u32 flags) {
  file* f = path_openat(name, flags);
  return f;
}

}  // extern "C"
