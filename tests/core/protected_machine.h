#pragma once

#include <string>
#include <vector>

#include "models/core/control_registers.h"
#include "models/core/cpu.h"
#include "tests/support/bare_machine.h"

namespace apicsim {

/// Descriptors as the manuals lay them out (SDM Vol. 3 figures 3-8, 5-8, 6-2, 7-3).
namespace descriptor {
/// `access`: P, DPL, S, type; `flags`: G, D/B, L, AVL; `limit` as stored.
constexpr u64 segment(u32 base, u32 limit, u8 access, u8 flags) {
  return u64{limit & 0xFFFF} | u64{base & 0xFFFFFF} << 16 | u64{access} << 40 |
         u64{limit >> 16 & 0xF} << 48 | u64{flags & 0xFu} << 52 | u64{base >> 24} << 56;
}
constexpr u64 gate(u16 selector, u32 offset, u8 access, u8 parameters = 0) {
  return u64{offset & 0xFFFF} | u64{selector} << 16 | u64{parameters} << 32 | u64{access} << 40 |
         u64{offset >> 16} << 48;
}
constexpr u8 present = 0x80;
constexpr u8 level(u8 dpl) { return static_cast<u8>(dpl << 5); }
constexpr u8 data = 0x93, code = 0x9B, conforming_code = 0x9F, expand_down = 0x97;
constexpr u8 big = 4, pages = 8;  ///< flags: D/B and G
constexpr u8 ldt = 0x82, tss16 = 0x81, tss32 = 0x89, call_gate16 = 0x84, call_gate32 = 0x8C,
             task_gate = 0x85, interrupt_gate16 = 0x86, interrupt_gate32 = 0x8E, trap_gate32 = 0x8F;
}  // namespace descriptor

/// A machine in legacy modes: GDT, IDT and TSS in memory, every exception handler is HLT. The run()
/// functions execute until HLT and say what happened.
class ProtectedMachine : public BareMachine {
 public:
  static constexpr u32 gdt_at = 0x10000, idt_at = 0x11000, ldt_at = 0x12000, tss_at = 0x13000,
                       handlers_at = 0x18000, code_at = 0x20000, data_at = 0x28000,
                       stack_top = 0x31000, inner_stack_top = 0x33000, tables_at = 0x40000;
  /// Selectors of the descriptors that are there from the start; flat, 32 bits unless named 16.
  static constexpr u16 code0 = 0x08, data0 = 0x10, code3 = 0x1B, data3 = 0x23, code16 = 0x28,
                       data16 = 0x30, tss = 0x38, free_entry = 0x40;
  static constexpr unsigned handler_size = 16, gdt_entries = 64;
  static constexpr u32 tss_limit = 0x20FF;

  explicit ProtectedMachine(const Adjust& adjust = {});

  void set_gdt(u16 selector, u64 entry) {
    ram().write_value<u64>(gdt_at + (selector & ~7u), entry);
  }
  void set_ldt(u16 selector, u64 entry) {
    ram().write_value<u64>(ldt_at + (selector & ~7u), entry);
  }
  void set_gate(u8 vector, u64 entry) { ram().write_value<u64>(idt_at + vector * 8u, entry); }
  u64 gdt(u16 selector) { return ram().read_value<u64>(gdt_at + (selector & ~7u)); }
  static u32 handler(u8 vector) { return handlers_at + vector * handler_size; }

  /// 32-bit protected mode at CPL 0 or 3 with flat segments, no paging; interrupts off.
  void enter_protected(u8 cpl = 0);
  /// Real-address mode with CS:IP = 0:code_at, other segments 0, SP below 64 KiB.
  void enter_real();
  /// Virtual-8086 mode as enter_real(), with the 32-bit kernel behind it.
  void enter_virtual(u8 iopl);

  struct Result {
    bool halted = false;
    int vector = -1;                 ///< of the exception whose handler was reached, or -1
    u32 error = 0;                   ///< on top of its stack where the vector has one
    u32 rip = 0, cs = 0, flags = 0;  ///< from the frame of a 32-bit gate
  };
  /// Executes `bytes` at code_at (real and virtual: CS base 0 as well) until HLT.
  Result run(const std::vector<u8>& bytes);
  Result run_at(u32 eip);
  u32 eax() { return static_cast<u32>(cpu().registers[0]); }
  u32 esp() { return static_cast<u32>(cpu().registers[4]); }
  u32 stack32(unsigned index) { return ram().read_value<u32>(frame() + 4 * index); }

 private:
  void write_tables();
  u32 frame() { return static_cast<u32>(cpu().segment(Seg::ss).base) + esp(); }
};

}  // namespace apicsim
