#include "system.h"

// Levels of privilege: what level 3 may not do, how it gets in and out. SDM Vol. 3 chapters 5
// and 6.

extern "C" {
void user_nothing();
void user_hlt();
void user_cli();
void user_read_cr0();
void user_rdmsr();
void user_lgdt();
void user_swapgs();
void user_invlpg();
void user_in();
void user_int_45();
void user_int3();
void user_rdtsc();
void user_load_kernel();
void user_call_kernel();
void user_push_bad();
void user_pop_flags();
void user_iret_same();
void user_iret_inner();
void user_syscall();
void user_syscall_next();
void user_segments();
void user_load_ds_kernel();
void user_unaligned();
void user_aligned();
void user_compat();
void user_compat_syscall();
void syscall_entry();
}

namespace {

constexpr u64 done = 0x80;  // vector that ends user code
constexpr u64 interrupt_flag = 0x200, iopl3 = 0x3000;
constexpr u32 star = 0xC0000081, lstar = 0xC0000082, fmask = 0xC0000084, kernel_gs = 0xC0000102;

Caught run_user(void (*code)(), u64 flags = 2) {
  return attempt([&] { enter_user(reinterpret_cast<u64>(code), user_stack_top() - 64, flags); });
}

/// IRETQ with a frame of our own.
Caught return_to(u64 rip, u64 cs, u64 flags, u64 rsp, u64 ss) {
  return attempt([&] {
    asm volatile("push %0; push %1; push %2; push %3; push %4; iretq"
                 :
                 : "r"(ss), "r"(rsp), "r"(flags), "r"(cs), "r"(rip)
                 : "memory");
  });
}

u64 user_rip() { return reinterpret_cast<u64>(&user_nothing); }

void check_privileged_instructions() {
  expect({"PR-01", "Vol. 3 §5.9", "HLT at level 3 is #GP(0)"}, run_user(user_hlt), 13, 0);
  expect({"PR-02", "Vol. 3 §5.9", "MOV from CR0 at level 3 is #GP(0)"}, run_user(user_read_cr0), 13,
         0);
  expect({"PR-03", "Vol. 3 §5.9", "RDMSR at level 3 is #GP(0)"}, run_user(user_rdmsr), 13, 0);
  expect({"PR-04", "Vol. 3 §5.9", "LGDT at level 3 is #GP(0)"}, run_user(user_lgdt), 13, 0);
  expect({"PR-05", "Vol. 2 SWAPGS", "SWAPGS at level 3 is #GP(0)"}, run_user(user_swapgs), 13, 0);
  expect({"PR-06", "Vol. 3 §5.9", "INVLPG at level 3 is #GP(0)"}, run_user(user_invlpg), 13, 0);
  expect({"PR-07", "Vol. 2 CLI", "CLI with CPL above IOPL is #GP(0)"}, run_user(user_cli), 13, 0);
  expect({"PR-08", "Vol. 2 CLI", "CLI with CPL = IOPL is allowed"}, run_user(user_cli, 2 | iopl3),
         done, 0);
  expect({"PR-09", "Vol. 2 RDTSC", "RDTSC at level 3 is allowed without CR4.TSD"},
         run_user(user_rdtsc), done, 0);
  write_cr4(read_cr4() | 4);
  expect({"PR-10", "Vol. 2 RDTSC", "RDTSC at level 3 with CR4.TSD is #GP(0)"}, run_user(user_rdtsc),
         13, 0);
  write_cr4(read_cr4() & ~4ul);
}

void check_ports() {
  expect({"PR-11", "Vol. 1 §19.5.2", "IN of a port that the map denies is #GP(0)"},
         run_user(user_in), 13, 0);
  task_segment.io_bits[0x70 / 8] = 0xFE;
  expect({"PR-12", "Vol. 1 §19.5.2", "IN of a port that the map allows"}, run_user(user_in), done,
         0);
  task_segment.io_bits[0x70 / 8] = 0xFF;
  expect({"PR-13", "Vol. 1 §19.5.1", "IN with CPL = IOPL needs no map"},
         run_user(user_in, 2 | iopl3), done, 0);
}

void check_entry() {
  const u64 kernel_top = task_segment.rsp[0];
  Caught c = run_user(user_nothing);
  expect({"PR-14", "Vol. 3 §6.12.1.1", "INT n through a gate with DPL 3"}, c, done, 0);
  check({"PR-15", "Vol. 3 §6.14.4", "the stack comes from RSP0"}, c.handler_rsp == kernel_top - 40);
  check({"PR-16", "Vol. 3 §6.14.4", "SS becomes null"}, c.handler_ss == 0);
  check({"PR-17", "Vol. 3 §6.14.2", "SS:RSP and CS of the user are pushed"},
        c.ss == selector::user_data && c.cs == selector::user_code64 &&
            c.rsp == user_stack_top() - 64);
  expect({"PR-18", "Vol. 3 §6.12.1.1", "INT n through a gate with DPL 0 is #GP(vector * 8 + IDT)"},
         run_user(user_int_45), 13, 0x45 * 8 + 2);
  expect({"PR-19", "Vol. 3 §6.12.1.1", "so is INT3"}, run_user(user_int3), 13, 3 * 8 + 2);
  expect({"PR-20", "Vol. 3 §4.7", "a user load from a supervisor page: P, U"},
         run_user(user_load_kernel), 14, 5);
  expect({"PR-21", "Vol. 3 §4.7", "a user fetch from one: P, U, I"}, run_user(user_call_kernel), 14,
         0x15);
  expect({"PR-22", "Vol. 3 §6.15", "a user push to a non-canonical address"},
         run_user(user_push_bad), 12, 0);
  const u64 saved = task_segment.rsp[0];
  for (const unsigned vector : stack_fault_vectors) set_gate(vector, 0x8E, 1);
  set_gate(8, 0x8E, 1);
  task_segment.rsp[0] = 0x0000900000000000;
  expect({"PR-23", "Vol. 2 INT n", "a non-canonical RSP0 is #SS(0)"}, run_user(user_nothing), 12,
         0);
  for (const unsigned vector : stack_fault_vectors) set_gate(vector, 0x8E);
  expect({"PR-24", "Vol. 3 table 6-5", "and #DF(0) if the handler of #SS needs it, too"},
         run_user(user_nothing), 8, 0);
  task_segment.rsp[0] = saved;
  set_gate(8, 0x8E);
}

void check_flags() {
  Caught c = run_user(user_pop_flags);
  check({"PR-25", "Vol. 2 POPF",
         "POPF at level 3 with IOPL 0 changes neither IOPL nor IF, and does not fault"},
        (c.rflags & (iopl3 | interrupt_flag)) == 0);
  c = run_user(user_iret_same);
  check({"PR-26", "Vol. 2 IRET", "IRETQ at level 3 with IOPL 0 changes neither IOPL nor IF"},
        c.vector == done && (c.rflags & (iopl3 | interrupt_flag)) == 0);
  c = run_user(user_iret_same, 2 | iopl3);
  check({"PR-27", "Vol. 2 IRET", "with IOPL 3 it changes IF"}, (c.rflags & interrupt_flag) != 0);
}

void check_return() {
  const u64 rsp = user_stack_top();
  expect({"PR-28", "Vol. 2 IRET", "IRETQ to a non-canonical RIP is #GP(0)"},
         return_to(0x0000800000000000, selector::user_code64, 2, rsp, selector::user_data), 13, 0);
  expect({"PR-29", "Vol. 2 IRET", "IRETQ to a null CS is #GP(0)"},
         return_to(user_rip(), 0, 2, rsp, selector::user_data), 13, 0);
  expect({"PR-30", "Vol. 2 IRET", "IRETQ to level 3 with a null SS is #GP(0)"},
         return_to(user_rip(), selector::user_code64, 2, rsp, 0), 13, 0);
  expect({"PR-31", "Vol. 2 IRET", "IRETQ with an SS of another level is #GP(SS)"},
         return_to(user_rip(), selector::user_code64, 2, rsp, selector::data), 13, selector::data);
  expect({"PR-32", "Vol. 2 IRET", "IRETQ to a data segment is #GP(CS)"},
         return_to(user_rip(), selector::user_data, 2, rsp, selector::user_data), 13, 0x28);
  expect({"PR-33", "Vol. 2 IRET", "IRETQ to an empty descriptor is #GP(CS)"},
         return_to(user_rip(), 0x7B, 2, rsp, selector::user_data), 13, 0x78);
  expect({"PR-34", "Vol. 2 IRET", "IRETQ beyond the GDT limit is #GP(CS)"},
         return_to(user_rip(), 0x103, 2, rsp, selector::user_data), 13, 0x100);
  expect({"PR-35", "Vol. 2 IRET", "IRETQ with NT set is #GP(0)"}, attempt([] {
           asm volatile("pushfq; orq $0x4000, (%%rsp); popfq; iretq" : : : "memory");
         }),
         13, 0);
  expect({"PR-36", "Vol. 2 IRET", "IRETQ to an inner level is #GP(CS)"}, run_user(user_iret_inner),
         13, selector::code64);
  asm volatile("mov %0, %%es; mov %1, %%fs" : : "r"(selector::data), "r"(selector::user_data));
  const Caught c = run_user(user_segments);
  check({"PR-37", "Vol. 2 IRET", "a data segment of level 0 becomes null on the way to level 3"},
        (c.rcx & 0xFFFF) == 0);
  check({"PR-38", "Vol. 2 IRET", "one of level 3 stays"}, (c.r11 & 0xFFFF) == selector::user_data);
  expect({"PR-39", "Vol. 3 §5.6", "level 3 loads no data segment of level 0: #GP(selector)"},
         run_user(user_load_ds_kernel), 13, selector::data);
}

void check_compatibility() {
  const Caught c = attempt([] {
    asm volatile("push %0; push %1; push $2; push %2; push %3; iretq"
                 :
                 : "r"(u64{selector::user_data}), "r"(user_stack_top() - 64),
                   "r"(u64{selector::user_code32}), "r"(reinterpret_cast<u64>(&user_compat))
                 : "memory");
  });
  check({"PR-40", "Vol. 3 §2.2", "compatibility mode executes 32-bit code"},
        c.vector == done && c.cs == selector::user_code32 && c.rcx == 0x12345679);
  if (!intel()) return;
  const Caught s = attempt([] {
    asm volatile("push %0; push %1; push $2; push %2; push %3; iretq"
                 :
                 : "r"(u64{selector::user_data}), "r"(user_stack_top() - 64),
                   "r"(u64{selector::user_code32}), "r"(reinterpret_cast<u64>(&user_compat_syscall))
                 : "memory");
  });
  expect({"PR-41", "Vol. 2 SYSCALL", "SYSCALL outside of 64-bit mode is #UD"}, s, 6, 0);
}

void check_system_call() {
  write_msr(star, u64{0x20} << 48 | u64{selector::code64} << 32);
  write_msr(lstar, reinterpret_cast<u64>(&syscall_entry));
  write_msr(fmask, interrupt_flag | 1);
  const Caught c = run_user(user_syscall, 0x203 | iopl3);
  expect({"PR-42", "Vol. 2 SYSCALL", "SYSCALL continues at IA32_LSTAR"}, c, 0x81, 0);
  check({"PR-43", "Vol. 2 SYSCALL", "RCX is the return address"},
        c.rcx == reinterpret_cast<u64>(&user_syscall_next));
  check({"PR-44", "Vol. 2 SYSCALL", "R11 is RFLAGS"}, c.r11 == (0x203 | iopl3));
  check({"PR-45", "Vol. 2 SYSCALL", "IA32_FMASK clears RFLAGS"},
        (c.rflags & (interrupt_flag | 1)) == 0);
  check({"PR-46", "Vol. 2 SYSCALL", "CS and SS come from IA32_STAR"},
        c.cs == selector::code64 && c.ss == selector::data);
  check({"PR-47", "Vol. 2 SYSCALL", "RSP stays"}, c.rsp == user_stack_top() - 64);
  write_msr(0xC0000080, read_msr(0xC0000080) & ~1ul);
  expect({"PR-48", "Vol. 2 SYSCALL", "SYSCALL without EFER.SCE is #UD"}, run_user(user_syscall), 6,
         0);
  write_msr(0xC0000080, read_msr(0xC0000080) | 1);
}

void check_system_return() {
  Caught c = attempt([] {
    asm volatile("mov %0, %%rsp; mov $0x3202, %%r11d; sysretq"
                 :
                 : "r"(user_stack_top()), "c"(user_rip())
                 : "r11", "memory");
  });
  check({"PR-49", "Vol. 2 SYSRET", "SYSRETQ goes to level 3 with CS = STAR[63:48] + 16, SS = + 8"},
        c.vector == done && c.cs == selector::user_code64 && c.ss == selector::user_data);
  check({"PR-50", "Vol. 2 SYSRET", "RFLAGS come from R11"},
        (c.rflags & (iopl3 | interrupt_flag)) == (iopl3 | interrupt_flag));
  if (!intel()) return;
  c = attempt([] {
    asm volatile("mov $2, %%r11d; sysretq" : : "c"(0x0000800000000000ul) : "r11", "memory");
  });
  check({"PR-51", "Vol. 2 SYSRET", "a non-canonical RCX is #GP(0) at level 0"},
        c.vector == 13 && c.error == 0 && c.cs == selector::code64);
}

void check_swapgs() {
  write_msr(0xC0000101, 0x1111);
  write_msr(kernel_gs, 0xFFFF880000002222);
  asm volatile("swapgs");
  check({"PR-52", "Vol. 2 SWAPGS", "SWAPGS exchanges GS base and IA32_KERNEL_GS_BASE"},
        read_msr(0xC0000101) == 0xFFFF880000002222 && read_msr(kernel_gs) == 0x1111);
}

void check_alignment() {
  constexpr u64 ac = 1 << 18;
  expect({"PR-53", "Vol. 3 §6.15", "without CR0.AM nothing checks alignment"},
         run_user(user_unaligned, 2 | ac), done, 0);
  write_cr0(read_cr0() | 1 << 18);
  expect({"PR-54", "Vol. 3 §6.15",
          "with CR0.AM and RFLAGS.AC an unaligned access of level 3 is #AC(0)"},
         run_user(user_unaligned, 2 | ac), 17, 0);
  expect({"PR-55", "Vol. 3 §6.15", "an aligned one is not"}, run_user(user_aligned, 2 | ac), done,
         0);
  write_cr0(read_cr0() & ~(1ul << 18));
}

}  // namespace

void check_privilege() {
  check_privileged_instructions();
  check_ports();
  check_entry();
  check_flags();
  check_return();
  check_compatibility();
  check_system_call();
  check_system_return();
  check_swapgs();
  check_alignment();
}
