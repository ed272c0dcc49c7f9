// Hardware task switching, SDM Vol. 3 chapter 7.
#include "models/core/task_switch.h"

#include "models/core/task_layout.h"
#include "tests/catch.h"
#include "tests/core/protected_machine.h"

using namespace apicsim;
using Machine = ProtectedMachine;

namespace {

constexpr u16 other = Machine::free_entry, gate_entry = other + 8, spare = other + 16;
constexpr u32 other_at = 0x14000, other_code = 0x22000, other_stack = 0x35000;

/// A machine with a second task: 32-bit, level 0, EIP at other_code.
struct Tasks : Machine {
  Tasks() {
    using namespace descriptor;
    set_gdt(other, segment(other_at, 0x67, tss32, 0));
    set_gdt(gate_entry, gate(other, 0, task_gate));
    const u32 registers[] = {0xA0, 0xA1, 0xA2, 0xA3, other_stack, 0xA5, 0xA6, 0xA7};
    put32(32, other_code);
    put32(36, 0x2 | rflags::cf);
    for (unsigned n = 0; n < 8; ++n) put32(40 + 4 * n, registers[n]);
    const u16 selectors[] = {data0, code0, data0, data0, 0, 0};
    for (unsigned n = 0; n < 6; ++n) put32(72 + 4 * n, selectors[n]);
    put32(96, 0);
    put32(100, 0xFFFF0000);
    load(other_code, {0xF4});
  }
  void put32(u32 offset, u32 value) { ram().write_value<u32>(other_at + offset, value); }
  void put16(u32 offset, u16 value) { ram().write_value<u16>(other_at + offset, value); }
  u32 get32(u32 at, u32 offset) { return ram().read_value<u32>(at + offset); }
  bool busy(u16 selector) { return gdt(selector) & Descriptor::busy_bit; }
  /// JMP or CALL far to `selector`.
  Result transfer(u16 selector, bool call, u8 cpl = 0) {
    enter_protected(cpl);
    set_gdt(tss, gdt(tss) | Descriptor::busy_bit);
    return run({static_cast<u8>(call ? 0x9A : 0xEA), 0x78, 0x56, 0x34, 0x12,
                static_cast<u8>(selector), static_cast<u8>(selector >> 8), 0x90});
  }
  void expect_fault(const Result& r, int vector, u32 error, u32 eip) {
    CHECK(r.vector == vector);
    CHECK(r.error == error);
    CHECK(r.rip == eip);
  }
};

}  // namespace

TEST_CASE("JMP to a TSS saves the old task and loads the new one (SDM Vol. 3 §7.3, figure 7-2)") {
  Tasks m;
  m.enter_protected();
  m.cpu().registers[0] = 0x11223344;
  m.cpu().registers[7] = 0x99;
  m.cpu().set_flags(rflags::of | rflags::df);
  const auto r = m.run({0xEA, 0, 0, 0, 0, other, 0});
  CHECK(r.halted);
  CHECK(m.cpu().rip == other_code + 1);
  CHECK(m.eax() == 0xA0);
  CHECK(m.cpu().registers[7] == 0xA7);
  CHECK(m.esp() == other_stack);
  CHECK(m.cpu().flags() == (rflags::cf | 2));
  CHECK(m.cpu().task.selector == other);
  CHECK((m.cpu().cr0 & cr0::ts) != 0);
  CHECK(m.busy(other));
  CHECK_FALSE(m.busy(Machine::tss));
  CHECK(m.get32(Machine::tss_at, 32) == Machine::code_at + 7);
  CHECK(m.get32(Machine::tss_at, 36) == (rflags::of | rflags::df | 2));
  CHECK(m.get32(Machine::tss_at, 40) == 0x11223344);
  CHECK(m.get32(Machine::tss_at, 56) == Machine::stack_top);
  CHECK(m.get32(Machine::tss_at, 68) == 0x99);
  CHECK((m.get32(Machine::tss_at, 76) & 0xFFFF) == Machine::code0);
  CHECK((m.get32(Machine::tss_at, 80) & 0xFFFF) == Machine::data0);
  CHECK((m.get32(other_at, 0) & 0xFFFF) == 0);  // no link
}

