#include "guest/boot/start_kernel.h"

#include "guest/acpi/acpi.h"
#include "guest/acpi/dmar.h"
#include "guest/arch/alternative.h"
#include "guest/arch/apic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/cpu_info.h"
#include "guest/arch/descriptors.h"
#include "guest/arch/ioapic.h"
#include "guest/arch/irqflags.h"
#include "guest/arch/paging.h"
#include "guest/arch/setup_percpu.h"
#include "guest/arch/topology.h"
#include "guest/boot/boot_data.h"
#include "guest/boot/e820.h"
#include "guest/boot/smp_boot.h"
#include "guest/idle/cpuidle.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/console.h"
#include "guest/kernel/dmi.h"
#include "guest/kernel/lkdtm.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/shutdown.h"
#include "guest/kernel/time.h"
#include "guest/kernel/timekeeping.h"
#include "guest/mm/layout.h"
#include "guest/mm/memblock.h"
#include "guest/sched/runqueue.h"

extern "C" {
__attribute__((aligned(8192))) char init_stack[8192];
extern const char _text[], _end[];

[[noreturn]] void start_kernel(u64 start_info);
}

namespace {

constexpr u64 kLowMemoryReserve = 64 << 10;  // CONFIG_X86_RESERVE_LOW
constexpr u64 kRealModeEnd = 0x100000;

task_struct init_task;

void reserve_what_is_taken() {
  const u64 image = virt_to_phys(_text);
  memblock_reserve(image, virt_to_phys(_end) - image);
  memblock_reserve(0, kLowMemoryReserve);
  // The BIOS keeps its data area at the end of low memory (arch/x86/kernel/head.c).
  for (int i = 0; i < e820_count(); ++i) {
    const E820Entry& e = e820_entry(i);
    if (e.type != kRam && e.address < kRealModeEnd) memblock_reserve(e.address, e.size);
  }
}

void reserve_initrd() {
  const BootData& boot = boot_data();
  if (boot.initrd_size == 0) return;
  const u64 end = boot.initrd_phys + boot.initrd_size;
  if (!e820_all_mapped(boot.initrd_phys, end, kRam)) {
    printk(msg::kNoInitrdMemory, static_cast<unsigned long long>(end),
           static_cast<unsigned long long>(memblock_end_of_memory()));
    drop_initrd();
    return;
  }
  memblock_reserve(boot.initrd_phys, boot.initrd_size);
}

void print_initrd() {
  const BootData& boot = boot_data();
  if (boot.initrd_size == 0) return;
  printk(msg::kRamdisk, static_cast<unsigned long long>(boot.initrd_phys),
         release::shown_end(boot.initrd_phys + boot.initrd_size));
}

// What Linux calls setup_arch(): memory and tables, on one CPU, without interrupts.
void setup_machine() {
  e820_print();
  parse_command_line(boot_data().command_line, KernelParam::Stage::early);
  printk("%s", boot_cpu_data.nx ? msg::kNxActive : msg::kNxMissing);
  e820_fill_memblock();
  if (memblock_total_memory() == 0) panic("the loader's memory map names no usable memory");
  reserve_what_is_taken();
  reserve_initrd();
  reserve_trampoline();
  init_memory_mapping();
  dmi_scan_machine();
  e820_trim_bios_range();
  e820_print_end();
  check_x2apic();
  print_trampoline();
  print_initrd();
  acpi_table_init();
  acpi_boot_table_early();
  acpi_numa_init();
  acpi_boot_init();
  set_possible_cpus();
  report_gsi_total();
  setup_per_cpu_areas();
}

void setup_clock() {
  const u32 khz = calibrate_tsc();
  if (khz == 0) panic("no clock to measure the time stamp counter with");
  start_clock(khz);
  const unsigned long per_jiffy = static_cast<unsigned long>(khz) * 1000 / kHz;
  printk(msg::kBogomipsSkipped, per_jiffy / (500000 / kHz), per_jiffy / (5000 / kHz) % 100,
         per_jiffy);
}

void init_main(void*) {
  lkdtm_run();
  print_local_apics();
  run_workload();
  kernel_power_off();
}

void start_init_task() {
  const u64 stack = memblock_alloc(kThreadSize, kThreadSize, cpu_to_node(0));
  BUG_ON(stack == 0);
  task_init(&init_task, phys_to_virt(stack), "init", 1, 0, init_main, nullptr);
}

}  // namespace

void start_kernel(u64 start_info) {
  console_init();
  identify_boot_cpu();
  cpu_init();
  init_idt();
  register_boot_cpu(initial_apic_id());
  const bool known_loader = read_start_info(start_info);
  printk(msg::kBanner);
  if (!known_loader) panic("no start info of the PVH protocol");
  printk(msg::kEarlyCommandLine, boot_data().command_line);
  parse_command_line(boot_data().command_line, KernelParam::Stage::console);
  setup_machine();
  printk(msg::kCommandLine, saved_command_line());
  parse_command_line(boot_data().command_line, KernelParam::Stage::late);
  report_unknown_parameters();
  cpu_init();
  sched_init();
  smp_prepare_memory();
  start_init_task();
  dmar_detect();
  mm_init();
  setup_clock();
  print_boot_cpu_place();
  alternative_instructions();
  acpi_verify_tables();
  smp_prepare_cpus();
  local_irq_enable();
  smp_init();
  cpuidle_init();
  wake_up_process(&init_task);
  cpu_idle();
}
