#include "guest/arch/descriptors.h"

#include "guest/arch/percpu.h"
#include "guest/arch/segments.h"
#include "guest/kernel/bug.h"
#include "guest/sched/task.h"

namespace {

struct GdtPage {
  u64 entries[16];
};

// SDM Vol. 3 §8.7, figure 8-11.
struct __attribute__((packed)) Tss {
  u32 reserved0;
  u64 rsp[3];
  u64 reserved1;
  u64 ist[7];
  u64 reserved2;
  u16 reserved3;
  u16 io_map;
};
static_assert(sizeof(Tss) == 104, "SDM Vol. 3 figure 8-11");

// SDM Vol. 3 §6.14.1, figure 6-8.
struct Gate {
  u16 offset_low;
  u16 selector;
  u8 ist;
  u8 type;
  u16 offset_middle;
  u32 offset_high;
  u32 reserved;
};

struct __attribute__((packed)) TablePointer {
  u16 limit;
  u64 base;
};

struct ExceptionStacks {
  // The debug stack holds two levels (asm/page_64_types.h DEBUG_STKSZ).
  char bytes[(kExceptionStacks + 1) * 4096];
};

constexpr u8 kInterruptGate = 0x8e;  // present, DPL 0
constexpr u8 kUserGate = 0xee;       // present, DPL 3: int3, into

constexpr u64 kKernel32Code = 0x00cf9b000000ffff, kKernelCode = 0x00af9b000000ffff;
constexpr u64 kKernelData = 0x00cf93000000ffff, kUser32Code = 0x00cffb000000ffff;
constexpr u64 kUserData = 0x00cff3000000ffff, kUserCode = 0x00affb000000ffff;

constexpr int kVectors = 256;
__attribute__((aligned(4096), section(".bss..page_aligned"))) Gate idt[kVectors];

}  // namespace

extern "C" {
// Addresses of the entries: exceptions 0..31, then the stubs of vectors 32..255.
extern const u64 exception_entries[32];
extern const u64 interrupt_entries[kVectors - 32];
void system_call();

__attribute__((section(".data..percpu..first"), aligned(4096))) char irq_stack_union[kIrqStackSize];
DEFINE_PER_CPU(u64, irq_stack_ptr);
DEFINE_PER_CPU(u32, irq_count) = ~0u;
DEFINE_PER_CPU(u64, kernel_stack);
DEFINE_PER_CPU(u64, old_rsp);
}

DEFINE_PER_CPU_PAGE_ALIGNED(GdtPage, gdt_page) = {
    {0, kKernel32Code, kKernelCode, kKernelData, kUser32Code, kUserData, kUserCode}};
DEFINE_PER_CPU_PAGE_ALIGNED(ExceptionStacks, exception_stacks);
DEFINE_PER_CPU(Tss, init_tss);

namespace {

void set_gate(int vector, u64 entry, u8 type, u8 ist) {
  idt[vector] = {static_cast<u16>(entry),       KERNEL_CS, ist, type, static_cast<u16>(entry >> 16),
                 static_cast<u32>(entry >> 32), 0};
}

u8 stack_of(int vector) {
  switch (vector) {
    case 1:
      return kDebugStack;
    case 2:
      return kNmiStack;
    case 3:
      return kDebugStack;
    case 8:
      return kDoubleFaultStack;
    case 12:
      return kStackFaultStack;
    case 18:
      return kMachineCheckStack;
    default:
      return kNoStack;
  }
}

u64 size_of(int index) { return index == kDebugStack ? 8192 : 4096; }

void fill_tss(Tss* tss) {
  for (int i = 1; i <= kExceptionStacks; ++i) tss->ist[i - 1] = exception_stack(i).end;
  tss->io_map = sizeof(Tss);  // beyond the limit: no port is allowed
}

// A 16-byte descriptor (SDM Vol. 3 §8.2.3, figure 8-4).
void set_tss_descriptor(GdtPage* gdt, const Tss* tss) {
  const u64 base = reinterpret_cast<u64>(tss);
  constexpr u64 kAvailableTss = 0x89;
  gdt->entries[TSS_SELECTOR / 8] =
      (sizeof(Tss) - 1) | (base & 0xffffff) << 16 | kAvailableTss << 40 | (base >> 24 & 0xff) << 56;
  gdt->entries[TSS_SELECTOR / 8 + 1] = base >> 32;
}

void reload_segments() {
  asm volatile(
      "pushq %0\n\t"
      "leaq 1f(%%rip), %%rax\n\t"
      "pushq %%rax\n\t"
      "lretq\n"
      "1:\tmovl %1, %%eax\n\t"
      "movl %%eax, %%ss\n\t"
      "xorl %%eax, %%eax\n\t"
      "movl %%eax, %%ds\n\t"
      "movl %%eax, %%es"
      :
      : "i"(KERNEL_CS), "i"(KERNEL_DS)
      : "rax", "memory");
}

}  // namespace

StackRange exception_stack(int index) {
  u64 at = reinterpret_cast<u64>(this_cpu_ptr(&exception_stacks));
  for (int i = 1; i < index; ++i) at += size_of(i);
  return {at, at + size_of(index)};
}

StackRange irq_stack() {
  const u64 base = reinterpret_cast<u64>(this_cpu_ptr(&irq_stack_union));
  return {base, base + kIrqStackSize};
}

void init_idt() {
  for (int vector = 0; vector < 32; ++vector) {
    if (exception_entries[vector] == 0) continue;
    const bool user = vector == 3 || vector == 4;
    set_gate(vector, exception_entries[vector], user ? kUserGate : kInterruptGate,
             stack_of(vector));
  }
  for (int vector = 32; vector < kVectors; ++vector)
    set_gate(vector, interrupt_entries[vector - 32], kInterruptGate, kNoStack);
}

void set_interrupt_gate(int vector, void (*entry)()) {
  set_gate(vector, reinterpret_cast<u64>(entry), kInterruptGate, kNoStack);
}

void load_descriptors() {
  Tss* tss = this_cpu_ptr(&init_tss);
  GdtPage* gdt = this_cpu_ptr(&gdt_page);
  fill_tss(tss);
  set_tss_descriptor(gdt, tss);
  const TablePointer gdt_pointer = {sizeof(GdtPage) - 1, reinterpret_cast<u64>(gdt)};
  const TablePointer idt_pointer = {sizeof(idt) - 1, reinterpret_cast<u64>(idt)};
  asm volatile("lgdt %0" : : "m"(gdt_pointer));
  reload_segments();
  asm volatile("lidt %0" : : "m"(idt_pointer));
  asm volatile("ltr %w0" : : "r"(TSS_SELECTOR));
  // Linux keeps 64 bytes free at the top of this stack (arch/x86/kernel/cpu/common.c).
  this_cpu_write(irq_stack_ptr, irq_stack().end - 64);
}

void set_kernel_stack(u64 top) {
  this_cpu_write(kernel_stack, top);
  this_cpu_ptr(&init_tss)->rsp[0] = top;
}
