// Verbs about local APICs.
#include "guest/arch/irqflags.h"
#include "guest/arch/msr.h"
#include "guest/kernel/printk.h"
#include "guest/workload/verbs.h"

namespace {

// IA32_APIC_BASE (SDM Vol. 3 §11.12.1).
constexpr u64 kExtended = 1u << 10, kEnabled = 1u << 11;

enum : u64 { kToX2apic, kToXapic };

// Only ways that the state diagram has (SDM Vol. 3 §11.12.5): back from x2APIC mode by way of
// disabled, which clears the registers.
void change_mode(u64 to) {
  IrqGuard no_interrupts;
  const u64 base = rdmsr(kMsrApicBase);
  if (to == kToX2apic) {
    wrmsr(kMsrApicBase, base | kEnabled | kExtended);
  } else if ((base & kExtended) != 0) {
    wrmsr(kMsrApicBase, base & ~(kEnabled | kExtended));
    wrmsr(kMsrApicBase, base & ~kExtended);
  }
}

}  // namespace

void do_firmware_apic(const Command& command, int cpu) {
  const u64 to = command.number("mode");
  pr_info("workload: firmware takes the local APIC of CPU %d to %s mode\n", cpu,
          to == kToX2apic ? "x2APIC" : "xAPIC");
  change_mode(to);
}
