#include "models/core/cpu_complex.h"

#include "tests/catch.h"
#include "tests/support/bare_machine.h"

using namespace apicsim;

namespace {

constexpr u64 code_at = 0x100000, handler_at = 0x101000, idt_at = 0x110000, gdt_at = 0x111000,
              stack_at = 0x120000;
constexpr u8 vector_number = 0x40;

/// CPUs that count in a loop (inc %rax; jmp) with interrupts on; the handler is CLI, HLT.
class CountingMachine : public BareMachine {
 public:
  explicit CountingMachine(u32 cpus) : BareMachine(cpus) {
    map_identity();
    load(code_at, {0x48, 0xFF, 0xC0, 0xEB, 0xFB});
    load(handler_at, {0xFA, 0xF4, 0xEB, 0xFD});
    ram().write_value<u64>(gdt_at + 0x10, 0x00AF9B000000FFFF);
    ram().write_value<u64>(gdt_at + 0x18, 0x00CF93000000FFFF);
    const u64 gate = idt_at + vector_number * 16;
    ram().write_value<u64>(
        gate, (handler_at & 0xFFFF) | 0x10ull << 16 | 0x8E00ull << 32 | (handler_at >> 16) << 48);
    for (u32 i = 0; i < cpus; ++i) {
      enter_64bit(i, code_at, stack_at + i * 0x1000 + 0x800);
      cpu(i).gdt = {gdt_at, 0x1F};
      cpu(i).idt = {idt_at, 0xFFF};
      cpu(i).set_flags(rflags::interrupt);
      cpu(i).apic().write_page(0xF0, 4, 0x1FF, 0);  // software enable, SDM Vol. 3 §11.9
    }
  }
  void interrupt(u32 number, Cycle arrival) {
    InterruptMessage message;
    message.vector = vector_number;
    cpu(number).apic().accept(message, arrival);
  }
  /// What was interrupted, from the frame on the stack.
  u64 interrupted_rip(u32 number) {
    return ram().read_value<u64>(stack_at + number * 0x1000 + 0x800 - 40);
  }
};

}  // namespace

TEST_CASE("An interrupt is taken at the instruction boundary of the cycle in which it arrives") {
  CountingMachine machine(1);
  machine.interrupt(0, 1000);
  sc_core::sc_start();
  CHECK(machine.cpu().registers[0] == 500);
  CHECK(machine.interrupted_rip(0) == code_at);
}

TEST_CASE("An interrupt at an odd cycle splits a pair of instructions, not one") {
  CountingMachine machine(1);
  machine.interrupt(0, 1001);
  sc_core::sc_start();
  CHECK(machine.cpu().registers[0] == 501);
  CHECK(machine.interrupted_rip(0) == code_at + 3);
}

TEST_CASE("CPUs that run in turns each take their interrupts at their own cycle") {
  CountingMachine machine(5);
  for (u32 i = 0; i < 5; ++i) machine.interrupt(i, 10'000 + 1'234 * i);
  sc_core::sc_start();
  for (u32 i = 0; i < 5; ++i) {
    CHECK(machine.cpu(i).registers[0] == (10'000 + 1'234 * i) / 2);
    CHECK(machine.interrupted_rip(i) == code_at);
  }
}

