#include "guest/arch/apic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/interrupt.h"
#include "guest/arch/ioapic.h"
#include "guest/arch/irq_vectors.h"
#include "guest/arch/percpu.h"
#include "guest/arch/ptregs.h"
#include "guest/arch/spinlock.h"
#include "guest/iommu/irq_remapping.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/messages.h"

namespace {

constexpr int kVectors = 256;

// SDM Vol. 3 §10.11.1, §10.11.2.
constexpr u64 kMessageBase = 0xfee00000, kMessageRedirect = 1u << 3, kMessageLogical = 1u << 2;
constexpr u32 kMessageLowestPriority = 1u << 8;

struct VectorCounts {
  u32 taken[kVectors];
};

struct Action {
  IrqHandler handler;
  void* data;
  const char* name;
  int cpu;
  bool ends_at_io_apic;  // beside the end at the local APIC
  u8 line;
};

// What the kernel itself handles; the same on all CPUs.
SystemVectorHandler system_handlers[kVectors];
// Devices: one owner a vector in the whole machine, so that no table per CPU is needed.
Action actions[kVectors];
SpinLock vector_lock;

bool is_free(int vector) {
  const bool isa = vector >= kIrq0Vector && vector < kIrq0Vector + 16;
  return !isa && vector != kLegacySyscallVector && actions[vector].handler == nullptr &&
         system_handlers[vector] == nullptr;
}

// One priority class after the other, as arch/x86/kernel/apic/io_apic.c __assign_irq_vector() does,
// so that devices do not crowd in one: 0x41, 0x51, ... 0xe1, 0x22, 0x42, ... 0 if none is left.
int next_free_vector() {
  static int vector = kFirstExternalVector + 1;
  static int offset = 1;
  for (int tries = 0; tries < kVectors; ++tries) {
    vector += 16;
    if (vector >= kLocalTimerVector) {
      offset = (offset + 1) % 16;
      vector = kFirstExternalVector + offset;
    }
    if (is_free(vector)) return vector;
  }
  return 0;
}

}  // namespace

DEFINE_PER_CPU(VectorCounts, vector_counts);

void set_system_vector(int vector, SystemVectorHandler handler) {
  system_handlers[vector] = handler;
}

int request_vector(int cpu, IrqHandler handler, void* data, const char* name) {
  SpinLockIrqGuard guard(vector_lock);
  const int vector = next_free_vector();
  if (vector != 0) actions[vector] = {handler, data, name, cpu, false, 0};
  return vector;
}

// SDM Vol. 3 §10.11: edge; with x2APIC, bits 31:8 of the destination in the upper half (VT-d
// §5.1.8).
MsiMessage compose_msi(int cpu, int vector) {
  const ApicDestination to = apic_destination(cpu);
  MsiMessage message = {kMessageBase | static_cast<u64>(to.id & 0xff) << 12,
                        static_cast<u32>(vector)};
  message.address |= static_cast<u64>(to.id & ~u32{0xff}) << 32;
  if (to.logical) message.address |= kMessageLogical;
  if (to.lowest_priority) {
    message.address |= kMessageRedirect;
    message.data |= kMessageLowestPriority;
  }
  return message;
}

bool request_unremapped_msi(int cpu, IrqHandler handler, void* data, const char* name,
                            MsiMessage* message) {
  const int vector = request_vector(cpu, handler, data, name);
  if (vector != 0) *message = compose_msi(cpu, vector);
  return vector != 0;
}

bool request_msi(u16 requester, int cpu, IrqHandler handler, void* data, const char* name,
                 MsiMessage* message) {
  if (irq_remapping_mode() == RemapMode::off || sends_past_remapping(requester))
    return request_unremapped_msi(cpu, handler, data, name, message);
  const int vector = request_vector(cpu, handler, data, name);
  return vector != 0 && remap_msi(requester, cpu, vector, message);
}

bool request_pci_irq(u8 line, int cpu, IrqHandler handler, void* data, const char* name) {
  const int vector = request_vector(cpu, handler, data, name);
  if (vector == 0) return false;
  actions[vector].line = line;
  actions[vector].ends_at_io_apic = irq_remapping_mode() != RemapMode::off;
  return route_pci_irq(line, cpu, vector);
}

u64 interrupt_count(int vector) {
  u64 total = 0;
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) {
    if (cpu_present(cpu)) total += per_cpu(vector_counts, cpu).taken[vector];
  }
  return total;
}

extern "C" void do_IRQ(pt_regs* regs) {
  const int vector = static_cast<int>(~regs->orig_ax & 0xff);
  ++this_cpu_ptr(&vector_counts)->taken[vector];
  if (system_handlers[vector] != nullptr) {
    system_handlers[vector](regs);
    return;
  }
  if (actions[vector].handler != nullptr) {
    const Action& action = actions[vector];
    action.handler(action.data);
    apic_eoi();
    if (action.ends_at_io_apic) end_remapped_pci_irq(action.line);
    return;
  }
  apic_eoi();
  if (printk_ratelimit()) printk(msg::kNoIrqHandler, smp_processor_id(), vector);
}
