#include "guest/arch/descriptors.h"
#include "guest/arch/percpu.h"
#include "guest/kernel/kallsyms.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/oops.h"
#include "guest/kernel/oops_form.h"
#include "guest/kernel/probe.h"
#include "guest/sched/task.h"

namespace {

// kstack_depth_to_print and STACKSLOTS_PER_LINE, arch/x86/kernel/dumpstack.c and asm/kdebug
constexpr int kWordsShown = 12, kWordsPerLine = 4;

constexpr const char* kStackNames[] = {"", "#SS", "#DF", "NMI", "#DB", "#MC"};

void print_address(u64 address, bool reliable) {
  printk(msg::kTraceEntry, reinterpret_cast<void*>(address), reliable ? "" : "? ",
         reinterpret_cast<void*>(address));
}

// Every word of [stack, end) that points into the kernel's text is a line; one that lies where the
// frame pointer says a return address is, is certain, and leads to the next frame.
u64 walk_stack(u64 stack, u64 end, u64 bp) {
  for (; stack + sizeof(u64) <= end; stack += sizeof(u64)) {
    u64 word;
    if (!probe_kernel_read(&word, stack)) break;
    if (!is_kernel_text(word)) continue;
    const bool reliable = stack == bp + sizeof(u64);
    print_address(word, reliable);
    if (reliable && !probe_kernel_read(&bp, bp)) bp = 0;
  }
  return bp;
}

bool inside(const StackRange& range, u64 address) {
  return address >= range.begin && address < range.end;
}

int exception_stack_of(u64 address) {
  for (int i = 1; i <= kExceptionStacks; ++i) {
    if (inside(exception_stack(i), address)) return i;
  }
  return 0;
}

StackRange task_stack() {
  const u64 base = reinterpret_cast<u64>(current()->stack);
  return {base, base + kThreadSize};
}

}  // namespace

void show_trace(const u64* start, u64 bp) {
  printk(msg::kCallTrace);
  u64 stack = reinterpret_cast<u64>(start);
  if (const int index = exception_stack_of(stack)) {
    const u64 end = exception_stack(index).end;
    printk(msg::kTraceStack, kStackNames[index]);
    bp = walk_stack(stack, end, bp);
    printk(msg::kTraceStack, "<EOE>");
    // The processor pushed SS and RSP of the interrupted stack first.
    stack = reinterpret_cast<const u64*>(end)[-2];
  }
  StackRange irq = irq_stack();
  irq.end -= 64;
  if (inside(irq, stack)) {
    printk(msg::kTraceStack, "IRQ");
    bp = walk_stack(stack, irq.end, bp);
    stack = reinterpret_cast<const u64*>(irq.end)[-1];
    printk(msg::kTraceStack, "EOI");
  }
  const StackRange task = task_stack();
  if (inside(task, stack)) walk_stack(stack, task.end, bp);
}

void show_stack_words(const u64* start) {
  u64 stack = reinterpret_cast<u64>(start);
  StackRange irq = irq_stack();
  irq.end -= 64;
  for (int i = 0; i < kWordsShown; ++i, stack += sizeof(u64)) {
    if (stack == irq.end) {
      stack = reinterpret_cast<const u64*>(irq.end)[-1];
      printk(msg::kStackSwitch);
    }
    if (!inside(irq, stack) && stack % kThreadSize == 0) break;
    u64 word;
    if (!probe_kernel_read(&word, stack)) break;
    if (i != 0 && i % kWordsPerLine == 0) pr_cont("\n");
    printk(msg::kStackWord, static_cast<unsigned long>(word));
  }
  pr_cont("\n");
}

void dump_stack() {
  const u64* stack;
  u64 bp;
  asm volatile("movq %%rsp, %0\n\tmovq %%rbp, %1" : "=r"(stack), "=r"(bp));
  if (print_dump_stack_head()) show_stack_words(stack);
  show_trace(stack, bp);
}
