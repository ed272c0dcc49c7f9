// arch/x86/kernel/smpboot.c announce_cpu() of 3.2, in system state SYSTEM_BOOTING.
#include "guest/arch/cpu.h"
#include "guest/boot/announce_cpu.h"
#include "guest/kernel/printk.h"

void announce_cpu(int cpu, int* current_node) {
  const int node = cpu_to_node(cpu);
  if (node != *current_node) {
    if (*current_node >= 0) pr_cont(" Ok.\n");
    *current_node = node;
    pr_info("Booting Node %3d, Processors ", node);
  }
  pr_cont(" #%d%s", cpu, cpu == nr_cpu_ids - 1 ? " Ok.\n" : "");
}
