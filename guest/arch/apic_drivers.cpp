// The four routings of Linux 3.13 (arch/x86/kernel/apic/apic_flat_64.c, x2apic_cluster.c,
// x2apic_phys.c).
#include "guest/arch/apic_driver.h"
#include "guest/arch/cpu.h"
#include "guest/arch/io.h"
#include "guest/arch/msr.h"
#include "guest/arch/percpu.h"

namespace {

volatile u8* apic_page;
bool started;

u32 page_read(u32 reg) { return readl(apic_page + reg); }
void page_write(u32 reg, u32 value) { writel(value, apic_page + reg); }
u32 page_read_id() { return page_read(kApicId) >> 24; }

void page_write_icr(u32 low, u32 destination) {
  while ((page_read(kApicIcr) & kIcrPending) != 0) cpu_relax();
  page_write(kApicIcrHigh, destination << 24);
  page_write(kApicIcr, low);
}

u64 page_read_icr() {
  const u64 high = page_read(kApicIcrHigh);
  return high << 32 | page_read(kApicIcr);
}

u32 msr_of(u32 reg) { return kMsrX2apicFirst + (reg >> 4); }
u32 msr_read(u32 reg) { return static_cast<u32>(rdmsr(msr_of(reg))); }
void msr_write(u32 reg, u32 value) { wrmsr(msr_of(reg), value); }
u32 msr_read_id() { return msr_read(kApicId); }

// The ICR is one MSR, and a write to it is not serialising: stores before it must be visible to who
// takes the interrupt (SDM Vol. 3 §11.12.3).
void msr_write_icr(u32 low, u32 destination) {
  asm volatile("mfence" : : : "memory");
  wrmsr(msr_of(kApicIcr), static_cast<u64>(destination) << 32 | low);
}

u64 msr_read_icr() { return rdmsr(msr_of(kApicIcr)); }

void send_one_by_one(const CpuMask& cpus, u32 command) {
  for (int cpu = cpus.next(0); cpu >= 0; cpu = cpus.next(cpu + 1))
    apic_driver()->write_icr(command, cpu_physical_id(cpu));
}

// One bit a CPU, for up to eight (SDM Vol. 3 §11.6.2.2, flat model).
u32 flat_destination(int cpu) { return 1u << cpu; }

void flat_send_mask(const CpuMask& cpus, u32 command) {
  page_write_icr(command | kIcrLogical, static_cast<u32>(cpus.words[0] & 0xff));
}

void page_init_cpu() {
  page_write(kApicDfr, 0xffffffff);
  page_write(kApicLdr, (1u << (smp_processor_id() % 8)) << 24);
}

void nothing_to_init() {}

u32 logical_ids[kMaxCpus];  // cluster in the upper half, one bit in the lower (SDM Vol. 3
                            // §11.12.10)

u32 cluster_destination(int cpu) { return logical_ids[cpu]; }

void cluster_init_cpu() { logical_ids[smp_processor_id()] = msr_read(kApicLdr); }

// One message for each cluster.
void cluster_send_mask(const CpuMask& cpus, u32 command) {
  CpuMask left = cpus;
  for (int cpu = left.next(0); cpu >= 0; cpu = left.next(cpu + 1)) {
    const u32 cluster = logical_ids[cpu] >> 16;
    u32 destination = 0;
    for (int other = cpu; other >= 0; other = left.next(other + 1)) {
      if (logical_ids[other] >> 16 != cluster) continue;
      destination |= logical_ids[other];
      left.words[other / 64] &= ~(1ull << (other % 64));
    }
    msr_write_icr(command | kIcrLogical, destination);
  }
}

}  // namespace

const ApicDriver* chosen_apic_driver = &apic_flat;

const ApicDriver apic_flat = {"flat",           false,          true,          page_read,
                              page_write,       page_write_icr, page_read_icr, page_read_id,
                              flat_destination, flat_send_mask, page_init_cpu};
const ApicDriver apic_physical_flat = {
    "physical flat", false,        false,           page_read,       page_write,   page_write_icr,
    page_read_icr,   page_read_id, cpu_physical_id, send_one_by_one, page_init_cpu};
const ApicDriver apic_cluster_x2apic = {"cluster x2apic",
                                        true,
                                        true,
                                        msr_read,
                                        msr_write,
                                        msr_write_icr,
                                        msr_read_icr,
                                        msr_read_id,
                                        cluster_destination,
                                        cluster_send_mask,
                                        cluster_init_cpu};
const ApicDriver apic_physical_x2apic = {
    "physical x2apic", true,        false,           msr_read,        msr_write,      msr_write_icr,
    msr_read_icr,      msr_read_id, cpu_physical_id, send_one_by_one, nothing_to_init};

void set_apic_page(volatile u8* page) { apic_page = page; }
void set_apic_driver(const ApicDriver* driver) { chosen_apic_driver = driver; }
void start_apic_driver(const ApicDriver* driver) {
  set_apic_driver(driver);
  started = true;
}
bool apic_available() { return started; }
