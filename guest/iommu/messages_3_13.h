#pragma once

#include "guest/kernel/message_tables.h"
#include "guest/kernel/printk.h"

// What Linux 3.13 says of DMA remapping, with the file that says it.
namespace msg_3_13 {

// drivers/iommu/intel-iommu.c intel_iommu_setup()
inline constexpr char kIommuEnabled[] = KERN_INFO "Intel-IOMMU: enabled\n";
inline constexpr char kIommuDisabled[] = KERN_INFO "Intel-IOMMU: disabled\n";
inline constexpr char kIommuNoGraphics[] = KERN_INFO "Intel-IOMMU: disable GFX device mapping\n";
inline constexpr char kIommuForceDac[] = KERN_INFO "Intel-IOMMU: Forcing DAC for PCI devices\n";
inline constexpr char kIommuStrict[] = KERN_INFO "Intel-IOMMU: disable batched IOTLB flush\n";
inline constexpr char kIommuNoLargePages[] =
    KERN_INFO "Intel-IOMMU: disable supported super page\n";
// intel_iommu_init()
inline constexpr char kNoRmrr[] = KERN_INFO "DMAR: No RMRR found\n";
inline constexpr char kNoAtsr[] = KERN_INFO "DMAR: No ATSR found\n";
inline constexpr char kIommuInitFailed[] = KERN_ERR "IOMMU: dmar init failed\n";
inline constexpr char kDmaRemappingOn[] =
    KERN_INFO "PCI-DMA: Intel(R) Virtualization Technology for Directed I/O\n";
// init_dmars()
inline void print_root_table_failure(int) {
  printk(KERN_ERR "IOMMU: allocate root entry failed\n");
}
inline void print_invalidation_kind(int unit, u64 base, bool queued) {
  printk(KERN_INFO "IOMMU %d 0x%llx: using %s invalidation\n", unit,
         static_cast<unsigned long long>(base), queued ? "Queued" : "Register based");
}
inline constexpr char kPassThroughFailed[] = KERN_CRIT "Failed to setup IOMMU pass-through\n";
inline constexpr char kSettingRmrr[] = KERN_INFO "IOMMU: Setting RMRR:\n";
inline constexpr char kRmrrFailed[] = KERN_ERR "IOMMU: mapping reserved region failed\n";
// iommu_prepare_isa()
inline constexpr char kUnityForLpc[] = KERN_INFO "IOMMU: Prepare 0-16MiB unity mapping for LPC\n";
inline constexpr char kUnityForLpcFailed[] =
    KERN_ERR "IOMMU: Failed to create 0-16MiB identity map; floppy might not work\n";
// iommu_prepare_identity_map(); the device as bus:device.function of segment 0
inline constexpr char kIdentityMap[] =
    KERN_INFO "IOMMU: Setting identity map for device 0000:%02x:%02x.%d [0x%llx - 0x%llx]\n";
inline constexpr char kIdentityMapIgnored[] = KERN_DEFAULT
    "Ignoring identity map for HW passthrough device 0000:%02x:%02x.%d [0x%llx - 0x%llx]\n";
inline constexpr char kRmrrBackwards[] =
    "Your BIOS is broken; RMRR ends before it starts!\n"
    "BIOS vendor: %s; Ver: %s; Product Version: %s\n";
inline constexpr char kRmrrTooHigh[] =
    "Your BIOS is broken; RMRR exceeds permitted address width (%d bits)\n"
    "BIOS vendor: %s; Ver: %s; Product Version: %s\n";
// intel_iommu_map()
inline constexpr char kWidthExceeded[] =
    KERN_ERR "intel_iommu_map: iommu width (%d) is not sufficient for the mapped address (%llx)\n";
// dev_prepare_static_identity_mapping()
inline constexpr char kIdentityDevice[] =
    KERN_INFO "IOMMU: %s identity mapping for device 0000:%02x:%02x.%d\n";
inline constexpr char kHardwareIdentity[] = "hardware", kSoftwareIdentity[] = "software";
// iommu_no_mapping()
inline constexpr char kLeavesIdentity[] =
    KERN_INFO "32bit 0000:%02x:%02x.%d uses non-identity mapping\n";
// intel_alloc_iova(), __get_valid_domain_for_dev(), __intel_map_single()
inline constexpr char kIovaFailed[] =
    KERN_ERR "Allocating %ld-page iova for 0000:%02x:%02x.%d failed\n";
inline constexpr char kDomainFailed[] = KERN_ERR "Allocating domain for 0000:%02x:%02x.%d failed\n";
inline constexpr char kMapFailed[] =
    KERN_ERR "Device 0000:%02x:%02x.%d request: %zx@%llx dir %d --- failed\n";
// iommu_alloc_domain()
inline constexpr char kNoDomainIds[] = KERN_ERR "IOMMU: no free domain ids\n";
// __domain_mapping()
inline constexpr char kPteAlreadySet[] =
    KERN_CRIT "ERROR: DMA PTE for vPFN 0x%lx already set (to %llx not %llx)\n";
// __iommu_flush_iotlb()
inline constexpr char kFlushFailed[] = KERN_ERR "IOMMU: flush IOTLB failed\n";
// include/linux/dmar.h IOMMU_WAIT_OP(); a panic
inline constexpr char kMalfunction[] = "DMAR hardware is malfunctioning\n";
// drivers/iommu/dmar.c dmar_fault(), dmar_fault_do_one()
inline constexpr char kFaultStatusRegister[] =
    KERN_ERR "dmar: DRHD: handling fault status reg %x\n";
inline void print_interrupt_fault(u8 bus, u8 device, u8 function, u64 index, u8 code,
                                  const char* reason) {
  printk(KERN_ERR
         "dmar: INTR-REMAP: Request device [[%02x:%02x.%d] fault index %llx\n"
         "INTR-REMAP:[fault reason %02d] %s\n",
         bus, device, function, static_cast<unsigned long long>(index), code, reason);
}
inline void print_dma_fault(bool read, s32, u8 bus, u8 device, u8 function, u64 address, u8 code,
                            const char* reason) {
  printk(KERN_ERR
         "dmar: DMAR:[%s] Request device [%02x:%02x.%d] fault addr %llx \n"
         "DMAR:[fault reason %02d] %s\n",
         read ? "DMA Read" : "DMA Write", bus, device, function,
         static_cast<unsigned long long>(address), code, reason);
}
// qi_check_fault()
inline void print_refused_descriptor(u64, u64 low, u64 high, u64, u64) {
  printk(KERN_ERR "VT-d detected invalid descriptor: low=%llx, high=%llx\n",
         static_cast<unsigned long long>(low), static_cast<unsigned long long>(high));
}
// drivers/iommu/intel_irq_remapping.c intel_msi_alloc_irq()
inline constexpr char kMsiUnmapped[] = KERN_ERR "Unable to map PCI 0000:%02x:%02x.%d to iommu\n";
// lib/ratelimit.c
inline constexpr char kFaultsSuppressed[] = KERN_WARNING "dmar_fault: %d callbacks suppressed\n";

}  // namespace msg_3_13
