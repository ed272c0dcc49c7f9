#pragma once

#include "guest/kernel/message_tables.h"
#include "guest/kernel/printk.h"

// What Linux 6.1 says of DMA remapping otherwise than 4.12, with the file that says it.
namespace msg_6_1 {

// drivers/iommu/intel/iommu.c intel_iommu_setup()
inline constexpr char kIommuForceDac[] =
    KERN_WARNING "DMAR: intel_iommu=forcedac deprecated; use iommu.forcedac instead\n";
inline constexpr char kIommuStrict[] =
    KERN_WARNING "DMAR: intel_iommu=strict deprecated; use iommu.strict=1 instead\n";
inline constexpr char kIommuScalable[] =
    KERN_INFO "DMAR: Enable scalable mode if hardware supports\n";
inline constexpr char kIommuNotScalable[] = KERN_INFO "DMAR: Scalable mode is disallowed\n";
inline constexpr char kIommuNotForced[] = KERN_INFO
    "DMAR: Intel-IOMMU: not forcing on after tboot. This could expose security risk for tboot\n";
inline constexpr char kIommuUnknown[] = KERN_NOTICE "DMAR: Unknown option - '%s'\n";
// intel_iommu_init(), register_pasid_allocator()
inline constexpr char kNoSatc[] = KERN_INFO "DMAR: No SATC found\n";
inline constexpr char kNoBatching[] =
    KERN_INFO "DMAR: IOMMU batching disallowed due to virtualization\n";
inline constexpr char kNoPasids[] =
    KERN_WARNING "DMAR: VT-d Scalable Mode not enabled, no PASID allocation\n";
// drivers/iommu/iommu.c iommu_subsys_init(), iommu_group_add_device()
inline constexpr char kDefaultDomain[] = KERN_INFO "iommu: Default domain type: %s %s\n";
inline constexpr char kFlushPolicy[] =
    KERN_INFO "iommu: DMA domain TLB invalidation policy: %s mode %s\n";
inline constexpr char kByCommandLine[] = "(set via kernel command line)";
inline constexpr char kGroupMember[] =
    KERN_INFO "pci 0000:%02x:%02x.%d: Adding to iommu group %d\n";
// drivers/iommu/intel/dmar.c dmar_fault_do_one()
inline void print_interrupt_fault(u8 bus, u8 device, u8 function, u64 index, u8 code,
                                  const char* reason) {
  printk(KERN_ERR
         "DMAR: [INTR-REMAP] Request device [%02x:%02x.%d] fault index 0x%llx [fault reason "
         "0x%02x] %s\n",
         bus, device, function, static_cast<unsigned long long>(index), code, reason);
}
inline void print_dma_fault(bool read, s32 pasid, u8 bus, u8 device, u8 function, u64 address,
                            u8 code, const char* reason) {
  const char* type = read ? "DMA Read" : "DMA Write";
  if (pasid < 0) {
    printk(KERN_ERR
           "DMAR: [%s NO_PASID] Request device [%02x:%02x.%d] fault addr 0x%llx [fault reason "
           "0x%02x] %s\n",
           type, bus, device, function, static_cast<unsigned long long>(address), code, reason);
  } else {
    printk(KERN_ERR
           "DMAR: [%s PASID 0x%x] Request device [%02x:%02x.%d] fault addr 0x%llx [fault reason "
           "0x%02x] %s\n",
           type, pasid, bus, device, function, static_cast<unsigned long long>(address), code,
           reason);
  }
}
// drivers/iommu/intel/dmar.c qi_type_string(), qi_dump_fault(), qi_check_fault()
inline const char* descriptor_name(u64 low) {
  const char* const names[] = {"Context-cache Invalidation", "IOTLB Invalidation",
                               "Device-TLB Invalidation",    "Interrupt Entry Cache Invalidation",
                               "Invalidation Wait",          "PASID-based IOTLB Invalidation",
                               "PASID-cache Invalidation",   "PASID-based Device-TLB Invalidation",
                               "Page Group Response"};
  const u64 type = low & 0xf;
  return type >= 1 && type <= array_size(names) ? names[type - 1] : "UNKNOWN";
}
inline void print_refused_descriptor(u64 errors, u64 low, u64 high, u64 before_low,
                                     u64 before_high) {
  printk(KERN_ERR "DMAR: VT-d detected Invalidation Queue Error: Reason %llx\n",
         static_cast<unsigned long long>(errors & 0xf));
  printk(KERN_ERR "DMAR: QI HEAD: %s qw0 = 0x%llx, qw1 = 0x%llx\n", descriptor_name(low),
         static_cast<unsigned long long>(low), static_cast<unsigned long long>(high));
  printk(KERN_ERR "DMAR: QI PRIOR: %s qw0 = 0x%llx, qw1 = 0x%llx\n", descriptor_name(before_low),
         static_cast<unsigned long long>(before_low), static_cast<unsigned long long>(before_high));
  printk(KERN_INFO "DMAR: Invalidation Queue Error (IQE) cleared\n");
}

// drivers/iommu/intel/svm.c prq_event_thread(), handle_bad_prq_event(), intel_svm_enable_prq()
inline constexpr char kRequestUnit[] = "DMAR: IOMMU: dmar";
inline constexpr char kRequestWithoutPasid[] = ": Page request without PASID\n";
inline constexpr char kRequestNotCanonical[] = ": Address is not canonical\n";
inline constexpr char kRequestPrivileged[] = ": Page request in Privilege Mode\n";
inline constexpr char kRequestExecute[] = ": Execution request not supported\n";
inline constexpr char kRequestInvalid[] =
    KERN_ERR "DMAR: dmar%d: Invalid page request: %08llx %08llx\n";
inline constexpr char kRequestOverflow[] = KERN_INFO "DMAR: IOMMU: dmar%d: PRQ overflow detected\n";
inline constexpr char kRequestOverflowCleared[] =
    KERN_INFO "DMAR: IOMMU: dmar%d: PRQ overflow cleared\n";
inline constexpr char kRequestQueueFailed[] =
    KERN_WARNING "DMAR: IOMMU: dmar%d: Failed to allocate page request queue\n";

}  // namespace msg_6_1
