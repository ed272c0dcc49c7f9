// What the kernel has made of the remapping units, read back from them.
#include "guest/acpi/dmar.h"
#include "guest/arch/io.h"
#include "guest/arch/msr.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/printk.h"
#include "guest/workload/verbs.h"

void do_remapping_show(const Command&) {
  pr_info("workload: taint %llu, IA32_APIC_BASE %llx\n",
          static_cast<unsigned long long>(taint_bits()),
          static_cast<unsigned long long>(rdmsr(kMsrApicBase)));
  for (int i = 0; i < dmar_unit_count(); ++i) {
    const DmarUnit& unit = dmar_unit(i);
    pr_info("workload: dmar%d status %08x interrupt table %016llx\n", i,
            readl(unit.registers + kVtdGlobalStatus),
            static_cast<unsigned long long>(readq(unit.registers + kVtdTableAddress)));
  }
}
