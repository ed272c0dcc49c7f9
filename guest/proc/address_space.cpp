#include "guest/proc/address_space.h"

#include "guest/arch/atomic.h"
#include "guest/arch/cpu.h"
#include "guest/lib/string.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/pgtable.h"
#include "guest/mm/slab.h"
#include "guest/mm/slab_def.h"
#include "guest/proc/uaccess.h"
#include "guest/sched/task.h"

namespace {

kmem_cache* mm_cachep;

constexpr pte_t user_table = kPtePresent | kPteWrite | kPteUser | kPteAccessed;

void* table_page() { return get_free_pages(GFP_KERNEL | __GFP_ZERO, 0); }

pte_t page_permissions(u64 flags) {
  pte_t bits = kPtePresent | kPteUser | kPteAccessed;
  if (flags & kMapWrite) bits |= kPteWrite | kPteDirty;
  if (!(flags & kMapExecute) && boot_cpu_data.nx) bits |= kPteNx;
  return bits;
}

/// Two mappings of one page: writable if either is, not executable only if neither is.
pte_t widen(pte_t old, pte_t bits) {
  const pte_t nx = old & bits & kPteNx;
  return ((old | bits) & ~kPteNx) | nx;
}

long map_user_page(mm_struct* mm, u64 address, pte_t bits) {
  pte_t* entry = walk_create(mm->pgd, address, PageLevel::page_4k, user_table, table_page);
  if (!entry) return -ENOMEM;
  if (*entry & kPtePresent) {
    *entry = widen(*entry, bits);
    return 0;
  }
  void* memory = get_free_pages(GFP_KERNEL | __GFP_ZERO, 0);
  if (!memory) return -ENOMEM;
  *entry = virt_to_phys(memory) | bits;
  ++mm->total_vm;
  return 0;
}

/// Frees what an entry of a table at `level` points to, and everything below.
void free_below(pte_t entry, unsigned level) {
  if (!(entry & kPtePresent)) return;
  pte_t* table = table_of(entry);
  if (level > 0) {
    for (unsigned i = 0; i < kPtrsPerTable; ++i) free_below(table[i], level - 1);
  }
  free_pages(table, 0);
}

}  // namespace

void address_space_init() {
  mm_cachep = kmem_cache_create("mm_struct", sizeof(mm_struct), 0, SLAB_HWCACHE_ALIGN | SLAB_PANIC,
                                nullptr);
}

mm_struct* mm_alloc() {
  auto* mm = static_cast<mm_struct*>(kmem_cache_alloc(mm_cachep, GFP_KERNEL | __GFP_ZERO));
  if (!mm) return nullptr;
  mm->pgd = static_cast<u64*>(table_page());
  if (!mm->pgd) {
    kmem_cache_free(mm_cachep, mm);
    return nullptr;
  }
  memcpy(mm->pgd + kKernelPgdBoundary, kernel_pml4() + kKernelPgdBoundary,
         (kPtrsPerTable - kKernelPgdBoundary) * sizeof(u64));
  mm->mm_users = 1;
  return mm;
}

void mmput(mm_struct* mm) {
  if (!atomic_dec_and_test(mm->mm_users)) return;
  for (unsigned i = 0; i < kKernelPgdBoundary; ++i) free_below(mm->pgd[i], 3);
  free_pages(mm->pgd, 0);
  if (mm->exe_file) fput(mm->exe_file);
  kmem_cache_free(mm_cachep, mm);
}

long map_user_range(mm_struct* mm, u64 start, u64 size, u64 flags) {
  if (start >= kTaskSize || size > kTaskSize - start) return -EINVAL;
  const pte_t bits = page_permissions(flags);
  const u64 end = align_up(start + size, kPageSize);
  for (u64 at = align_down(start, kPageSize); at < end; at += kPageSize) {
    const long error = map_user_page(mm, at, bits);
    if (error) return error;
  }
  return 0;
}

long write_user_memory(mm_struct* mm, u64 to, const void* from, size_t size) {
  const char* source = static_cast<const char*>(from);
  while (size > 0) {
    const pte_t* entry = walk_find(mm->pgd, to);
    if (!entry || !(*entry & kPtePresent)) return -EFAULT;
    const u64 inside = to & (kPageSize - 1);
    const size_t count = min_of<u64>(size, kPageSize - inside);
    memcpy(reinterpret_cast<char*>(table_of(*entry)) + inside, source, count);
    to += count;
    source += count;
    size -= count;
  }
  return 0;
}

bool read_user_byte(const mm_struct* mm, u64 from, char* byte) {
  const pte_t* entry = walk_find(mm->pgd, from);
  if (!entry || !(*entry & kPtePresent)) return false;
  *byte = reinterpret_cast<const char*>(table_of(*entry))[from & (kPageSize - 1)];
  return true;
}

void activate_mm(mm_struct* mm) {
  const u64 cr3 = mm ? virt_to_phys(mm->pgd) : 0;
  current()->cr3 = cr3;
  write_cr3(cr3 ? cr3 : kernel_cr3());
}
