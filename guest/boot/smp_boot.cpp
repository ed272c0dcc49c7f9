#include "guest/boot/smp_boot.h"

#include "guest/acpi/acpi.h"
#include "guest/arch/apic.h"
#include "guest/arch/atomic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/cpu_info.h"
#include "guest/arch/i8259.h"
#include "guest/arch/ioapic.h"
#include "guest/arch/irqflags.h"
#include "guest/arch/msr.h"
#include "guest/arch/paging.h"
#include "guest/arch/percpu.h"
#include "guest/arch/topology.h"
#include "guest/boot/announce_cpu.h"
#include "guest/iommu/irq_remapping.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/time.h"
#include "guest/lib/string.h"
#include "guest/mm/kernel_map.h"
#include "guest/mm/layout.h"
#include "guest/mm/memblock.h"
#include "guest/sched/runqueue.h"
#include "guest/sched/smp.h"
#include "guest/sched/smp_init.h"

extern "C" {
extern char trampoline_start[], trampoline_end[];
extern char trampoline_gdt_base[], trampoline_jump32[], trampoline_jump64[];
extern char trampoline_cr3[], trampoline_efer[], trampoline_status[];

// What the processor that starts now takes over; they start one by one.
u64 secondary_gs;
u64 secondary_stack;
}

namespace {

constexpr u64 kRealModeEnd = 0xa0000;
constexpr u32 kStartupWaitUs = 200;  // SDM Vol. 3 §8.4.4.1
constexpr u32 kInitWaitUs = 10000;
constexpr u32 kCallinWaitUs = 1000000;
constexpr u32 kTrampolineRan = 0xa5a5a5a5;

u64 trampoline_page;
u32 called_in[kMaxCpus];

// The word of the copy that `symbol` stands for.
u32* trampoline_word(const char* symbol) {
  return phys_to_virt<u32>(trampoline_page + static_cast<u64>(symbol - trampoline_start));
}

void fill_trampoline() {
  map_low_identity(trampoline_page);
  const u32 base = static_cast<u32>(trampoline_page);
  memcpy(phys_to_virt(trampoline_page), trampoline_start,
         static_cast<size_t>(trampoline_end - trampoline_start));
  *trampoline_word(trampoline_gdt_base) += base;
  *trampoline_word(trampoline_jump32) += base;
  *trampoline_word(trampoline_jump64) += base;
  *trampoline_word(trampoline_cr3) = static_cast<u32>(kernel_cr3());
  *trampoline_word(trampoline_efer) = static_cast<u32>(kEferLme | (boot_cpu_data.nx ? kEferNx : 0));
}

void* alloc_near(size_t size, int cpu) {
  const u64 phys = memblock_alloc(size, 64, cpu_to_node(cpu));
  BUG_ON(phys == 0);
  return phys_to_virt(phys);
}

bool wait_for_callin(int cpu, u64 microseconds) {
  const u64 start = rdtsc();
  const u64 cycles = microseconds * tsc_khz / 1000;
  while (load_acquire(called_in[cpu]) == 0) {
    if (rdtsc() - start >= cycles) return false;
    cpu_relax();
  }
  return true;
}

void send_to_all(int last, u32 command) {
  for (int cpu = 1; cpu < last; ++cpu) {
    if (apic_id_valid(cpu_physical_id(cpu))) apic_send_ipi(cpu_physical_id(cpu), command);
  }
}

// All get INIT first, so that its 10 ms pass once and not for each.
void send_init_to_all(int last) {
  send_to_all(last, kIcrLevel | kIcrAssert | kIcrInit);
  udelay(kInitWaitUs);
  send_to_all(last, kIcrLevel | kIcrInit);
}

bool start_cpu(int cpu) {
  secondary_gs = __per_cpu_offset[cpu];
  secondary_stack = reinterpret_cast<u64>(idle_task(cpu)->stack) + kThreadSize;
  smp_mb();
  const u32 startup = kIcrStartup | static_cast<u32>(trampoline_page >> 12);
  for (int attempt = 0; attempt < 2; ++attempt) {
    apic_send_ipi(cpu_physical_id(cpu), startup);
    if (wait_for_callin(cpu, kStartupWaitUs)) return true;
    // One that has begun must not begin again.
    if (*static_cast<volatile u32*>(trampoline_word(trampoline_status)) == kTrampolineRan) break;
  }
  return wait_for_callin(cpu, kCallinWaitUs);
}

// Nobody runs at the trampoline's address any more; null pointers fault cleanly again.
void drop_low_mapping(void*) {
  kernel_pml4()[0] = 0;
  write_cr3(read_cr3());
}

void report_failure(int cpu) {
  const bool ran = *trampoline_word(trampoline_status) == kTrampolineRan;
  if (ran)
    printk(msg::kCpuStuck, cpu);
  else
    printk(msg::kCpuNotResponding, cpu);
}

void announce_total() {
  const int online = num_online_cpus();
  const int nodes = num_online_nodes();
  msg::print_booted_up(nodes, online);
  const u64 sum = static_cast<u64>(online) * (static_cast<u64>(tsc_khz) * 1000 / kHz);
  printk(msg::kBogomips, online, static_cast<unsigned long>(sum / (500000 / kHz)),
         static_cast<unsigned long>(sum / (5000 / kHz) % 100));
}

}  // namespace