TEST_CASE("CALL nests: link, NT, both busy, IRET goes back and clears them (table 7-2, §7.4)") {
  Tasks m;
  m.load(other_code, {0x9C, 0x58, 0xCF, 0x90, 0xF4});  // pushf; pop eax; iret; nop; hlt
  m.enter_protected();
  m.cpu().registers[3] = 7;
  const auto r = m.run({0x9A, 0, 0, 0, 0, other, 0, 0xF4});
  CHECK(r.halted);
  CHECK(m.cpu().rip == Machine::code_at + 8);
  CHECK(m.cpu().registers[3] == 7);
  CHECK((m.get32(other_at, 0) & 0xFFFF) == Machine::tss);
  CHECK((m.get32(other_at, 40) & rflags::nt) != 0);  // EAX: flags as the task saw them
  CHECK((m.get32(other_at, 36) & rflags::nt) == 0);  // saved without NT
  CHECK(m.get32(other_at, 32) == other_code + 3);
  CHECK(m.cpu().task.selector == Machine::tss);
  CHECK((m.cpu().flags() & rflags::nt) == 0);
  CHECK(m.busy(Machine::tss));
  CHECK_FALSE(m.busy(other));
}

TEST_CASE("A task gate names the TSS, its DPL counts, not that of the descriptor (§7.2.5)") {
  Tasks m;
  CHECK(m.transfer(gate_entry, false).halted);
  CHECK(m.cpu().task.selector == other);
  using namespace descriptor;
  m.set_gdt(other, segment(other_at, 0x67, tss32, 0));
  m.expect_fault(m.transfer(gate_entry, true, 3), 13, gate_entry, Machine::code_at);
  m.expect_fault(m.transfer(other, true, 3), 13, other, Machine::code_at);
  m.set_gdt(gate_entry, gate(other, 0, task_gate | level(3)));
  CHECK(m.transfer(gate_entry, true, 3).halted);
  CHECK(m.cpu().task.selector == other);
}

TEST_CASE("A task that is busy, absent or no TSS is refused before the switch (SDM Vol. 2, JMP)") {
  Tasks m;
  using namespace descriptor;
  const auto with = [&m](u64 entry, u16 selector) {
    m.set_gdt(other, entry);
    return m.transfer(selector, false);
  };
  for (const u16 selector : {other, gate_entry}) {
    m.expect_fault(with(segment(other_at, 0x67, tss32 | 2, 0), selector), 13, other,
                   Machine::code_at);
    m.expect_fault(with(segment(other_at, 0x67, tss32 & ~present, 0), selector), 11, other,
                   Machine::code_at);
    m.expect_fault(with(segment(other_at, 0x66, tss32, 0), selector), 10, other, Machine::code_at);
    m.expect_fault(with(segment(other_at, 0x2A, tss16, 0), selector), 10, other, Machine::code_at);
    CHECK(m.cpu().task.selector == Machine::tss);
    CHECK(m.busy(Machine::tss));
  }
  m.set_gdt(gate_entry, gate(other, 0, task_gate & ~present));
  m.expect_fault(m.transfer(gate_entry, false), 11, gate_entry, Machine::code_at);
  m.set_gdt(gate_entry, gate(0, 0, task_gate));
  m.expect_fault(m.transfer(gate_entry, false), 13, 0, Machine::code_at);
  m.set_gdt(gate_entry, gate(other | 4, 0, task_gate));
  m.expect_fault(m.transfer(gate_entry, false), 13, other | 4, Machine::code_at);
  m.set_gdt(gate_entry, gate(0x1F0, 0, task_gate));
  m.cpu().gdt.limit = 0x1FF;
  m.expect_fault(m.transfer(0x1F8 + 0x400, false), 13, 0x1F8 + 0x400, Machine::code_at);
}

TEST_CASE(
    "IRET with NT: a link that is no busy TSS is #TS, one that is absent #NP (SDM Vol. 2, IRET)") {
  Tasks m;
  using namespace descriptor;
  const auto iret = [&m](u16 link) {
    m.enter_protected();
    m.cpu().set_flags(rflags::nt);
    m.ram().write_value<u16>(Machine::tss_at, link);
    return m.run({0xCF});
  };
  m.expect_fault(iret(other), 10, other, Machine::code_at);
  m.expect_fault(iret(0), 10, 0, Machine::code_at);
  m.expect_fault(iret(other | 4), 10, other | 4, Machine::code_at);
  m.expect_fault(iret(0x7F8), 10, 0x7F8, Machine::code_at);
  m.set_gdt(other, segment(other_at, 0x67, (tss32 | 2) & ~present, 0));
  m.expect_fault(iret(other), 11, other, Machine::code_at);
  m.set_gdt(other, segment(other_at, 0x67, tss32 | 2, 0));
  CHECK(iret(other).vector == -1);
  CHECK(m.cpu().task.selector == other);
  CHECK(m.busy(other));
}

