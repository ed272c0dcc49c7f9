#include "guest/arch/apic.h"

#include "guest/arch/apic_driver.h"
#include "guest/arch/cpu.h"
#include "guest/arch/interrupt.h"
#include "guest/arch/irq_vectors.h"
#include "guest/arch/irqflags.h"
#include "guest/arch/msr.h"
#include "guest/arch/percpu.h"
#include "guest/arch/topology.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/messages.h"

namespace {

// IA32_APIC_BASE (SDM Vol. 3 §11.4.4, §11.12.1).
constexpr u64 kBaseX2apic = 1u << 10, kBaseEnabled = 1u << 11;
constexpr u32 kSvrEnabled = 1u << 8;
constexpr u32 kDeliveryExtInt = 7u << 8, kDeliveryNmi = 4u << 8;

void spurious_interrupt(pt_regs*) {
  // A vector that is in service after all wants its end (SDM Vol. 3 §11.9: spurious ones do not).
  const u32 word = apic_read(kApicIsr + (kSpuriousVector >> 5) * 0x10);
  if ((word >> (kSpuriousVector & 31) & 1) != 0) apic_eoi();
  printk(msg::kSpurious, static_cast<int>(apic_id_of_this_cpu()));
}

// Bits of the error status register (SDM Vol. 3 §11.5.3) as smp_error_interrupt() names them.
const char* const kErrorReasons[] = {"Send CS error",           "Receive CS error",
                                     "Send accept error",       "Receive accept error",
                                     "Redirectable IPI",        "Send illegal vector",
                                     "Received illegal vector", "Illegal register address"};

void error_interrupt(pt_regs*) {
  const u32 before = apic_read(kApicEsr);
  apic_write(kApicEsr, 0);
  const u32 status = apic_read(kApicEsr);
  apic_eoi();
  if (!apic_debug()) return;
  printk(msg::kApicError, smp_processor_id(), before, status);
  for (u32 bit = 0; bit < 8; ++bit) {
    if ((status >> bit & 1) != 0) printk(msg::kApicErrorReason, kErrorReasons[bit]);
  }
  pr_cont("\n");
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

// The boot CPU goes on taking the 8259's interrupts where the firmware let it (virtual wire), until
// an I/O APIC is set up.
void setup_lint0() {
  const bool open = smp_processor_id() == 0 && (apic_read(kApicLvtLint0) & kLvtMasked) == 0;
  if (apic_verbose()) printk(open ? msg::kExtIntEnabled : msg::kExtIntMasked, smp_processor_id());
  apic_write(kApicLvtLint0, kDeliveryExtInt | (open ? 0 : kLvtMasked));
}

bool id_registered() { return apic_driver()->x2apic || apic_id_present(apic_driver()->read_id()); }

}  // namespace

bool x2apic_enabled() { return boot_cpu_data.x2apic && (rdmsr(kMsrApicBase) & kBaseX2apic) != 0; }

void enable_x2apic() {
  const u64 base = rdmsr(kMsrApicBase);
  if ((base & kBaseX2apic) == 0) wrmsr(kMsrApicBase, base | kBaseX2apic);
}

void disable_x2apic() {
  const u64 base = rdmsr(kMsrApicBase);
  wrmsr(kMsrApicBase, base & ~(kBaseX2apic | kBaseEnabled));
  wrmsr(kMsrApicBase, base & ~kBaseX2apic);
}

void setup_local_apic() {
  if (!apic_available()) return;
  BUG_ON(!id_registered());
  mask_local_vectors();
  apic_driver()->init_cpu();
  apic_write(kApicTpr, 0);
  clear_in_service();
  // What the firmware has set otherwise stays, as in Linux.
  constexpr u32 vector_bits = 0xff;
  apic_write(kApicSvr, (apic_read(kApicSvr) & ~vector_bits) | kSvrEnabled | kSpuriousVector);
  const bool boot_cpu = smp_processor_id() == 0;
  setup_lint0();
  apic_write(kApicLvtLint1, kDeliveryNmi | (boot_cpu ? 0 : kLvtMasked));
  apic_write(kApicEsr, 0);
  apic_write(kApicLvtError, kErrorVector);
  if (boot_cpu) {
    set_system_vector(kSpuriousVector, spurious_interrupt);
    set_system_vector(kErrorVector, error_interrupt);
  }
}

void mask_lint0() { apic_write(kApicLvtLint0, kLvtMasked | kDeliveryExtInt); }

u32 apic_read(u32 reg) { return apic_driver()->read(reg); }
void apic_write(u32 reg, u32 value) { apic_driver()->write(reg, value); }
void apic_eoi() { apic_driver()->write(kApicEoi, 0); }
bool apic_id_valid(u32 apic_id) {
  return release::is_3_2 || apic_driver()->x2apic || apic_id < 0xff;
}
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