void reserve_trampoline() {
  trampoline_page = memblock_find(kPageSize, kPageSize, kNoNode, kRealModeEnd);
  if (trampoline_page != 0) memblock_reserve(trampoline_page, kPageSize);
}

void print_trampoline() {
  if (trampoline_page == 0) {
    printk(msg::kNoTrampoline);
    return;
  }
  printk(msg::kTrampoline, phys_to_virt(trampoline_page),
         static_cast<unsigned long long>(trampoline_page), static_cast<size_t>(kPageSize));
}

void smp_prepare_memory() {
  if (acpi_has_local_apics() && !boot_cpu_listed())
    printk(msg::kBootCpuUnlisted, cpu_physical_id(0));
  smp_call_init(alloc_near);
  for (int cpu = 1; cpu < nr_cpu_ids; ++cpu) {
    if (cpu_present(cpu)) init_idle_task(cpu);
  }
}

void smp_prepare_cpus() {
  init_8259();
  if (!acpi_has_local_apics()) printk(msg::kNoMotherboard);
  init_apic_mode();
  if (!acpi_has_local_apics()) printk(msg::kSmpDisabled);
  if (!apic_available()) return;
  setup_local_apic();
  enable_remapping_faults();
  setup_io_apics();
  printk(msg::kCpu0, 0);
  print_cpu_info();
  init_apic_timer();
  setup_apic_timer();
}

extern "C" [[noreturn]] void start_secondary() {
  const int cpu = smp_processor_id();
  cpu_init();
  follow_apic_mode();
  setup_local_apic();
  set_cpu_online(cpu);
  store_release(called_in[cpu], 1u);
  setup_apic_timer();
  cpu_idle();
}

namespace {

// native_cpu_up()
void bring_up(int cpu, int* current_node) {
  if (!apic_id_valid(cpu_physical_id(cpu))) {
    printk(msg::kBadCpu, cpu);
    return;
  }
  announce_cpu(cpu, current_node);
  *trampoline_word(trampoline_status) = 0;
  if (!start_cpu(cpu)) report_failure(cpu);
}

// kernel/smp.c smp_init(): up to maxcpus= of them.
void bring_up_all(int last) {
  fill_trampoline();
  send_init_to_all(last);
  int current_node = -1;
  for (int cpu = 1; cpu < last; ++cpu) bring_up(cpu, &current_node);
  on_each_cpu(drop_low_mapping, nullptr, true);
}

}  // namespace

void smp_init() {
  int last = 1;
  while (cpu_present(last) && last < most_cpus_to_start()) ++last;
  if (most_cpus_to_start() == 0 && !release::since(4, 15)) printk(msg::kSmpDeactivated);
  if (apic_available() && last > 1 && trampoline_page != 0) bring_up_all(last);
  for (int cpu = nr_cpu_ids; cpu_listed(cpu) && cpu < most_cpus_to_start(); ++cpu)
    printk(msg::kNotMayHotadd, cpu);
  announce_total();
}