TEST_CASE("Bad segments of the new task are faults of the new task (SDM Vol. 3 table 7-1)") {
  Tasks m;
  using namespace descriptor;
  struct Row {
    u32 offset;
    u16 selector;
    u64 entry;  // for `spare`
    int vector;
  };
  const Row rows[] = {
      {76, 0, 0, 10},                                                      // CS null
      {76, Machine::data0, 0, 10},                                         // CS no code
      {76, spare, segment(0, 0xFFFFF, code | level(3), big | pages), 10},  // CS DPL != RPL
      {76, spare, segment(0, 0xFFFFF, code & ~present, big | pages), 11},  // CS absent
      {80, 0, 0, 10},                                                      // SS null
      {80, Machine::code0, 0, 10},                                         // SS not writable
      {80, spare, segment(0, 0xFFFFF, data | level(3), big | pages), 10},  // SS DPL
      {80, spare, segment(0, 0xFFFFF, data & ~present, big | pages), 12},  // SS absent
      {84, 0x1F8 + 0x400, 0, 10},                                          // DS beyond GDT
      {84, spare, segment(0, 0xFFFFF, 0x99, big | pages), 10},             // execute-only
      {84, spare, segment(0, 0xFFFFF, data & ~present, big | pages), 11},  // DS absent
      {92, spare, segment(0, 0xFFFFF, data & ~present, big | pages), 11},  // GS absent
      {96, Machine::data0, 0, 10},                                         // LDT no LDT
      {96, spare, segment(0, 0xF, ldt & ~present, 0), 10},                 // LDT absent
  };
  for (const Row& row : rows) {
    Tasks::Result r;
    const u32 old = m.get32(other_at, row.offset);
    m.put32(row.offset, row.selector);
    m.set_gdt(spare, row.entry);
    m.set_gdt(other, segment(other_at, 0x67, tss32, 0));
    // The handler must not depend on segments that are not loaded yet: it is a task of its own.
    m.set_gate(static_cast<u8>(row.vector), gate(Machine::free_entry + 24, 0, task_gate));
    m.set_gdt(Machine::free_entry + 24, segment(0x16000, 0x67, tss32, 0));
    m.ram().write_value<u32>(0x16000 + 32, Machine::handler(static_cast<u8>(row.vector)));
    m.ram().write_value<u32>(0x16000 + 56, 0x36000);
    m.ram().write_value<u32>(0x16000 + 76, Machine::code0);
    m.ram().write_value<u32>(0x16000 + 80, Machine::data0);
    r = m.transfer(other, false);
    INFO("offset " << row.offset << " selector " << row.selector);
    CHECK(r.vector == row.vector);
    CHECK(m.stack32(0) == row.selector);
    CHECK(m.ram().read_value<u16>(0x16000) == other);  // the new task was the current one
    CHECK(m.get32(other_at, 32) == other_code);        // and its EIP had not been executed
    m.put32(row.offset, old);
  }
}

TEST_CASE("An EIP beyond the new CS's limit is #GP(0) in the new task (SDM Vol. 3 §7.3)") {
  Tasks m;
  m.set_gdt(spare, descriptor::segment(0, 0xFFF, descriptor::code, descriptor::big));
  m.put32(76, spare);
  m.expect_fault(m.transfer(other, false), 13, 0, other_code);
}

TEST_CASE("An exception through a task gate pushes its error code in the new task (§6.12.2)") {
  Tasks m;
  m.set_gate(13, descriptor::gate(other, 0, descriptor::task_gate));
  m.enter_protected();
  const auto r = m.run({0x66, 0xB8, 0x20, 0x01, 0x8E, 0xD8});  // mov ax, 0x120; mov ds, ax
  CHECK(r.halted);
  CHECK(m.cpu().rip == other_code + 1);
  CHECK(m.esp() == other_stack - 4);
  CHECK(m.stack32(0) == 0x120);
  CHECK(m.get32(Machine::tss_at, 32) == Machine::code_at + 4);  // EIP of the fault
  CHECK((m.cpu().flags() & rflags::nt) != 0);
  CHECK((m.get32(other_at, 0) & 0xFFFF) == Machine::tss);
}

TEST_CASE("INT n through a task gate at level 3 needs a gate of DPL 3 (SDM Vol. 3 §6.12.2)") {
  Tasks m;
  m.set_gate(0x40, descriptor::gate(other, 0, descriptor::task_gate));
  m.enter_protected(3);
  m.expect_fault(m.run({0xCD, 0x40}), 13, 0x40 * 8 + 2, Machine::code_at);
  m.set_gate(0x40, descriptor::gate(other, 0, descriptor::task_gate | descriptor::level(3)));
  m.enter_protected(3);
  CHECK(m.run({0xCD, 0x40}).vector == -1);
  CHECK(m.cpu().task.selector == other);
  CHECK(m.get32(Machine::tss_at, 32) == Machine::code_at + 2);
}

