#pragma once

#include "guest/kernel/message_tables.h"
#include "guest/kernel/printk.h"

// What Linux 3.2 says of DMA remapping otherwise than 3.13, with the file that says it.
namespace msg_3_2 {

// drivers/iommu/dmar.c dmar_fault(), dmar_fault_do_one()
inline constexpr char kFaultStatusRegister[] = KERN_ERR "DRHD: handling fault status reg %x\n";
inline void print_interrupt_fault(u8 bus, u8 device, u8 function, u64 index, u8 code,
                                  const char* reason) {
  printk(KERN_ERR
         "INTR-REMAP: Request device [[%02x:%02x.%d] fault index %llx\n"
         "INTR-REMAP:[fault reason %02d] %s\n",
         bus, device, function, static_cast<unsigned long long>(index), code, reason);
}
inline void print_dma_fault(bool read, s32, u8 bus, u8 device, u8 function, u64 address, u8 code,
                            const char* reason) {
  printk(KERN_ERR
         "DMAR:[%s] Request device [%02x:%02x.%d] fault addr %llx \n"
         "DMAR:[fault reason %02d] %s\n",
         read ? "DMA Read" : "DMA Write", bus, device, function,
         static_cast<unsigned long long>(address), code, reason);
}

}  // namespace msg_3_2
