#include "guest/arch/traps.h"

#include "guest/arch/cpu.h"
#include "guest/arch/irqflags.h"
#include "guest/arch/percpu.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/oops.h"
#include "guest/lib/string.h"
#include "guest/sched/task.h"

bool (*user_fault_handler)(pt_regs* regs, u64 error_code, u64 address);

namespace {

struct ExceptionEntry {
  s32 from;
  s32 to;
};

// Signals that end a process (asm-generic signal numbers); the low seven bits of its exit code.
constexpr long kSigTrap = 5, kSigIll = 4, kSigBus = 7, kSigFpe = 8, kSigSegv = 11;

void enable_interrupts_as_before(const pt_regs* regs) {
  if ((regs->flags & kEflagsIf) != 0) local_irq_enable();
}

// A fault of the program in ring 3 ends it, with the line that Linux logs for an unhandled signal.
void kill_process(const pt_regs* regs, const char* what, long signal, u64 error_code) {
  local_irq_enable();
  printk(msg::kUserTrap, current()->comm, current()->pid, what,
         static_cast<unsigned long>(regs->ip), static_cast<unsigned long>(regs->sp),
         static_cast<unsigned long>(error_code));
  do_exit(signal);
}

void kill_process_by_gpf(const pt_regs* regs, u64 error_code) {
  local_irq_enable();
  printk(msg::kUserGpf, current()->comm, current()->pid, static_cast<unsigned long>(regs->ip),
         static_cast<unsigned long>(regs->sp), static_cast<unsigned long>(error_code));
  do_exit(kSigSegv);
}

void trap(pt_regs* regs, u64 error_code, const char* what, long signal) {
  enable_interrupts_as_before(regs);
  if (user_mode(regs)) return kill_process(regs, what, signal, error_code);
  if (fixup_exception(regs)) return;
  die(what, regs, error_code);
}

}  // namespace

extern "C" {
extern const ExceptionEntry __start___ex_table[];
extern const ExceptionEntry __stop___ex_table[];
}

bool fixup_exception(pt_regs* regs) {
  for (const ExceptionEntry* e = __start___ex_table; e < __stop___ex_table; ++e) {
    if (reinterpret_cast<u64>(&e->from) + static_cast<u64>(static_cast<s64>(e->from)) != regs->ip)
      continue;
    regs->ip = reinterpret_cast<u64>(&e->to) + static_cast<u64>(static_cast<s64>(e->to));
    return true;
  }
  return false;
}

extern "C" {

#define TRAP(name, text, signal) \
  void do_##name(pt_regs* regs, u64 error_code) { trap(regs, error_code, text, signal); }

// Names as in arch/x86/kernel/traps.c.
TRAP(divide_error, "divide error", kSigFpe)
TRAP(int3, "int3", kSigTrap)
TRAP(overflow, "overflow", kSigSegv)
TRAP(bounds, "bounds", kSigSegv)
TRAP(coprocessor_segment_overrun, "coprocessor segment overrun", kSigFpe)
TRAP(invalid_TSS, "invalid TSS", kSigSegv)
TRAP(segment_not_present, "segment not present", kSigBus)
TRAP(stack_segment, "stack segment", kSigBus)
TRAP(alignment_check, "alignment check", kSigBus)
TRAP(coprocessor_error, "fpu exception", kSigFpe)
TRAP(simd_coprocessor_error, "simd exception", kSigFpe)
TRAP(invalid_op, "invalid opcode", kSigIll)
TRAP(device_not_available, "device not available", kSigIll)
#undef TRAP

void do_general_protection(pt_regs* regs, u64 error_code) {
  if (user_mode(regs)) return kill_process_by_gpf(regs, error_code);
  trap(regs, error_code, "general protection fault", kSigSegv);
}

void do_debug(pt_regs* regs, u64 error_code) {
  if (user_mode(regs)) return kill_process(regs, "debug", kSigTrap, error_code);
  // A single step left on by ring 3 must not run on in the kernel.
  regs->flags &= ~(u64{1} << 8);
}

void do_double_fault(pt_regs* regs, u64 error_code) { die_double_fault(regs, error_code); }

void do_nmi(pt_regs*, u64) { printk(msg::kUnknownNmi, smp_processor_id()); }

void do_machine_check(pt_regs*, u64) { panic("Fatal machine check on CPU %d", smp_processor_id()); }

void do_page_fault(pt_regs* regs, u64 error_code) {
  const u64 address = read_cr2();
  constexpr u64 kUserEnd = 0x00007ffffffff000;
  enable_interrupts_as_before(regs);
  if (address < kUserEnd && user_fault_handler != nullptr &&
      user_fault_handler(regs, error_code, address))
    return;
  if (user_mode(regs)) {
    local_irq_enable();
    printk(msg::kSegfault, current()->comm, current()->pid, static_cast<unsigned long>(address),
           static_cast<unsigned long>(regs->ip), static_cast<unsigned long>(regs->sp),
           static_cast<unsigned long>(error_code));
    do_exit(kSigSegv);
  }
  if (fixup_exception(regs)) return;
  die_page_fault(regs, error_code, address);
}

pt_regs* copy_to_task_stack(const pt_regs* regs) {
  auto* copy = reinterpret_cast<pt_regs*>(this_cpu_read(kernel_stack)) - 1;
  *copy = *regs;
  return copy;
}

}  // extern "C"

pt_regs* current_pt_regs() {
  return reinterpret_cast<pt_regs*>(reinterpret_cast<u64>(current()->stack) + kThreadSize) - 1;
}
