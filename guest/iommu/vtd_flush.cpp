// Invalidation as drivers/iommu/intel-iommu.c and dmar.c of Linux do it.
#include "guest/iommu/vtd_flush.h"

#include "guest/acpi/dmar_tables.h"
#include "guest/arch/atomic.h"
#include "guest/arch/spinlock.h"
#include "guest/iommu/queued_invalidation.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/kernel/cmdline.h"

namespace {

// Granularity, the same numbers in registers and descriptors.
enum class Reach : u64 { all = 1, domain = 2, selected = 3 };

// CCMD_REG (VT-d §10.4.7), context-cache descriptor (§6.5.2.1).
constexpr u64 kContextGo = 1ull << 63;
constexpr int kContextReachShift = 61, kContextSourceShift = 16;
constexpr u64 kTypeContext = 1;
constexpr int kQueueReachShift = 4, kQueueDomainShift = 16, kQueueSourceShift = 32;

// IOTLB_REG and IVA_REG (§10.4.8), IOTLB descriptor (§6.5.2.3).
constexpr u64 kTlbGo = 1ull << 63, kTlbDrainReads = 1ull << 49, kTlbDrainWrites = 1ull << 48;
constexpr int kTlbReachShift = 60, kTlbDoneShift = 57, kTlbDomainShift = 32;
constexpr u64 kTypeTlb = 2, kQueueDrainWrites = 1u << 6, kQueueDrainReads = 1u << 7;
constexpr u64 kLeavesOnly = 1u << 6;

// PASID-cache descriptor (§6.5.2.2), PASID-based IOTLB descriptor (§6.5.2.4).
constexpr u64 kTypePasidCache = 7, kTypePasidTlb = 6;
constexpr u64 kOnePasid = 1, kAllPasids = 3, kWholePasid = 2, kPagesOfPasid = 3;
constexpr int kPasidShift = 32;

constexpr size_t kLine = 64;

bool skip_table_flushes;
SpinLock register_locks[kMostDmarUnits];

bool setup_skip_clflush(const char*) {
  skip_table_flushes = true;
  return true;
}
// Not a parameter of Linux: flush_to_memory() does nothing, as in a driver that forgot it.
KERNEL_PARAM(skip_clflush, "guest.skip_clflush", setup_skip_clflush);

void flush_contexts(int index, Reach reach, u16 domain, u16 source) {
  const u64 kind = static_cast<u64>(reach);
  if (has_invalidation_queue(index)) {
    submit_invalidation(index, {kTypeContext | kind << kQueueReachShift |
                                    static_cast<u64>(domain) << kQueueDomainShift |
                                    static_cast<u64>(source) << kQueueSourceShift,
                                0});
    return;
  }
  const DmarUnit& unit = dmar_unit(index);
  SpinLockIrqGuard guard(register_locks[index]);
  writeq(kContextGo | kind << kContextReachShift | static_cast<u64>(source) << kContextSourceShift |
             domain,
         unit.registers + kVtdContextCommand);
  const VtdDeadline deadline;
  while ((readq(unit.registers + kVtdContextCommand) & kContextGo) != 0) deadline.pause();
}

// Address and mask as IVA_REG and the descriptor have them.
void flush_by_register(const DmarUnit& unit, Reach reach, u16 domain, u64 address) {
  volatile u8* pair = unit.registers + ecap_iotlb_offset(unit.ecap);
  u64 command = kTlbGo | static_cast<u64>(reach) << kTlbReachShift |
                static_cast<u64>(domain) << kTlbDomainShift;
  if ((unit.cap & kCapWriteDrain) != 0) command |= kTlbDrainWrites;
  if (reach == Reach::selected) writeq(address, pair);
  writeq(command, pair + 8);
  const VtdDeadline deadline;
  u64 answer;
  while (((answer = readq(pair + 8)) & kTlbGo) != 0) deadline.pause();
  if ((answer >> kTlbDoneShift & 3) == 0) printk(msg::kFlushFailed);
}

void flush_translations(int index, Reach reach, u16 domain, u64 address) {
  const DmarUnit& unit = dmar_unit(index);
  if (!has_invalidation_queue(index)) {
    SpinLockIrqGuard guard(register_locks[index]);
    flush_by_register(unit, reach, domain, address);
    return;
  }
  u64 low = kTypeTlb | static_cast<u64>(reach) << kQueueReachShift |
            static_cast<u64>(domain) << kQueueDomainShift;
  if ((unit.cap & kCapWriteDrain) != 0) low |= kQueueDrainWrites;
  if ((unit.cap & kCapReadDrain) != 0) low |= kQueueDrainReads;
  submit_invalidation(index, {low, address});
}

}  // namespace

void flush_all_contexts(int unit) { flush_contexts(unit, Reach::all, 0, 0); }

void flush_device_context(int unit, u16 domain, u16 source) {
  flush_contexts(unit, Reach::selected, domain, source);
}

void flush_all_translations(int unit) { flush_translations(unit, Reach::all, 0, 0); }

void flush_domain_translations(int unit, u16 domain) {
  flush_translations(unit, Reach::domain, domain, 0);
}

void flush_page_translations(int index, u16 domain, u64 pfn, u64 pages, bool leaves_only) {
  const u64 cap = dmar_unit(index).cap;
  const u32 order = order_of(pages);
  if ((cap & kCapPageSelective) == 0 || order > cap_most_pages(cap)) {
    flush_domain_translations(index, domain);
    return;
  }
  // Linux hands over the first page as it is; the unit leaves out the bits below the order.
  const u64 address = pfn << 12 | order | (leaves_only ? kLeavesOnly : 0);
  flush_translations(index, Reach::selected, domain, address);
}

void flush_pasid_translations(int unit, u16 domain, u32 pasid, u64 pfn, u64 pages,
                              bool leaves_only) {
  const bool whole = pages == ~u64{0};
  const u64 low = kTypePasidTlb | (whole ? kWholePasid : kPagesOfPasid) << kQueueReachShift |
                  static_cast<u64>(domain) << kQueueDomainShift |
                  static_cast<u64>(pasid) << kPasidShift;
  const u64 high = whole ? 0 : pfn << 12 | order_of(pages) | (leaves_only ? kLeavesOnly : 0);
  submit_invalidation(unit, {low, high});
}

void flush_pasid_cache(int unit, u16 domain, u32 pasid) {
  submit_invalidation(unit, {kTypePasidCache | kOnePasid << kQueueReachShift |
                                 static_cast<u64>(domain) << kQueueDomainShift |
                                 static_cast<u64>(pasid) << kPasidShift,
                             0});
}

void flush_all_pasids(int unit) {
  submit_invalidation(unit, {kTypePasidCache | kAllPasids << kQueueReachShift, 0});
}

void flush_write_buffer(int index) {
  const DmarUnit& unit = dmar_unit(index);
  if ((unit.cap & kCapWriteBuffer) == 0) return;
  SpinLockIrqGuard guard(register_locks[index]);
  vtd_command(unit, kVtdWriteBuffer, 0, kVtdWriteBuffer, 0);
}

void flush_to_memory(const void* start, size_t size) {
  if (skip_table_flushes) return;
  smp_mb();
  const u64 end = reinterpret_cast<u64>(start) + size;
  for (u64 at = reinterpret_cast<u64>(start) & ~(kLine - 1); at < end; at += kLine)
    asm volatile("clflush (%0)" : : "r"(at) : "memory");
  smp_mb();
}
