#include "guest/kernel/oops.h"

#include "guest/arch/atomic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/irqflags.h"
#include "guest/arch/msr.h"
#include "guest/arch/percpu.h"
#include "guest/arch/spinlock.h"
#include "guest/arch/traps.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/dmi.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/oops_form.h"
#include "guest/kernel/probe.h"
#include "guest/lib/string.h"
#include "guest/mm/kernel_map.h"
#include "guest/mm/layout.h"
#include "guest/sched/runqueue.h"
#include "guest/sched/task.h"

extern "C" {
DECLARE_PER_CPU(u32, irq_count);
extern const BugEntry __start___bug_table[], __stop___bug_table[];
}

namespace {

constexpr long kSigKill = 9, kSigSegv = 11;
constexpr int kCodeBytes = 64, kCodePrologue = kCodeBytes * 43 / 64;

SpinLock die_lock;
int die_owner = -1;
int die_nesting;
int die_counter;
bool panic_on_oops;

bool setup_oops(const char* value) {
  if (value == nullptr || strcmp(value, "panic") != 0) return false;
  panic_on_oops = true;
  return true;
}
KERNEL_PARAM(oops, "oops", setup_oops);

// Several CPUs may die at once: one after the other; one that dies while dying goes on.
u64 oops_begin() {
  const u64 flags = local_irq_save();
  const int cpu = smp_processor_id();
  if (read_once(die_owner) != cpu) spin_lock(&die_lock);
  ++die_nesting;
  write_once(die_owner, cpu);
  set_console_loglevel(15);  // console_verbose()
  bust_spinlocks(true);
  return flags;
}

// Linux draws the first one at random; here the same oops has the same id (SplitMix64 of its
// number).
u64 trace_id() {
  static u64 count;
  u64 x = ++count * 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

void print_end_marker() { printk(msg::kEndTrace, static_cast<unsigned long long>(trace_id())); }

bool in_interrupt() { return static_cast<s32>(this_cpu_read(irq_count)) >= 0; }

[[noreturn]] void kill_init(long signal) {
  if constexpr (release::is_3_2) panic("Attempted to kill init!");
  panic("Attempted to kill init! exitcode=0x%08x\n", static_cast<unsigned>(signal));
}

void oops_end(u64 flags, long signal) {
  bust_spinlocks(false);
  add_taint(Taint::kDie);
  write_once(die_owner, -1);
  if (--die_nesting == 0) spin_unlock(&die_lock);
  local_irq_restore(flags);
  print_end_marker();
  if (in_interrupt()) panic("Fatal exception in interrupt");
  if (panic_on_oops) panic("Fatal exception");
  if (in_idle_task()) panic("Attempted to kill the idle task!");
  if (current()->pid == 1) kill_init(signal);
  do_exit(signal);
}

void print_registers(const pt_regs* r) {
  const auto ip = reinterpret_cast<void*>(r->ip);
  printk(msg::kRegRip, r->cs & 0xffff, r->ip);
  printk(msg::kAddress, ip, ip);
  printk(msg::kRegRsp, r->ss, r->sp, r->flags);
  printk(msg::kRegAx, r->ax, r->bx, r->cx);
  printk(msg::kRegDx, r->dx, r->si, r->di);
  printk(msg::kRegBp, r->bp, r->r8, r->r9);
  printk(msg::kReg10, r->r10, r->r11, r->r12);
  printk(msg::kReg13, r->r13, r->r14, r->r15);
}

u32 read_selector_ds() {
  u32 value;
  asm volatile("movl %%ds, %0" : "=r"(value));
  return value;
}
u32 read_selector_es() {
  u32 value;
  asm volatile("movl %%es, %0" : "=r"(value));
  return value;
}
u32 read_selector_fs() {
  u32 value;
  asm volatile("movl %%fs, %0" : "=r"(value));
  return value;
}
u32 read_selector_gs() {
  u32 value;
  asm volatile("movl %%gs, %0" : "=r"(value));
  return value;
}
u64 read_selector_cs() {
  u64 value;
  asm volatile("movq %%cs, %0" : "=r"(value));
  return value;
}

void print_system_registers() {
  printk(msg::kRegFs, rdmsr(kMsrFsBase), read_selector_fs(), rdmsr(kMsrGsBase), read_selector_gs(),
         rdmsr(kMsrKernelGsBase));
  printk(msg::kRegCs, read_selector_cs(), read_selector_ds(), read_selector_es(), read_cr0());
  printk(msg::kRegCr2, read_cr2(), read_cr3(), read_cr4());
}

void print_code(u64 ip) {
  u64 at = ip - kCodePrologue;
  int count = kCodeBytes;
  u8 byte;
  if (at < kPageOffset || !probe_kernel_byte(&byte, at)) {
    at = ip;
    count = kCodeBytes - kCodePrologue + 1;
  }
  printk(msg::kCode);
  for (; count > 0; --count, ++at) {
    if (at < kPageOffset || !probe_kernel_byte(&byte, at)) {
      pr_cont(" Bad RIP value.");
      break;
    }
    if (at == ip)
      pr_cont("<%02x> ", byte);
    else
      pr_cont("%02x ", byte);
  }
  pr_cont("\n");
}

void report_bug(u64 ip) {
  for (const BugEntry* e = __start___bug_table; e < __stop___bug_table; ++e) {
    const u64 address = reinterpret_cast<u64>(&e->address_displacement) +
                        static_cast<u64>(static_cast<s64>(e->address_displacement));
    if (address != ip) continue;
    const u64 file = reinterpret_cast<u64>(&e->file_displacement) +
                     static_cast<u64>(static_cast<s64>(e->file_displacement));
    printk(msg::kCutHere);
    printk(msg::kBugAt, reinterpret_cast<const char*>(file), e->line);
    return;
  }
}

void show_regs(const pt_regs* regs, bool of_oops) {
  print_oops_context(of_oops);
  print_registers(regs);
  print_system_registers();
  print_oops_task();
  printk(msg::kStack);
  const auto* stack = reinterpret_cast<const u64*>(regs->sp);
  show_stack_words(stack);
  show_trace(stack, regs->bp);
  print_code(regs->ip);
}

void print_oops(const char* what, const pt_regs* regs, u64 error_code) {
  printk(msg::kOopsTitle, what, error_code & 0xffff, ++die_counter);
  pr_cont("SMP ");
  pr_cont("\n");
  show_regs(regs, true);
  printk(msg::kSummaryRip);
  const auto ip = reinterpret_cast<void*>(regs->ip);
  printk(msg::kAddress, ip, ip);
  printk(msg::kSummaryRsp, regs->sp);
}

// The entries that lead to an address, as far as they are present (arch/x86/mm/fault.c).
void print_page_tables(u64 address) {
  constexpr const char* kNames[] = {"PTE", "PMD", "PUD", "PGD"};
  u64 table = read_cr3() & kPteAddressMask;
  printk(msg::kPageTablesStart);
  for (int level = 3; level >= 0; --level) {
    u64 entry;
    const u64 at = kPageOffset + table + (address >> (12 + 9 * level) & 511) * 8;
    if (!probe_kernel_read(&entry, at)) {
      pr_cont("BAD\n");
      return;
    }
    pr_cont("%s %lx ", kNames[level], static_cast<unsigned long>(entry));
    if ((entry & kPtePresent) == 0 || (level < 3 && (entry & kPtePse) != 0)) break;
    table = entry & kPteAddressMask;
  }
  pr_cont("\n");
}

void print_fault(const pt_regs* regs, u64 error_code, u64 address) {
  if ((error_code & kFaultInstruction) != 0 && (error_code & kFaultPresent) != 0)
    printk(msg::kNxExploit, 0);
  const char* what = address < kPageSize ? "NULL pointer dereference" : "paging request";
  printk(msg::kUnableToHandle);
  pr_cont("%s at %p\n", what, reinterpret_cast<void*>(address));
  printk(msg::kFaultIp);
  const auto ip = reinterpret_cast<void*>(regs->ip);
  printk(msg::kAddress, ip, ip);
  print_page_tables(address);
}

}  // namespace

void die(const char* what, pt_regs* regs, u64 error_code) {
  const u64 flags = oops_begin();
  report_bug(regs->ip);
  print_oops(what, regs, error_code);
  oops_end(flags, kSigSegv);
}

void die_double_fault(pt_regs* regs, u64 error_code) {
  if constexpr (release::is_3_2) {
    for (;;) die("double fault", regs, error_code);
  }
  oops_begin();
  printk(msg::kDoubleFault, error_code);
  show_regs(regs, false);
  panic("Machine halted.");
}

void die_page_fault(pt_regs* regs, u64 error_code, u64 address) {
  const u64 flags = oops_begin();
  print_fault(regs, error_code, address);
  print_oops("Oops", regs, error_code);
  printk(msg::kFaultCr2, address);
  oops_end(flags, kSigKill);
}

namespace {

void begin_warning(const char* file, int line, void* caller) {
  printk(msg::kWarnCutHere);
  print_warning_head(file, line, caller);
}

void end_warning(Taint taint) {
  printk(msg::kModules);
  dump_stack();
  print_end_marker();
  add_taint(taint);
}

}  // namespace

void warn_slowpath(const char* file, int line) {
  begin_warning(file, line, __builtin_return_address(0));
  end_warning(Taint::kWarn);
}

void warn_slowpath_text(const char* file, int line, const char* text) {
  begin_warning(file, line, __builtin_return_address(0));
  printk("%s", text);
  end_warning(Taint::kWarn);
}

void warn_firmware(const char* file, int line, const char* format, ...) {
  begin_warning(file, line, __builtin_return_address(0));
  va_list arguments;
  va_start(arguments, format);
  vprintk(format, arguments);
  va_end(arguments);
  end_warning(Taint::kFirmwareWorkaround);
}
