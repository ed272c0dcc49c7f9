#include "guest/iommu/intel_iommu.h"

#include "guest/acpi/dmar_tables.h"
#include "guest/iommu/dma_policy.h"
#include "guest/iommu/iommu_groups.h"
#include "guest/iommu/iommu_options.h"
#include "guest/iommu/messages.h"
#include "guest/iommu/page_requests.h"
#include "guest/iommu/queued_invalidation.h"
#include "guest/iommu/unmap_queue.h"
#include "guest/iommu/vtd_faults.h"
#include "guest/iommu/vtd_registers.h"

namespace {

constexpr u64 kLpcWindow = 16u << 20;  // floppy controllers use it (CONFIG_INTEL_IOMMU_FLOPPY_WA)
constexpr bool is_new = release::since(6, 1);

bool enabled;

template <typename Visit>
void for_each_unit(Visit visit) {
  for (int i = 0; i < dmar_unit_count(); ++i) visit(dmar_position(i));
}

template <typename Visit>
void for_each_active_unit(Visit visit) {
  for_each_unit([&](int unit) {
    if (!unit_left_off(unit)) visit(unit);
  });
}

bool is_translating(int unit) {
  return (readl(dmar_unit(unit).registers + kVtdGlobalStatus) & kVtdTranslate) != 0;
}

void stop_translation(int unit) {
  if (is_translating(unit)) vtd_command(dmar_unit(unit), 0, kVtdTranslate, kVtdTranslate, 0);
}

void report_what_is_missing() {
  if (dmar_rmrr_count() == 0) printk(msg::kNoRmrr);
  if (dmar_atsr_count() == 0) printk(msg::kNoAtsr);
#if GUEST_RELEASE >= 601
  if (dmar_satc_count() == 0) printk(msg::kNoSatc);
#endif
}

// A loader may have left its queue and faults behind; what interrupt remapping has set up stays.
void start_queue(int unit) {
  if (!has_invalidation_queue(unit)) {
    clear_remapping_faults(unit);
    disable_queued_invalidation(unit);
  }
  const bool queued = enable_queued_invalidation(unit) == 0;
  msg::print_invalidation_kind(unit, dmar_unit(unit).base, queued);
}

void start_queues() { for_each_active_unit(start_queue); }

// 4.12 and later do not go on with what the firmware or another kernel has left.
void stop_foreign_translation(int unit) {
#if GUEST_RELEASE >= 412
  if (!is_translating(unit)) return;
  stop_translation(unit);
  printk(msg::kWasTranslating, unit);
#else
  (void)unit;
#endif
}

bool make_root_tables() {
  bool done = true;
  for_each_active_unit([&](int unit) {
    if (done) stop_foreign_translation(unit);
    if (!done || make_root_table(unit)) return;
    done = false;
    msg::print_root_table_failure(unit);
  });
  return done;
}

bool wants_identity_domain() {
  bool wanted = iommu_options().pass_through;
  for_each_function([&](const PciFunction& f) { wanted = wanted || wants_identity(f); });
  return wanted;
}

// Until 4.12 only those that need it are put into a domain before a driver maps memory.
bool prepare_identity_devices() {
  if (!wants_identity_domain()) return true;
  if (!make_identity_domain()) return false;
  bool done = true;
  for_each_function([&](const PciFunction& f) {
    if (!done || active_unit_of(f) < 0 || !wants_identity(f)) return;
    done = attach_identity(f);
    if (done)
      printk(msg::kIdentityDevice,
             hardware_pass_through() ? msg::kHardwareIdentity : msg::kSoftwareIdentity, f.bus,
             f.device, f.function);
  });
  return done;
}

void prepare_reserved_regions() {
  printk(msg::kSettingRmrr);
  for (int i = 0; i < dmar_rmrr_count(); ++i) {
    const DmarReserved& region = dmar_rmrr(i);
    for_each_named(region.devices, [&](const PciFunction& f) {
      if (!map_reserved_region(f, region.base, region.limit)) printk(msg::kRmrrFailed);
    });
  }
}

const PciFunction* isa_bridge() {
  const PciFunction* bridge = nullptr;
  for_each_function([&](const PciFunction& f) {
    if (bridge == nullptr && f.class_code >> 8 == kPciClassIsaBridge) bridge = &f;
  });
  return bridge;
}

void prepare_isa() {
  const PciFunction* bridge = isa_bridge();
  if (bridge == nullptr) return;
  printk(msg::kUnityForLpc);
  if (!map_reserved_region(*bridge, 0, kLpcWindow - 1)) printk(msg::kUnityForLpcFailed);
}

// The protected regions that a measured launch leaves, which devices do not reach (VT-d §10.4.16).
void disable_protected_memory(int index) {
  const DmarUnit& unit = dmar_unit(index);
  if ((unit.cap & (kCapProtectLow | kCapProtectHigh)) == 0) return;
  const u32 value = readl(unit.registers + kVtdProtectedMemory);
  writel(value & ~kVtdProtect, unit.registers + kVtdProtectedMemory);
  vtd_wait(unit, kVtdProtectedMemory, kVtdProtecting, 0);
}

void start_translation(int unit) {
  vtd_command(dmar_unit(unit), kVtdTranslate, 0, kVtdTranslate, kVtdTranslate);
}

// init_dmars() of 3.2 to 4.12: a domain for each device that needs one at once, then translation.
bool start_by_device() {
  if (!release::since(4, 12)) {
    if (!make_root_tables()) return false;
    start_queues();
  } else {
    start_queues();
    if (!make_root_tables()) return false;
    for_each_active_unit([](int unit) {
      flush_write_buffer(unit);
      set_root_table(unit);
    });
  }
  if (!prepare_identity_devices()) {
    printk(msg::kPassThroughFailed);
    return false;
  }
  prepare_reserved_regions();
  prepare_isa();
  for_each_active_unit([](int unit) {
    flush_write_buffer(unit);
    enable_unit_faults(unit);
    if (!release::since(4, 12)) set_root_table(unit);
    start_translation(unit);
    disable_protected_memory(unit);
  });
  return true;
}

#if GUEST_RELEASE >= 412
void join_groups() {
  for_each_function([](const PciFunction& f) {
    if (active_unit_of(f) >= 0) join_iommu_group(f);
  });
}
#endif

#if GUEST_RELEASE >= 601
DmaDomain* domain_of_group(int group) {
  DmaDomain* domain = nullptr;
  for_each_function([&](const PciFunction& f) {
    if (dma_device(f).group == group && dma_device(f).domain != nullptr)
      domain = dma_device(f).domain;
  });
  return domain;
}

void map_regions_of(const PciFunction& f) {
  for (int i = 0; i < dmar_rmrr_count(); ++i) {
    const DmarReserved& region = dmar_rmrr(i);
    for_each_named(region.devices, [&](const PciFunction& other) {
      if (&other == &f) map_reserved_region(f, region.base, region.limit);
    });
  }
  if (f.class_code >> 8 == kPciClassIsaBridge) map_reserved_region(f, 0, kLpcWindow - 1);
}

// A group's first member decides about the domain of all.
void give_domain(const PciFunction& f) {
  DmaDomain* domain = domain_of_group(dma_device(f).group);
  const bool identity = domain == nullptr ? wants_identity(f) : domain->identity;
  if (identity) {
    attach_identity(f);
  } else {
    if (domain == nullptr) domain = domain_for(f);
    if (domain != nullptr) dma_device(f).domain = domain;
  }
}

// bus_iommu_probe(), once for each unit that comes up: groups first, then their domains, regions
// and context entries.
void probe_devices_of(int unit) {
  const auto under = [unit](const PciFunction& f) { return active_unit_of(f) == unit; };
  for_each_function([&](const PciFunction& f) {
    if (under(f)) join_iommu_group(f);
  });
  for_each_function([&](const PciFunction& f) {
    if (under(f)) give_domain(f);
  });
  for_each_function([&](const PciFunction& f) {
    DmaDomain* domain = dma_device(f).domain;
    if (!under(f) || domain == nullptr || domain->identity) return;
    map_regions_of(f);
    attach_function(f, domain, Translation::tables);
  });
}

void decide_on_batches(int unit) {
  if ((dmar_unit(unit).cap & kCapCachingMode) == 0 || scalable_first_level(unit)) return;
  static bool said;
  if (!said) printk(msg::kNoBatching);
  said = true;
  iommu_become_strict();
}

void prepare_unit(int unit) {
  flush_write_buffer(unit);
  if ((dmar_unit(unit).cap & kCapCachingMode) != 0 && !unit_is_scalable(unit))
    printk(msg::kNoPasids);
  set_root_table(unit);
}

bool any_unit_active() {
  bool any = false;
  for_each_active_unit([&any](int) { any = true; });
  return any;
}

// init_dmars() and the rest of intel_iommu_init() of 6.1: every device has a domain before
// translation begins.
bool start_by_group() {
  start_queues();
  if (!make_root_tables()) return false;
  for_each_active_unit(prepare_unit);
  // Where all units are left off, nothing is remapped, and that is no failure.
  if (any_unit_active() && !make_identity_domain()) return false;
  for_each_active_unit([](int unit) {
    flush_write_buffer(unit);
    enable_page_requests(unit);
    enable_unit_faults(unit);
  });
  for_each_active_unit([](int unit) {
    decide_on_batches(unit);
    probe_devices_of(unit);
  });
  for_each_unit([](int unit) {
    if (!unit_left_off(unit)) start_translation(unit);
    disable_protected_memory(unit);
  });
  return true;
}
#else
bool start_by_group() { return false; }
#endif

// 3.13: what the firmware left translating is stopped even where this kernel will not translate.
void stop_all() {
  if (release::is_3_2) return;
  for_each_unit(stop_translation);
}

}  // namespace

void iommu_subsys_init() {
#if GUEST_RELEASE >= 601
  const IommuOptions& options = iommu_options();
  printk(msg::kDefaultDomain, options.pass_through ? "Passthrough" : "Translated",
         options.pass_through_set ? msg::kByCommandLine : "");
  if (options.pass_through) return;
  printk(msg::kFlushPolicy, options.strict ? "strict" : "lazy",
         options.strict_set ? msg::kByCommandLine : "");
#endif
}

void intel_iommu_init() {
  if (!dmar_detected() || !dmar_table_init() || dmar_dev_scope_init() < 0) return;
  const IommuOptions& options = iommu_options();
  if (options.refused || !options.enabled) {
    stop_all();
    return;
  }
  report_what_is_missing();
  leave_units_off();
  enable_access_control();
  if (!(is_new ? start_by_group() : start_by_device())) {
    printk(msg::kIommuInitFailed);
    return;
  }
  if (!unmap_queue_init()) return;
  enabled = true;
  printk(msg::kDmaRemappingOn);
#if GUEST_RELEASE >= 412
  if (!is_new) join_groups();
#endif
}

bool intel_iommu_enabled() { return enabled; }
