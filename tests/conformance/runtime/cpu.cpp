#include "cpu.h"

#include "apic.h"
#include "firmware.h"

extern "C" {
extern u8 stubs[], ap_trampoline[], ap_trampoline_end[];
extern u32 ap_stack;
void run_program();
void run_processor();
}

alignas(4096) Cpu cpus[max_cpus];
alignas(16) Gate idt[256];
unsigned cpu_count = 1;
void (*on_start)();

/// Defined by each program; ends with finish().
void program();

namespace {

Cpu* starting;

struct [[gnu::packed]] TablePointer {
  u16 limit;
  u64 base;
};

void fill_gdt(Cpu& cpu) {
  cpu.gdt[1] = 0x00CF9B000000FFFF;
  cpu.gdt[2] = 0x00AF9B000000FFFF;
  cpu.gdt[3] = 0x00CF93000000FFFF;
  cpu.gdt[4] = 0x00CFFB000000FFFF;
  cpu.gdt[5] = 0x00CFF3000000FFFF;
  cpu.gdt[6] = 0x00AFFB000000FFFF;
  const u64 base = reinterpret_cast<u64>(&cpu.task_segment);
  cpu.gdt[7] = (sizeof cpu.task_segment - 1) | (base & 0xFFFFFF) << 16 | 0x89ull << 40 |
               (base >> 24 & 0xFF) << 56;
  cpu.gdt[8] = base >> 32;
}

void fill_task_segment(Cpu& cpu) {
  TaskSegment& task = cpu.task_segment;
  task.rsp[0] = reinterpret_cast<u64>(cpu.inner_stack) + sizeof cpu.inner_stack;
  task.ist[0] = reinterpret_cast<u64>(cpu.ist_stacks[0]) + sizeof cpu.ist_stacks[0];
  task.ist[1] = reinterpret_cast<u64>(cpu.ist_stacks[1]) + sizeof cpu.ist_stacks[1] - 8;
  task.io_map = __builtin_offsetof(TaskSegment, io_bits);
  for (u8& byte : task.io_bits) byte = 0xFF;
}

void load(Cpu& cpu) {
  fill_gdt(cpu);
  fill_task_segment(cpu);
  TablePointer pointer{sizeof cpu.gdt - 1, reinterpret_cast<u64>(cpu.gdt)};
  asm volatile("lgdt %0" : : "m"(pointer));
  pointer = {sizeof idt - 1, reinterpret_cast<u64>(idt)};
  asm volatile("lidt %0" : : "m"(pointer));
  asm volatile("ltr %0" : : "r"(selector::task));
}

/// The 8259 pair that a PC's firmware leaves behind: it must not ask for anything.
void mask_interrupt_controllers() {
  out8(0x21, 0xFF);
  out8(0xA1, 0xFF);
}

}  // namespace

Cpu& this_cpu() {
  TablePointer pointer;
  asm volatile("sgdt %0" : "=m"(pointer));
  return *reinterpret_cast<Cpu*>(pointer.base);
}

void set_gate(unsigned vector, u8 type_and_rights, u8 ist) {
  const u64 at = reinterpret_cast<u64>(stubs) + 16 * vector;
  idt[vector] = {static_cast<u16>(at),       selector::code64,           ist, type_and_rights,
                 static_cast<u16>(at >> 16), static_cast<u32>(at >> 32), 0};
}

void load_tables() {
  for (unsigned n = 0; n < 256; ++n) set_gate(n, 0x8E);
  set_gate(0x80, 0xEE);
  load(this_cpu());
}

void prepare_start(unsigned cpu) {
  u8* const page = reinterpret_cast<u8*>(u64{start_up_page} << 12);
  for (u8* from = ap_trampoline; from != ap_trampoline_end; ++from)
    page[from - ap_trampoline] = *from;
  starting = &cpus[cpu];
  starting->up = false;
  ap_stack = static_cast<u32>(reinterpret_cast<u64>(starting->stack)) + sizeof starting->stack;
}

void restart_processor(unsigned cpu) {
  prepare_start(cpu);
  const u32 id = cpus[cpu].apic_id;
  apic::send_ipi(apic::icr::init | apic::icr::assert_level, id);
  delay(1'000'000);
  apic::send_ipi(apic::icr::start_up | apic::icr::assert_level | start_up_page, id);
  if (wait_until([&] { return cpus[cpu].up; }, 200'000'000)) return;
  apic::send_ipi(apic::icr::start_up | apic::icr::assert_level | start_up_page, id);
  if (!wait_until([&] { return cpus[cpu].up; })) give_up("a processor does not start");
}

void start_processors() {
  for (unsigned n = 1; n < cpu_count; ++n) restart_processor(n);
}

void begin(unsigned cpu, void (*job)(void*), void* argument) {
  Cpu& target = cpus[cpu];
  target.argument = argument;
  target.job = job;
  asm volatile("" : : : "memory");
  target.started = target.started + 1;
}

bool wait_for(unsigned cpu, u64 patience) {
  const Cpu& target = cpus[cpu];
  return wait_until([&] { return target.started == target.finished; }, patience);
}

/// Where the other processors arrive.
void run_processor() {
  Cpu& cpu = *starting;
  load(cpu);
  if (on_start) on_start();
  apic::enable();
  cpu.finished = cpu.started;
  cpu.up = true;
  for (;;) {
    enable_interrupts();
    while (cpu.started == cpu.finished) pause();
    asm volatile("" : : : "memory");
    cpu.job(cpu.argument);
    asm volatile("" : : : "memory");
    cpu.finished = cpu.started;
  }
}

void run_program() {
  for (unsigned n = 0; n < max_cpus; ++n) cpus[n].number = n;
  for (unsigned n = 0; n < 256; ++n) set_gate(n, 0x8E);
  set_gate(0x80, 0xEE);
  load(cpus[0]);
  mask_interrupt_controllers();
  count_interrupts(apic::spurious_vector, apic::spurious_vector, false);
  apic::enable();
  find_processors();
  program();
  give_up("the program has no end");
}