TEST_CASE(
    "The T bit of the new TSS is a debug trap with DR6.BT before its first instruction "
    "(§17.3.1.5)") {
  Tasks m;
  m.put32(100, 0xFFFF0001);
  const auto r = m.transfer(other, false);
  CHECK(r.vector == 1);
  CHECK(r.rip == other_code);
  CHECK((m.cpu().dr6 & 0x8000) != 0);
  CHECK((m.cpu().flags() & rflags::rf) == 0);
}

TEST_CASE("A task switch loads CR3 with paging on and clears DR7's local enables (§7.3, §17.2.4)") {
  Tasks m;
  constexpr u32 first = 0x40000, second = 0x41000;
  for (const u32 table : {first, second}) m.ram().write_value<u32>(table, 0x83);  // 4 MiB at 0
  m.put32(28, second);
  m.enter_protected();
  m.cpu().cr4 = cr4::pse;
  m.cpu().cr3 = first;
  m.cpu().cr0 |= cr0::pg;
  m.cpu().dr7 = 0x400 | 0x3FF;
  CHECK(m.run({0xEA, 0, 0, 0, 0, other, 0}).halted);
  CHECK(m.cpu().cr3 == second);
  CHECK(m.cpu().dr7 == (0x400 | 0x2AA));
}

TEST_CASE("A 16-bit TSS saves and loads words and leaves FS, GS null (SDM Vol. 3 §7.6)") {
  Tasks m;
  using namespace descriptor;
  constexpr u32 small_at = 0x15000;
  m.set_gdt(spare, segment(small_at, 0x2B, tss16, 0));
  const u16 image[] = {0x100,
                       0x0003,
                       1,
                       2,
                       3,
                       4,
                       0xE000,
                       6,
                       7,
                       8,
                       Machine::data16,
                       Machine::code16,
                       Machine::data16,
                       Machine::data16,
                       0};
  for (unsigned n = 0; n < 15; ++n) m.ram().write_value<u16>(small_at + 14 + 2 * n, image[n]);
  m.load(0x100, {0xEA, 0, 0, other, 0});  // back by JMP in 16-bit code
  CHECK(m.transfer(spare, false).halted);
  CHECK(m.cpu().task.selector == other);
  CHECK(m.ram().read_value<u16>(small_at + 14) == 0x105);
  CHECK(m.ram().read_value<u16>(small_at + 16) == 0x0003);
  CHECK(m.ram().read_value<u16>(small_at + 18) == 1);
  CHECK(m.ram().read_value<u16>(small_at + 26) == 0xE000);
  CHECK(m.ram().read_value<u16>(small_at + 36) == Machine::code16);
  CHECK_FALSE(m.busy(spare));
}

TEST_CASE("A task with VM in its flags starts in virtual-8086 mode (SDM Vol. 3 §20.2.5)") {
  Tasks m;
  m.put32(32, 0x10);
  m.put32(36, rflags::vm | 2);
  for (u32 n = 0; n < 6; ++n) m.put32(72 + 4 * n, 0x1234);
  m.load(0x12350, {0x0F, 0x0B});
  m.put32(4, Machine::inner_stack_top);
  m.put32(8, Machine::data0);
  const auto r = m.transfer(other, false);
  CHECK(r.vector == 6);
  CHECK(r.cs == 0x1234);
  CHECK(r.rip == 0x10);
  CHECK((r.flags & rflags::vm) != 0);
}

TEST_CASE("IA-32e mode has no task switches: TSS and task gates in far transfers are #GP (§7.7)") {
  Tasks m;
  m.map_identity();
  m.enter_64bit(0, Machine::code_at, Machine::stack_top);
  m.cpu().gdt = {Machine::gdt_at, Machine::gdt_entries * 8 - 1};
  m.ram().write_value<u64>(Machine::code_at + 0x100, u64{other} << 32);
  m.ram().write_value<u64>(Machine::code_at, 0xF4'2D'FF ^ 0xF4'2D'FF);
  // IDT of 64-bit gates that lead to HLT
  m.set_gdt(0x60, 0x00209B0000000000);
  for (u32 v = 0; v < 32; ++v) {
    m.ram().write_value<u64>(0x50000 + v * 16,
                             descriptor::gate(0x60, Machine::handler(static_cast<u8>(v)), 0x8E));
    m.ram().write_value<u64>(0x50000 + v * 16 + 8, 0);
  }
  m.cpu().idt = {0x50000, 0x1FF};
  // ljmp *[rip + 0xFA]
  const auto r = m.run({0xFF, 0x2D, 0xFA, 0x00, 0x00, 0x00});
  CHECK(r.vector == 13);
  CHECK(r.error == other);
}