TEST_CASE("A CPU that waits for its start-up message and halted ones cost nothing and stay put") {
  CountingMachine machine(2);
  machine.cpu(1).activity = Activity::halted;
  machine.interrupt(0, 100);
  machine.interrupt(1, 5'000'000'000);
  sc_core::sc_start();
  CHECK(machine.cpu(1).instructions == 2);
  CHECK(machine.cpu(1).cycle >= 5'000'000'000);
  CHECK(machine.cpu(1).cycle < 5'000'000'010);
}

TEST_CASE("No CPU starts an instruction at or behind the cycle limit") {
  CountingMachine machine(3);
  machine.complex().set_cycle_limit(12'345);
  sc_core::sc_start();
  CHECK(machine.complex().stop_reason() == CpuComplex::Stop::cycle_limit);
  for (u32 i = 0; i < 3; ++i) {
    CHECK(machine.cpu(i).cycle == 12'345);
    CHECK(machine.cpu(i).instructions == 12'345);
  }
}

TEST_CASE("Code that a CPU overwrites is executed with its new bytes at once (SDM Vol. 3 §8.1.3)") {
  CountingMachine machine(1);
  // movb $0xF4, 0x0(%rip): the HLT lands on the INC that follows in the same block.
  machine.load(code_at, {0xFA, 0xC6, 0x05, 0x00, 0x00, 0x00, 0x00, 0xF4, 0x90, 0x48, 0xFF, 0xC0,
                         0xEB, 0xFB});
  sc_core::sc_start();
  CHECK(machine.cpu().activity == Activity::halted);
  CHECK(machine.cpu().registers[0] == 0);
  CHECK(machine.cpu().instructions == 3);
}

TEST_CASE("A CPU that wakes another one does not run away from it (design §4, lookahead)") {
  CountingMachine machine(2);
  machine.cpu(1).activity = Activity::halted;
  machine.cpu(1).rip = code_at + 0x100;
  // CPU 1, woken by the interrupt, writes 1 to 0x200000; CPU 0 sends it with WRMSR to the x2APIC's
  // ICR and then counts in RAX until it sees the write.
  machine.load(code_at, {0xB9, 0x30, 0x08, 0x00, 0x00,                    // mov $0x830, %ecx
                         0xB8, 0x40, 0x00, 0x00, 0x00,                    // mov $0x40, %eax
                         0xBA, 0x01, 0x00, 0x00, 0x00,                    // mov $1, %edx
                         0x0F, 0x30,                                      // wrmsr
                         0x31, 0xC0,                                      // xor %eax, %eax
                         0xFF, 0xC0,                                      // 1: inc %eax
                         0x80, 0x3C, 0x25, 0x00, 0x00, 0x20, 0x00, 0x00,  // cmpb $0, 0x200000
                         0x74, 0xF4,                                      // je 1b
                         0xFA, 0xF4});                                    // cli; hlt
  machine.load(handler_at, {0xC6, 0x04, 0x25, 0x00, 0x00, 0x20, 0x00, 0x01, 0xFA, 0xF4});
  machine.cpu(0).apic().write_apic_base(machine.cpu(0).apic().apic_base() | 0xC00, 0);
  sc_core::sc_start();
  CHECK(machine.ram().read_value<u8>(0x200000) == 1);
  CHECK(machine.cpu(0).registers[0] < 1000);
}

TEST_CASE("Code that runs over the end of a page goes on where the next page is mapped") {
  CountingMachine machine(1);
  // At the end of a page: mov $7, %ebx. At the start of the next: mov %ebx, %eax; cli; hlt. At the
  // start of the first page lies code that must not be reached.
  machine.load(code_at, {0xB8, 0x01, 0x00, 0x00, 0x00, 0xFA, 0xF4});
  machine.load(code_at + 0xFFB, {0xBB, 0x07, 0x00, 0x00, 0x00});
  machine.load(code_at + 0x1000, {0x89, 0xD8, 0xFA, 0xF4});
  machine.cpu().rip = code_at + 0xFFB;
  sc_core::sc_start();
  CHECK(machine.cpu().registers[0] == 7);
}

TEST_CASE(
    "An instruction that lies on two pages is executed, also after its first page was in use") {
  CountingMachine machine(1);
  // mov $0x11223344, %eax with two bytes on the first page; then cli; hlt.
  machine.load(code_at + 0xFFD, {0x90, 0xB8, 0x44, 0x33, 0x22, 0x11, 0xFA, 0xF4});
  machine.cpu().rip = code_at + 0xFFD;
  sc_core::sc_start();
  CHECK(machine.cpu().registers[0] == 0x11223344);
}

TEST_CASE("A probe is reported once for each execution of its instruction, wherever turns end") {
  struct Counter final : CoreObserver {
    void probe(u32, Cycle, u32 id) override { hits += id == 7; }
    void interrupt(u32, Cycle, u8, Cycle) override {}
    void exception(u32, Cycle, u8, u32, u64) override {}
    void idle(u32, Cycle, bool) override {}
    u64 hits = 0;
  } counter;
  CountingMachine machine(3);
  machine.complex().plant_probe(code_at, 7);
  machine.complex().set_observer(&counter);
  machine.complex().set_cycle_limit(12'346);
  sc_core::sc_start();
  u64 executed = 0;
  for (u32 i = 0; i < 3; ++i) executed += machine.cpu(i).registers[0];
  CHECK(executed == 3 * 6'173);
  CHECK(counter.hits == executed);
}
