#pragma once

#include <initializer_list>
#include <vector>

#include "models/fabric/unmodelled.h"
#include "tests/support/bare_machine.h"

namespace apicsim {

/// Events as they are taken, in order.
struct EventLog final : CoreObserver {
  struct Entry {
    bool exception;  ///< or an interrupt of the APIC or the 8259
    u8 vector;
    Cycle cycle;
    Cycle accepted;  ///< of interrupts
  };
  void probe(u32, Cycle, u32) override {}
  void interrupt(u32, Cycle cycle, u8 vector, Cycle accepted) override {
    entries.push_back({false, vector, cycle, accepted});
  }
  void exception(u32, Cycle cycle, u8 vector, u32, u64) override {
    entries.push_back({true, vector, cycle, 0});
  }
  void idle(u32, Cycle, bool) override {}

  std::vector<Entry> entries;
};

/// An external interrupt controller that always answers the same vector.
struct FakeController final : InterruptAcknowledge {
  u8 acknowledge(Cycle at) override {
    asked.push_back(at);
    return vector;
  }
  u8 vector = 0x50;
  std::vector<Cycle> asked;
};

/// One CPU in 64-bit mode. Every vector leads to CLI, HLT; the code is NOPs up to a HLT unless
/// load() says otherwise. It is stepped by hand, so that a test can look at each boundary.
class EventMachine : public BareMachine {
 public:
  static constexpr u64 code_at = 0x100000, handler_at = 0x101000, idt_at = 0x110000,
                       gdt_at = 0x111000, stack_at = 0x120000, data_at = 0x200000;
  static constexpr u8 fixed_vector = 0x40;

  explicit EventMachine(const Adjust& adjust = {}) : BareMachine(1, adjust) {
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    map_identity();
    ram().write_value<u64>(gdt_at + 0x10, 0x00AF9B000000FFFF);
    ram().write_value<u64>(gdt_at + 0x18, 0x00CF93000000FFFF);
    for (unsigned vector = 0; vector < 256; ++vector) set_gate(vector, handler_at);
    complex().set_observer(&log);
    complex().set_interrupt_acknowledge(&controller);
    prepare();
  }

  void set_gate(unsigned vector, u64 handler) {
    ram().write_value<u64>(idt_at + vector * 16, (handler & 0xFFFF) | 0x10ull << 16 |
                                                     0x8E00ull << 32 | (handler >> 16) << 48);
  }
  /// Back to the start, with nothing pending.
  void prepare(std::initializer_list<u8> code = {0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xF4}) {
    put(handler_at, {0xFA, 0xF4, 0xEB, 0xFC});
    put(code_at, code);
    Cpu& c = cpu();
    c.apic().reset();
    c.apic().write_page(0xF0, 4, 0x1FF, c.cycle);  // software enable, SDM Vol. 3 §11.9
    c.smm = SmmState();
    c.pending_debug = 0;
    c.machine_check_due = false;
    c.dr6 = 0xFFFF0FF0;
    c.dr7 = 0x400;
    c.nmi_blocked = c.interrupt_shadow = c.debug_suppressed = false;
    enter_64bit(0, code_at, stack_at + 0x800);
    c.gdt = {gdt_at, 0x1F};
    c.idt = {idt_at, 0xFFF};
    c.set_flags(rflags::interrupt);
    log.entries.clear();
    controller.asked.clear();
  }
  void put(u64 physical, const std::vector<u8>& bytes) {
    load(physical, bytes);
    complex().code_written(physical, bytes.size());
  }
  void put_code(const std::vector<u8>& bytes) { put(code_at, bytes); }

  /// One boundary: an event or an instruction.
  /// The reset vector, where INIT leads to, has no memory.
  void step() {
    try {
      cpu().run(cpu().cycle + 1, never);
    } catch (const Unmodelled&) {
    }
  }
  void steps(unsigned count) {
    for (unsigned n = 0; n < count; ++n) step();
  }
  /// Until the CPU no longer runs, at most so many cycles.
  void run(Cycle cycles = 100'000) {
    const Cycle end = cpu().cycle + cycles;
    do cpu().run(end, never);
    while (cpu().activity == Activity::running && cpu().cycle < end);
  }
  /// A message that arrives `later` cycles from now.
  void message(DeliveryMode mode, u8 vector = 0, Cycle later = 0) {
    InterruptMessage m;
    m.delivery_mode = mode;
    m.vector = vector;
    cpu().apic().accept(m, cpu().cycle + later);
  }
  bool took(bool exception, u8 vector) const {
    return !log.entries.empty() && log.entries.front().exception == exception &&
           log.entries.front().vector == vector;
  }
  unsigned count_of(bool exception, u8 vector) const {
    unsigned n = 0;
    for (const EventLog::Entry& e : log.entries)
      n += e.exception == exception && e.vector == vector;
    return n;
  }
  u64 interrupted_rip() { return ram().read_value<u64>(stack_at + 0x800 - 40); }
  u64 interrupted_flags() { return ram().read_value<u64>(stack_at + 0x800 - 24); }

  EventLog log;
  FakeController controller;
};

}  // namespace apicsim
