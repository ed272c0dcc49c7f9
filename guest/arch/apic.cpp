#include "guest/arch/apic.h"

#include "guest/acpi/acpi.h"
#include "guest/acpi/dmar.h"
#include "guest/arch/cpu.h"
#include "guest/arch/interrupt.h"
#include "guest/arch/io.h"
#include "guest/arch/irq_vectors.h"
#include "guest/arch/irqflags.h"
#include "guest/arch/msr.h"
#include "guest/arch/percpu.h"
#include "guest/arch/topology.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"
#include "guest/mm/kernel_map.h"

namespace {

// IA32_APIC_BASE (SDM Vol. 3 §10.4.4, §10.12.1).
constexpr u64 kBaseX2apic = 1u << 10, kBaseEnabled = 1u << 11;
constexpr u64 kDefaultBase = 0xfee00000;
constexpr u32 kSvrEnabled = 1u << 8;
constexpr u32 kDeliveryExtInt = 7u << 8, kDeliveryNmi = 4u << 8;

volatile u8* apic_page;
bool no_x2apic;
bool no_apic;

bool setup_nox2apic(const char*) {
  no_x2apic = true;
  return true;
}
bool setup_nolapic(const char*) {
  no_apic = true;
  return true;
}
KERNEL_PARAM(nox2apic, "nox2apic", setup_nox2apic);
// Physical destinations are what this kernel uses in x2APIC mode anyway.
bool setup_x2apic_phys(const char*) { return true; }
KERNEL_PARAM(x2apic_phys, "x2apic_phys", setup_x2apic_phys);
KERNEL_PARAM(nolapic, "nolapic", setup_nolapic);

u32 page_read(u32 reg) { return readl(apic_page + reg); }
void page_write(u32 reg, u32 value) { writel(value, apic_page + reg); }
u32 page_read_id() { return page_read(kApicId) >> 24; }

void page_write_icr(u32 low, u32 apic_id) {
  while ((page_read(kApicIcr) & kIcrPending) != 0) cpu_relax();
  page_write(kApicIcrHigh, apic_id << 24);
  page_write(kApicIcr, low);
}

u32 msr_of(u32 reg) { return kMsrX2apicFirst + (reg >> 4); }
u32 msr_read(u32 reg) { return static_cast<u32>(rdmsr(msr_of(reg))); }
void msr_write(u32 reg, u32 value) { wrmsr(msr_of(reg), value); }
u32 msr_read_id() { return msr_read(kApicId); }

// The ICR is one MSR, and a write to it is not serialising: stores before it must be visible to who
// takes the interrupt (SDM Vol. 3 §10.12.3).
void msr_write_icr(u32 low, u32 apic_id) {
  asm volatile("mfence\n\tlfence" : : : "memory");
  wrmsr(msr_of(kApicIcr), static_cast<u64>(apic_id) << 32 | low);
}

constexpr ApicDriver kFlat = {"flat", page_read, page_write, page_write_icr, page_read_id};
constexpr ApicDriver kPhysicalFlat = {"physical flat", page_read, page_write, page_write_icr,
                                      page_read_id};
constexpr ApicDriver kPhysicalX2apic = {"physical x2apic", msr_read, msr_write, msr_write_icr,
                                        msr_read_id};

const ApicDriver* driver;

bool firmware_left_x2apic() { return (rdmsr(kMsrApicBase) & kBaseX2apic) != 0; }

void enable_x2apic() {
  const u64 base = rdmsr(kMsrApicBase);
  if ((base & kBaseX2apic) != 0) return;
  // From disabled only by way of xAPIC mode (SDM Vol. 3 §10.12.5).
  if ((base & kBaseEnabled) == 0) wrmsr(kMsrApicBase, base | kBaseEnabled);
  wrmsr(kMsrApicBase, base | kBaseEnabled | kBaseX2apic);
}

void disable_x2apic() {
  const u64 base = rdmsr(kMsrApicBase);
  if ((base & kBaseX2apic) == 0) return;
  printk(msg::kDisablingX2apic);
  wrmsr(kMsrApicBase, base & ~(kBaseX2apic | kBaseEnabled));
  wrmsr(kMsrApicBase, base & ~kBaseX2apic);
}

void use_page() {
  u64 base = acpi_local_apic_address();
  if (base == 0) base = kDefaultBase;
  apic_page = static_cast<volatile u8*>(ioremap(base, 0x1000));
  BUG_ON(apic_page == nullptr);
  driver = &kFlat;
}

void use_msrs(bool preenabled) {
  if (!preenabled) printk(msg::kEnablingX2apic);
  enable_x2apic();
  driver = &kPhysicalX2apic;
  if (!preenabled) printk(msg::kEnabledX2apic);
}

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

}  // namespace

void init_apic_mode() {
  if (no_apic || !boot_cpu_data.apic) return;
  const bool preenabled = boot_cpu_data.x2apic && firmware_left_x2apic();
  if (preenabled) printk(msg::kX2apicByBios);
  if (preenabled && no_x2apic) {
    if (!all_apic_ids_fit_xapic()) {
      printk(msg::kCannotEnforceNox2apic, cpu_physical_id(0));
      return use_msrs(true);
    }
    printk(msg::kWillDisableX2apic);
    disable_x2apic();
  }
  const bool wanted = boot_cpu_data.x2apic && !no_x2apic;
  const bool opted_out = wanted && !preenabled && dmar_x2apic_optout();
  if (opted_out) printk(msg::kX2apicOptOut);
  if (wanted && !opted_out) return use_msrs(preenabled);
  use_page();
}

void setup_apic_routing() {
  if (driver == nullptr) return;
  if (driver == &kFlat && nr_cpu_ids > 8) driver = &kPhysicalFlat;
  // Flat is what the kernel starts with.
  if (driver != &kFlat) printk(msg::kSwitchedRouting, driver->name);
}

void setup_local_apic() {
  if (driver == nullptr) return;
  if (driver == &kPhysicalX2apic)
    enable_x2apic();
  else if ((rdmsr(kMsrApicBase) & kBaseEnabled) == 0)
    wrmsr(kMsrApicBase, rdmsr(kMsrApicBase) | kBaseEnabled);
  mask_local_vectors();
  if (driver != &kPhysicalX2apic) {
    apic_write(kApicDfr, 0xffffffff);
    apic_write(kApicLdr, (1u << (smp_processor_id() % 8)) << 24);
  }
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

u32 apic_read(u32 reg) { return driver->read(reg); }
void apic_write(u32 reg, u32 value) { driver->write(reg, value); }
void apic_eoi() { driver->write(kApicEoi, 0); }
bool apic_id_valid(u32 apic_id) { return driver == &kPhysicalX2apic || apic_id < 0xff; }
bool apic_available() { return driver != nullptr; }
u32 apic_id_of_this_cpu() { return driver->read_id(); }

void apic_send_ipi(u32 apic_id, u32 command) {
  // An interrupt between the two halves of the xAPIC's ICR may send one of its own.
  IrqGuard no_interrupts;
  driver->write_icr(command, apic_id);
}
