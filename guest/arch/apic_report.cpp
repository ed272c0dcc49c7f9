// What apic=verbose and apic=debug add to the log: arch/x86/kernel/apic/apic.c
// apic_set_verbosity(), io_apic.c print_local_APIC().
#include "guest/arch/apic.h"
#include "guest/arch/apic_driver.h"
#include "guest/arch/cpu.h"
#include "guest/arch/ioapic.h"
#include "guest/arch/percpu.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"
#include "guest/lib/string.h"
#include "guest/sched/smp.h"

namespace {

enum class Verbosity : u8 { quiet, verbose, debug };
Verbosity verbosity;

bool setup_apic(const char* value) {
  if (value == nullptr) {
    forget_noapic();
    return true;
  }
  if (strcmp(value, "debug") == 0) {
    verbosity = Verbosity::debug;
  } else if (strcmp(value, "verbose") == 0) {
    verbosity = Verbosity::verbose;
  } else {
    printk(msg::kApicVerbosity, value);
    return false;
  }
  return true;
}
KERNEL_PARAM(apic, "apic", setup_apic);

int cpus_to_show = 1;

bool setup_show_lapic(const char* value) {
  if (value == nullptr) return false;
  u64 number = static_cast<u64>(kMaxCpus);
  if (strcmp(value, "all") != 0 && !parse_u64(value, &number)) return false;
  cpus_to_show = static_cast<int>(min_of<u64>(number, kMaxCpus));
  return true;
}
KERNEL_PARAM(show_lapic, "show_lapic", setup_show_lapic);

struct NamedRegister {
  const char* format;
  u32 offset;
};

void print_bits(const char* title, u32 first) {
  printk(title);
  printk(KERN_DEBUG);
  for (u32 i = 0; i < 8; ++i) pr_cont("%08x", apic_read(first + i * 0x10));
  pr_cont("\n");
}

void print_identity() {
  const u32 id = apic_read(kApicId);
  printk(msg::kShowApicId, id, apic_id_of_this_cpu());
  printk(msg::kShowApicVersion, apic_read(kApicVersion));
  const u32 tpr = apic_read(kApicTpr);
  printk(msg::kShowApicTpr, tpr, tpr & 0xff);
  printk(msg::kShowApicPpr, apic_read(kApicPpr));
  printk(msg::kShowApicLdr, apic_read(kApicLdr));
  if (!apic_driver()->x2apic) printk(msg::kShowApicDfr, apic_read(kApicDfr));
  printk(msg::kShowApicSvr, apic_read(kApicSvr));
}

void print_vectors(u32 most_lvt) {
  static const NamedRegister entries[] = {
      {msg::kShowApicLvtTimer, kApicLvtTimer},    {msg::kShowApicLvtPerf, kApicLvtPerformance},
      {msg::kShowApicLvtLint0, kApicLvtLint0},    {msg::kShowApicLvtLint1, kApicLvtLint1},
      {msg::kShowApicLvtError, kApicLvtError},    {msg::kShowApicInitial, kApicInitialCount},
      {msg::kShowApicCurrent, kApicCurrentCount}, {msg::kShowApicDivide, kApicDivide}};
  for (const NamedRegister& entry : entries) {
    if (entry.offset == kApicLvtPerformance && most_lvt < 4) continue;
    printk(entry.format, apic_read(entry.offset));
  }
}

// Of an integrated APIC with a version from 0x14 on: nothing to arbitrate, no remote read.
void print_local_apic(void*) {
  printk(msg::kShowApicTitle, smp_processor_id(), apic_id_of_this_cpu());
  print_identity();
  print_bits(msg::kShowApicIsr, kApicIsr);
  print_bits(msg::kShowApicTmr, kApicTmr);
  print_bits(msg::kShowApicIrr, kApicIrr);
  apic_write(kApicEsr, 0);
  printk(msg::kShowApicEsr, apic_read(kApicEsr));
  const u64 icr = apic_driver()->read_icr();
  printk(msg::kShowApicIcr, static_cast<u32>(icr));
  printk(msg::kShowApicIcrHigh, static_cast<u32>(icr >> 32));
  print_vectors(apic_read(kApicVersion) >> 16 & 0xff);
  pr_cont("\n");
}

}  // namespace

bool apic_verbose() { return verbosity != Verbosity::quiet; }
bool apic_debug() { return verbosity == Verbosity::debug; }

void print_local_apics() {
  if (!apic_verbose() || !apic_available()) return;
  const int last = min_of(cpus_to_show, nr_cpu_ids);
  for (int cpu = 0; cpu < last; ++cpu) {
    if (cpu_online(cpu)) smp_call_function_single(cpu, print_local_apic, nullptr, true);
  }
}
