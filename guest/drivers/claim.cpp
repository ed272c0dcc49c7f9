#include "guest/drivers/claim.h"

#include "guest/arch/io.h"
#include "guest/iommu/dma_mapping.h"
#include "guest/mm/kernel_map.h"

volatile u8* pci_claim(const PciFunction* f, u32 identity) {
  if (f == nullptr || f->memory[0].address == 0) return nullptr;
  auto* registers = static_cast<volatile u8*>(ioremap(f->memory[0].address, f->memory[0].size));
  if (registers == nullptr || readl(registers) != identity) return nullptr;
  pci_enable(*f);
  dma_set_mask(*f, ~u64{0});
  return registers;
}
