#include "guest/iommu/domain_ids.h"

#include "guest/arch/spinlock.h"
#include "guest/iommu/messages.h"
#include "guest/iommu/vtd_flush.h"
#include "guest/iommu/vtd_registers.h"

namespace {

// Ids are never given back: devices stay with their domains.
u32 next_ids[kMostDmarUnits];
SpinLock ids_lock;

// Caching mode tags what is not present with domain 0 (VT-d §6.1), and 4.12 on never uses it;
// later kernels keep 1 for first-level tables (FLPT_DEFAULT_DID).
u32 first_id(u64 cap) {
  if (release::since(6, 1)) return 2;
  return release::since(4, 12) || (cap & kCapCachingMode) != 0 ? 1 : 0;
}

}  // namespace

int allocate_domain_id(int unit) {
  SpinLockIrqGuard guard(ids_lock);
  const u64 cap = dmar_unit(unit).cap;
  u32& next = next_ids[unit];
  if (next == 0) next = first_id(cap) + 1;  // held one higher: zero is not begun yet
  if (next - 1 < cap_domains(cap) && next - 1 <= 0xffff) return static_cast<int>(next++ - 1);
  printk(msg::kNoDomainIds);
  return -1;
}
