#include "guest/fs/tree.h"

#include "guest/kernel/bug.h"
#include "guest/lib/string.h"
#include "guest/mm/slab.h"
#include "guest/mm/slab_def.h"

// Programs for ring 3, as ELF images inside the kernel's (proc/user).
extern "C" const u8 user_fault_start[], user_fault_end[];
extern "C" const u8 user_make_start[], user_make_end[];
extern "C" const u8 user_true_start[], user_true_end[];
extern "C" const u8 user_syscall_test_start[], user_syscall_test_end[];

namespace {

struct TreeFile {
  const char* path;
  u32 mode;
  const u8* start;
  const u8* end;
};

const u8 hostname[] = {'g', 'u', 'e', 's', 't', '\n'};

const TreeFile tree_files[] = {
    {"/bin/true", kModeRegular | kModeExecute, user_true_start, user_true_end},
    {"/etc/hostname", kModeRegular, hostname, hostname + sizeof(hostname)},
    {"/usr/bin/fault", kModeRegular | kModeExecute, user_fault_start, user_fault_end},
    {"/usr/bin/make", kModeRegular | kModeExecute, user_make_start, user_make_end},
    {"/usr/bin/not-elf", kModeRegular | kModeExecute, hostname, hostname + sizeof(hostname)},
    {"/usr/bin/syscall-test", kModeRegular | kModeExecute, user_syscall_test_start,
     user_syscall_test_end},
};

kmem_cache* dentry_cache;
kmem_cache* inode_cachep;
dentry* root;
u64 next_inode = 1;

inode* new_inode(u32 mode, const u8* data, u64 size) {
  auto* node = static_cast<inode*>(kmem_cache_alloc(inode_cachep, GFP_KERNEL | __GFP_ZERO));
  if (!node) panic("VFS: cannot build the file tree");
  node->i_ino = next_inode++;
  node->i_mode = mode;
  node->i_data = data;
  node->i_size = size;
  return node;
}

dentry* new_dentry(dentry* parent, const char* name, size_t length, inode* node) {
  auto* d = static_cast<dentry*>(kmem_cache_alloc(dentry_cache, GFP_KERNEL | __GFP_ZERO));
  if (!d) panic("VFS: cannot build the file tree");
  d->d_name = name;
  d->d_name_length = length;
  d->d_inode = node;
  d->d_parent = parent ? parent : d;
  if (parent) {
    d->d_sibling = parent->d_child;
    parent->d_child = d;
  }
  return d;
}

dentry* child_named(dentry* parent, const char* name, size_t length) {
  for (dentry* d = parent->d_child; d; d = d->d_sibling) {
    if (d->d_name_length == length && memcmp(d->d_name, name, length) == 0) return d;
  }
  return nullptr;
}

/// Creates the directories of the path that are missing, then the file.
void add_file(const TreeFile& entry) {
  dentry* at = root;
  const char* name = entry.path + 1;
  while (const char* slash = strchr(name, '/')) {
    const size_t length = static_cast<size_t>(slash - name);
    dentry* next = child_named(at, name, length);
    if (!next) {
      next = new_dentry(at, name, length, new_inode(kModeDirectory | kModeExecute, nullptr, 0));
    }
    at = next;
    name = slash + 1;
  }
  new_dentry(at, name, strlen(name),
             new_inode(entry.mode, entry.start, static_cast<u64>(entry.end - entry.start)));
}

}  // namespace

dentry* root_dentry() { return root; }

void vfs_init() {
  constexpr u64 reclaimable = SLAB_RECLAIM_ACCOUNT | SLAB_PANIC;
  dentry_cache = kmem_cache_create("dentry", sizeof(dentry), 0, reclaimable, nullptr);
  inode_cachep = kmem_cache_create("inode_cache", sizeof(inode), 0, reclaimable, nullptr);
  names_init();
  files_init();
  root = new_dentry(nullptr, "", 0, new_inode(kModeDirectory | kModeExecute, nullptr, 0));
  for (const TreeFile& entry : tree_files) add_file(entry);
}
