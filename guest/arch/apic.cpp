#include "guest/arch/apic.h"

#include "guest/arch/apic_driver.h"
#include "guest/arch/cpu.h"
#include "guest/arch/interrupt.h"
#include "guest/arch/irq_vectors.h"
#include "guest/arch/irqflags.h"
#include "guest/arch/msr.h"
#include "guest/arch/percpu.h"
#include "guest/kernel/messages.h"

namespace {

// IA32_APIC_BASE (SDM Vol. 3 §10.4.4, §10.12.1).
constexpr u64 kBaseX2apic = 1u << 10, kBaseEnabled = 1u << 11;
constexpr u32 kSvrEnabled = 1u << 8;
constexpr u32 kDeliveryExtInt = 7u << 8, kDeliveryNmi = 4u << 8;

void spurious_interrupt(pt_regs*) {
  // A vector that is in service after all wants its end (SDM Vol. 3 §10.9: spurious ones do not).
  const u32 word = apic_read(kApicIsr + (kSpuriousVector >> 5) * 0x10);
  if ((word >> (kSpuriousVector & 31) & 1) != 0) apic_eoi();
  printk(msg::kSpurious, static_cast<int>(apic_id_of_this_cpu()));
}

void error_interrupt(pt_regs*) {
  apic_write(kApicEsr, 0);
  const u32 status = apic_read(kApicEsr);
  apic_eoi();
  printk(msg::kApicError, static_cast<int>(apic_id_of_this_cpu()), status);
}

void mask_local_vectors() {
  const u32 version = apic_read(kApicVersion);
  const u32 most = version >> 16 & 0xff;
  apic_write(kApicLvtTimer, kLvtMasked | kLocalTimerVector);
  if (most >= 4) apic_write(kApicLvtPerformance, kLvtMasked);
  if (most >= 5) apic_write(kApicLvtThermal, kLvtMasked);
  apic_write(kApicLvtError, kLvtMasked | kErrorVector);
}

// A fixed interrupt that the firmware left in service would block everything below its class.
void clear_in_service() {
  for (int turn = 0; turn < 32; ++turn) {
    bool any = false;
    for (u32 i = 0; i < 8; ++i) any |= apic_read(kApicIsr + i * 0x10) != 0;
    if (!any) return;
    apic_eoi();
  }
}

void switch_on() {
  if (apic_driver()->x2apic) return enable_x2apic();
  const u64 base = rdmsr(kMsrApicBase);
  if ((base & kBaseEnabled) == 0) wrmsr(kMsrApicBase, base | kBaseEnabled);
}

}  // namespace

bool x2apic_enabled() { return (rdmsr(kMsrApicBase) & kBaseX2apic) != 0; }

void enable_x2apic() {
  const u64 base = rdmsr(kMsrApicBase);
  if ((base & kBaseX2apic) != 0) return;
  // From disabled only by way of xAPIC mode (SDM Vol. 3 §10.12.5).
  if ((base & kBaseEnabled) == 0) wrmsr(kMsrApicBase, base | kBaseEnabled);
  wrmsr(kMsrApicBase, base | kBaseEnabled | kBaseX2apic);
}

void disable_x2apic() {
  const u64 base = rdmsr(kMsrApicBase);
  wrmsr(kMsrApicBase, base & ~(kBaseX2apic | kBaseEnabled));
  wrmsr(kMsrApicBase, base & ~kBaseX2apic);
}

void setup_local_apic() {
  if (!apic_available()) return;
  switch_on();
  mask_local_vectors();
  apic_driver()->init_cpu();
  apic_write(kApicTpr, 0);
  clear_in_service();
  apic_write(kApicSvr, kSvrEnabled | kSpuriousVector);
  const bool boot_cpu = smp_processor_id() == 0;
  apic_write(kApicLvtLint0, kLvtMasked | kDeliveryExtInt);
  apic_write(kApicLvtLint1, kDeliveryNmi | (boot_cpu ? 0 : kLvtMasked));
  apic_write(kApicEsr, 0);
  apic_write(kApicLvtError, kErrorVector);
  if (boot_cpu) {
    set_system_vector(kSpuriousVector, spurious_interrupt);
    set_system_vector(kErrorVector, error_interrupt);
  }
}

u32 apic_read(u32 reg) { return apic_driver()->read(reg); }
void apic_write(u32 reg, u32 value) { apic_driver()->write(reg, value); }
void apic_eoi() { apic_driver()->write(kApicEoi, 0); }
bool apic_id_valid(u32 apic_id) { return apic_driver()->x2apic || apic_id < 0xff; }
bool apic_available() { return apic_driver() != nullptr; }
u32 apic_id_of_this_cpu() { return apic_driver()->read_id(); }

// An interrupt between the two halves of the xAPIC's ICR may send one of its own.
void apic_send_ipi(u32 apic_id, u32 command) {
  IrqGuard no_interrupts;
  apic_driver()->write_icr(command, apic_id);
}

void apic_send_to_cpu(int cpu, int vector) {
  IrqGuard no_interrupts;
  const ApicDriver& d = *apic_driver();
  const u32 mode = d.logical ? kIcrLogical : 0;
  d.write_icr(static_cast<u32>(vector) | mode, d.destination(cpu));
}

void apic_send_to_mask(const CpuMask& cpus, int vector) {
  IrqGuard no_interrupts;
  apic_driver()->send_mask(cpus, static_cast<u32>(vector));
}

ApicDestination apic_destination(int cpu) {
  const ApicDriver& d = *apic_driver();
  return {d.destination(cpu), d.logical, d.logical};
}
