#pragma once

#include "guest/kernel/message_tables.h"
#include "guest/kernel/printk.h"

// What Linux 4.12 says of DMA remapping otherwise than 3.13, with the file that says it.
namespace msg_4_12 {

// drivers/iommu/intel-iommu.c intel_iommu_setup()
inline constexpr char kIommuEnabled[] = KERN_INFO "DMAR: IOMMU enabled\n";
inline constexpr char kIommuDisabled[] = KERN_INFO "DMAR: IOMMU disabled\n";
inline constexpr char kIommuNoGraphics[] = KERN_INFO "DMAR: Disable GFX device mapping\n";
inline constexpr char kIommuForceDac[] = KERN_INFO "DMAR: Forcing DAC for PCI devices\n";
inline constexpr char kIommuStrict[] = KERN_INFO "DMAR: Disable batched IOTLB flush\n";
inline constexpr char kIommuNoLargePages[] = KERN_INFO "DMAR: Disable supported super page\n";
inline constexpr char kIommuNoExtendedContext[] =
    KERN_INFO "Intel-IOMMU: disable extended context table support\n";
inline constexpr char kIommuNotForced[] = KERN_INFO
    "Intel-IOMMU: not forcing on after tboot. This could expose security risk for tboot\n";
// intel_iommu_init()
inline constexpr char kIommuInitFailed[] = KERN_ERR "DMAR: Initialization failed\n";
inline constexpr char kDmaRemappingOn[] =
    KERN_INFO "DMAR: Intel(R) Virtualization Technology for Directed I/O\n";
// init_dmars(), intel_iommu_init_qi()
inline constexpr char kWasTranslating[] =
    KERN_WARNING "DMAR: Translation was enabled for dmar%d but we are not in kdump mode\n";
inline void print_root_table_failure(int unit) {
  printk(KERN_ERR "DMAR: Allocating root entry for dmar%d failed\n", unit);
}
inline void print_invalidation_kind(int unit, u64, bool queued) {
  printk(KERN_INFO "DMAR: dmar%d: Using %s invalidation\n", unit,
         queued ? "Queued" : "Register based");
}
inline constexpr char kPassThroughFailed[] = KERN_CRIT "DMAR: Failed to setup IOMMU pass-through\n";
inline constexpr char kSettingRmrr[] = KERN_INFO "DMAR: Setting RMRR:\n";
inline constexpr char kRmrrFailed[] = KERN_ERR "DMAR: Mapping reserved region failed\n";
// iommu_prepare_isa()
inline constexpr char kUnityForLpc[] = KERN_INFO "DMAR: Prepare 0-16MiB unity mapping for LPC\n";
inline constexpr char kUnityForLpcFailed[] =
    KERN_ERR "DMAR: Failed to create 0-16MiB identity map - floppy might not work\n";
// domain_prepare_identity_map()
inline constexpr char kIdentityMap[] =
    KERN_INFO "DMAR: Setting identity map for device 0000:%02x:%02x.%d [0x%llx - 0x%llx]\n";
inline constexpr char kIdentityMapIgnored[] = KERN_WARNING
    "DMAR: Ignoring identity map for HW passthrough device 0000:%02x:%02x.%d [0x%llx - 0x%llx]\n";
// intel_iommu_map()
inline constexpr char kWidthExceeded[] = KERN_ERR
    "DMAR: intel_iommu_map: iommu width (%d) is not sufficient for the mapped address (%llx)\n";
// dev_prepare_static_identity_mapping()
inline constexpr char kIdentityDevice[] =
    KERN_INFO "DMAR: %s identity mapping for device 0000:%02x:%02x.%d\n";
inline constexpr char kHardwareIdentity[] = "Hardware", kSoftwareIdentity[] = "Software";
// iommu_no_mapping()
inline constexpr char kLeavesIdentity[] =
    KERN_INFO "DMAR: 32bit 0000:%02x:%02x.%d uses non-identity mapping\n";
// intel_alloc_iova(), get_valid_domain_for_dev(), __intel_map_single()
inline constexpr char kIovaFailed[] =
    KERN_ERR "DMAR: Allocating %ld-page iova for 0000:%02x:%02x.%d failed\n";
inline constexpr char kDomainFailed[] =
    KERN_ERR "DMAR: Allocating domain for 0000:%02x:%02x.%d failed\n";
inline constexpr char kMapFailed[] =
    KERN_ERR "DMAR: Device 0000:%02x:%02x.%d request: %zx@%llx dir %d --- failed\n";
inline constexpr char kNoDomainIds[] = KERN_ERR "DMAR: No free domain ids\n";
// __domain_mapping()
inline constexpr char kPteAlreadySet[] =
    KERN_CRIT "DMAR: ERROR: DMA PTE for vPFN 0x%lx already set (to %llx not %llx)\n";
inline constexpr char kFlushFailed[] = KERN_ERR "DMAR: Flush IOTLB failed\n";
// drivers/iommu/iommu.c iommu_group_add_device()
inline constexpr char kGroupMember[] =
    KERN_INFO "iommu: Adding device 0000:%02x:%02x.%d to group %d\n";
// drivers/iommu/dmar.c dmar_fault(), dmar_fault_do_one()
inline constexpr char kFaultStatusRegister[] =
    KERN_ERR "DMAR: DRHD: handling fault status reg %x\n";
inline void print_interrupt_fault(u8 bus, u8 device, u8 function, u64 index, u8 code,
                                  const char* reason) {
  printk(KERN_ERR
         "DMAR: [INTR-REMAP] Request device [%02x:%02x.%d] fault index %llx [fault reason %02d] "
         "%s\n",
         bus, device, function, static_cast<unsigned long long>(index), code, reason);
}
inline void print_dma_fault(bool read, s32, u8 bus, u8 device, u8 function, u64 address, u8 code,
                            const char* reason) {
  printk(KERN_ERR
         "DMAR: [%s] Request device [%02x:%02x.%d] fault addr %llx [fault reason %02d] %s\n",
         read ? "DMA Read" : "DMA Write", bus, device, function,
         static_cast<unsigned long long>(address), code, reason);
}
// qi_check_fault()
inline void print_refused_descriptor(u64, u64 low, u64 high, u64, u64) {
  printk(KERN_ERR "DMAR: VT-d detected invalid descriptor: low=%llx, high=%llx\n",
         static_cast<unsigned long long>(low), static_cast<unsigned long long>(high));
}

}  // namespace msg_4_12
