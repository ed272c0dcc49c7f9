#pragma once

#include "event.h"

/// Processors: their tables, their stacks, and work for them.

namespace selector {
constexpr u16 code32 = 0x08, code64 = 0x10, data = 0x18, user_code32 = 0x23, user_data = 0x2B,
              user_code64 = 0x33, task = 0x38, spare = 0x48, spare2 = 0x50;
}

struct [[gnu::packed]] TaskSegment {
  u32 reserved0 = 0;
  u64 rsp[3] = {};
  u64 reserved1 = 0;
  u64 ist[7] = {};
  u64 reserved2 = 0;
  u16 reserved3 = 0;
  u16 io_map = 0;
  u8 io_bits[32] = {};
};

struct [[gnu::packed]] Gate {
  u16 offset0;
  u16 selector;
  u8 ist;
  u8 type;
  u16 offset1;
  u32 offset2;
  u32 reserved;
};

constexpr unsigned gdt_entries = 16;
/// A processor of a program. All of its state, so that an event finds it by the GDT.
struct Cpu {
  u64 gdt[gdt_entries];  ///< first: the base of the GDT is the address of this object
  unsigned number;       ///< 0 is the one that the program starts on
  u32 apic_id;           ///< initial, 32 bits
  Caught caught;
  Resume resume;
  void (*volatile job)(void*);
  void* volatile argument;
  volatile u32 started, finished;  ///< jobs
  volatile bool up;
  u32 interrupts[256];  ///< taken since clear_interrupts(), per vector
  u32 order_count;
  u8 order[64];  ///< vectors of the first of them, in order
  alignas(16) TaskSegment task_segment;
  alignas(16) u8 ist_stacks[2][4096];
  alignas(16) u8 inner_stack[8192];
  alignas(16) u8 stack[8192];
};

constexpr unsigned max_cpus = 64;
extern Cpu cpus[max_cpus];
/// How many there are, from the MADT.
extern unsigned cpu_count;
Cpu& this_cpu();

/// Descriptor tables of this processor, as they are at the beginning of a program.
void load_tables();
extern Gate idt[256];
void set_gate(unsigned vector, u8 type_and_rights, u8 ist = 0);

/// Starts all processors of the MADT by INIT-SIPI-SIPI; each then waits for work with interrupts
/// enabled. Ends the program if one does not come.
void start_processors();
/// The page below 1 MiB that start_processors() starts them at, for programs that do it themselves.
constexpr u8 start_up_page = 8;
/// For such programs: prepares that page and the stack that the next one to start takes.
void prepare_start(unsigned cpu);

/// INIT and start-up message for one that runs, idle; it comes back to wait for work.
void restart_processor(unsigned cpu);
/// Called on a processor as soon as it has come, before anything of its local APIC is written.
extern void (*on_start)();

/// Begins a job on another processor, which must be idle.
void begin(unsigned cpu, void (*job)(void*), void* argument);
/// Waits for its end; false when it does not come in `patience` cycles.
constexpr u64 long_time = 20'000'000'000;
bool wait_for(unsigned cpu, u64 patience = long_time);

/// Runs `function` on a processor, also this one, and waits for its end.
template <class F>
void run_on(unsigned cpu, F function) {
  if (cpu == this_cpu().number) return function();
  begin(
      cpu, [](void* f) { (*static_cast<F*>(f))(); }, &function);
  if (!wait_for(cpu)) give_up("a processor does not come back from its work");
}
template <class F>
void run_on_all(F function) {
  for (unsigned n = 0; n < cpu_count; ++n) run_on(n, function);
}
/// Waits until `condition` holds; false when it does not within long_time.
template <class F>
bool wait_until(F condition, u64 patience = long_time) {
  const u64 start = read_tsc();
  while (!condition()) {
    if (read_tsc() - start > patience) return false;
    pause();
  }
  return true;
}
