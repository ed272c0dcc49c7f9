#include "guest/iommu/unmap_queue.h"

#include "guest/iommu/device_tlb.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/release.h"
#include "guest/mm/page_alloc.h"
#include "guest/sched/task.h"

namespace {

// HIGH_WATER_MARK; 6.1: IOVA_FQ_SIZE, of which one stays empty. Linux from 4.12 on has a queue for
// each CPU; this kernel has one.
constexpr unsigned kMost = release::since(6, 1) ? 255 : 250;
constexpr u32 kPeriodMs = 10;

struct Waiting {
  DmaDomain* domain;
  Iova* range;
  TablePages tables;
};

Waiting waiting[kMost];
unsigned waiting_count;
u64 batches;
SpinLock waiting_lock;
Completion begun;  // the first of a batch has come
task_struct flusher;

bool skip_flushes;

bool setup_skip_flush(const char*) {
  skip_flushes = true;
  return true;
}
// Not a parameter of Linux: unmapping forgets to tell the units, as a faulty driver would.
KERNEL_PARAM(skip_iotlb_flush, "guest.skip_iotlb_flush", setup_skip_flush);

void flush_domain_everywhere(const DmaDomain& domain) {
  for (int unit = 0; unit < dmar_unit_count(); ++unit) {
    if ((domain.units >> unit & 1) != 0) dma_domain_flush(domain, unit);
  }
}

void flush_range(const DmaDomain& domain, const Iova& range, bool leaves_only) {
  if (skip_flushes) return;
  for (int unit = 0; unit < dmar_unit_count(); ++unit) {
    if ((domain.units >> unit & 1) != 0)
      dma_domain_flush_pages(domain, unit, range.low, range.high - range.low + 1, leaves_only);
  }
}

bool has_caching_mode(const DmaDomain& domain) {
  for (int unit = 0; unit < dmar_unit_count(); ++unit) {
    if ((domain.units >> unit & 1) != 0 && (dmar_unit(unit).cap & kCapCachingMode) != 0)
      return true;
  }
  return false;
}

// Until 4.12 a unit forgets everything, but for those that a hypervisor plays: there each flush of
// a page is cheaper. Later each domain of the batch is flushed.
void flush_units_of(unsigned count) {
  if (skip_flushes) return;
  u64 flushed = 0;
  for (unsigned i = 0; i < count; ++i) {
    const DmaDomain& domain = *waiting[i].domain;
    if (release::since(6, 1)) {
      bool seen = false;
      for (unsigned before = 0; before < i; ++before)
        seen = seen || waiting[before].domain == &domain;
      if (!seen) flush_domain_everywhere(domain);
    } else if (has_caching_mode(domain)) {
      flush_range(domain, *waiting[i].range, false);
    } else {
      for (int unit = 0; unit < dmar_unit_count(); ++unit) {
        if ((domain.units & ~flushed) >> unit & 1) flush_all_translations(unit);
        if (domain.units >> unit & 1)
          flush_device_tlbs(domain, unit, waiting[i].range->low,
                            waiting[i].range->high - waiting[i].range->low + 1);
      }
      flushed |= domain.units;
    }
  }
}

void give_back(const Waiting& w) {
  iova_free(&w.domain->space, w.range);
  free_table_pages(w.tables);
}

void flush_locked() {
  if (waiting_count == 0) return;
  flush_units_of(waiting_count);
  for (unsigned i = 0; i < waiting_count; ++i) give_back(waiting[i]);
  waiting_count = 0;
  ++batches;
}

void flusher_main(void*) {
  for (;;) {
    wait_for_completion(&begun);
    msleep(kPeriodMs);
    flush_unmaps();
  }
}

}  // namespace

bool unmap_queue_init() {
  void* stack = get_free_pages(GFP_KERNEL, 1);
  if (stack == nullptr) return false;
  static_assert(kThreadSize == 2 * kPageSize, "a block of order 1");
  task_init(&flusher, stack, "iommu-unmap", 3, 0, flusher_main, nullptr);
  wake_up_process(&flusher);
  return true;
}

void unmap_later(DmaDomain* domain, Iova* range, TablePages tables) {
  if (!release::since(4, 12)) {
    // The tables' pages go at once, although a unit may still walk them (mended in 3.15).
    free_table_pages(tables);
    tables = {nullptr};
  }
  bool first;
  {
    SpinLockIrqGuard guard(waiting_lock);
    if (waiting_count == kMost) flush_locked();
    first = waiting_count == 0;
    waiting[waiting_count++] = {domain, range, tables};
  }
  if (first) complete(&begun);
}

void flush_unmaps() {
  SpinLockIrqGuard guard(waiting_lock);
  flush_locked();
}

void unmap_now(DmaDomain* domain, Iova* range, TablePages tables) {
  const bool leaves_only = release::since(4, 12) && tables.first == nullptr;
  flush_range(*domain, *range, leaves_only);
  give_back({domain, range, tables});
}

UnmapCounts unmap_counts() { return {waiting_count, batches}; }
