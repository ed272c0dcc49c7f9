// arch/x86/kernel/smpboot.c announce_cpu() of 3.13.
#include "guest/arch/cpu.h"
#include "guest/boot/announce_cpu.h"
#include "guest/kernel/printk.h"

namespace {

int digits(int number) {
  int count = 1;
  for (; number >= 10; number /= 10) ++count;
  return count;
}

}  // namespace

void announce_cpu(int cpu, int* current_node) {
  const int width = digits(nr_cpu_ids) + 1;
  const int node_width = digits(nr_node_ids) + 1;
  const int node = cpu_to_node(cpu);
  if (cpu == 1) pr_info("x86: Booting SMP configuration:\n");
  if (node != *current_node) {
    if (*current_node >= 0) pr_cont("\n");
    *current_node = node;
    pr_info(".... node %*s#%d, CPUs:  ", node_width - digits(node), " ", node);
  }
  if (cpu == 1) pr_cont("%*s", width + 1, " ");
  pr_cont("%*s#%d", width - digits(cpu), " ", cpu);
}
