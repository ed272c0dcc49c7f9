// Loads of CR0, CR3, CR4 and IA32_EFER with their rules, and what they do to paging.
#include "models/core/control_registers.h"

#include "models/core/exception.h"
#include "models/core/segmentation.h"
#include "tests/catch.h"
#include "tests/core/protected_machine.h"

using namespace apicsim;
using Machine = ProtectedMachine;

namespace {

constexpr u32 directory_at = 0x40000;
constexpr u64 present = 1, writable = 2, large = 0x80;

/// 32-bit paging, the first 4 MiB mapped to themselves.
void page(Machine& m) {
  m.ram().write_value<u32>(directory_at, present | writable | large);
  m.enter_protected();
  m.cpu().cr4 = cr4::pse;
  m.cpu().cr3 = directory_at;
  REQUIRE(write_cr0(m.cpu(), m.cpu().cr0 | cr0::pg));
}

bool refused(Cpu& cpu, bool ok) {
  if (ok) return false;
  const bool general = cpu.exit_reason() == Cpu::Exit::fault &&
                       cpu.pending_fault().vector == vector::general_protection &&
                       cpu.pending_fault().error == 0;
  cpu.clear_exit();
  return general;
}

void enter_compatibility(Machine& m) {
  m.map_identity();
  m.enter_64bit(0, Machine::code_at, Machine::stack_top);
  m.cpu().segment(Seg::cs).long_mode = false;
  m.cpu().segment(Seg::cs).big = true;
  m.cpu().update_mode();
}

}  // namespace

TEST_CASE("CR0 refuses PG without PE, NW without CD, and bits above 31 (SDM Vol. 2, MOV to CR)") {
  Machine m;
  for (u64 bits_set = 0; bits_set < 16; ++bits_set) {
    m.enter_protected();
    m.cpu().cr3 = directory_at;
    const u64 value = (bits_set & 1 ? cr0::pe : 0) | (bits_set & 2 ? cr0::pg : 0) |
                      (bits_set & 4 ? cr0::nw : 0) | (bits_set & 8 ? cr0::cd : 0);
    const bool bad = ((bits_set & 2) && !(bits_set & 1)) || ((bits_set & 4) && !(bits_set & 8));
    const u64 before = m.cpu().cr0;
    CHECK(refused(m.cpu(), write_cr0(m.cpu(), value)) == bad);
    CHECK(m.cpu().cr0 == (bad ? before : value | cr0::et));
  }
  m.enter_protected();
  CHECK(refused(m.cpu(), write_cr0(m.cpu(), m.cpu().cr0 | u64{1} << 32)));
}

TEST_CASE(
    "PG with LME needs PAE, a CS without L and a TSS of 32 bits, and sets LMA (SDM Vol. 3 "
    "§9.8.5)") {
  Machine m;
  m.map_identity();
  for (unsigned missing = 0; missing < 4; ++missing) {
    m.enter_protected();
    Cpu& c = m.cpu();
    c.cr3 = BareMachine::table_base;
    c.cr4 = missing == 1 ? 0 : cr4::pae;
    c.segment(Seg::cs).long_mode = missing == 2;
    c.task.type = missing == 3 ? 3 : 11;
    REQUIRE(write_efer(c, efer::lme));
    CHECK(refused(c, write_cr0(c, c.cr0 | cr0::pg)) == (missing != 0));
    CHECK(c.long_mode() == (missing == 0));
  }
}

TEST_CASE(
    "PG is cleared from compatibility mode, not from 64-bit mode, and clears LMA (§9.8.5.4)") {
  Machine m;
  enter_compatibility(m);
  CHECK(write_cr0(m.cpu(), m.cpu().cr0 & ~cr0::pg));
  CHECK_FALSE(m.cpu().long_mode());
  CHECK((m.cpu().msr.efer & efer::lme) != 0);
  m.enter_64bit(0, Machine::code_at, Machine::stack_top);
  CHECK(refused(m.cpu(), write_cr0(m.cpu(), m.cpu().cr0 & ~cr0::pg)));
}

TEST_CASE("CR4 refuses what CPUID does not announce, and to drop PAE in IA-32e mode (§2.5)") {
  Machine m;
  m.enter_protected();
  const u64 known = cr4_bits(BareMachine::model());
  for (unsigned n = 0; n < 64; ++n) {
    m.cpu().cr4 = 0;
    const u64 bit_n = u64{1} << n;
    const bool needs_long_mode = bit_n == cr4::pcide;
    const bool bad = !(known & bit_n) || needs_long_mode;
    CHECK(refused(m.cpu(), write_cr4(m.cpu(), bit_n)) == bad);
  }
  m.map_identity();
  m.enter_64bit(0, Machine::code_at, Machine::stack_top);
  CHECK(refused(m.cpu(), write_cr4(m.cpu(), m.cpu().cr4 & ~cr4::pae)));
}

TEST_CASE("EFER refuses reserved bits and a change of LME with paging on, LMA is kept (§2.2.1)") {
  Machine m;
  page(m);
  Cpu& c = m.cpu();
  CHECK_FALSE(write_efer(c, efer::lme));
  CHECK(write_efer(c, efer::nxe));
  CHECK(write_efer(c, efer::lma));
  CHECK_FALSE(c.long_mode());
  for (unsigned n = 0; n < 64; ++n) {
    const u64 bit_n = u64{1} << n;
    if (bit_n & (efer::sce | efer::lme | efer::lma | efer::nxe)) continue;
    CHECK_FALSE(write_efer(c, bit_n));
  }
}

TEST_CASE("CR3 refuses bits above MAXPHYADDR in IA-32e mode (SDM Vol. 3 table 4-12)") {
  Machine m;
  m.map_identity();
  m.enter_64bit(0, Machine::code_at, Machine::stack_top);
  for (unsigned n = 12; n < 64; ++n) {
    m.cpu().cr3 = BareMachine::table_base;
    CHECK(refused(m.cpu(), write_cr3(m.cpu(), u64{1} << n)) == (n >= 46));
  }
}

TEST_CASE(
    "PDPTEs are loaded with CR3, and a reserved bit of a present one is #GP(0) (SDM Vol. 3 "
    "§4.4.1)") {
  Machine m;
  constexpr u32 table = 0x40020, other = 0x40040;
  for (u32 n = 0; n < 4; ++n) {
    m.ram().write_value<u64>(table + 8 * n, 0x41000 + 0x1000 * n + present);
    m.ram().write_value<u64>(other + 8 * n, 0);
  }
  m.enter_protected();
  Cpu& c = m.cpu();
  c.cr4 = cr4::pae;
  c.cr3 = table;
  CHECK(write_cr0(c, c.cr0 | cr0::pg));
  for (u64 n = 0; n < 4; ++n) CHECK(c.pdpte[n] == 0x41001 + 0x1000 * n);
  // The table in memory counts when it is loaded, not when it is used.
  m.ram().write_value<u64>(table, 0);
  CHECK(c.pdpte[0] == 0x41001);
  for (unsigned n = 1; n < 64; ++n) {
    const bool reserved = n == 1 || n == 2 || (n >= 5 && n <= 8) || n >= 46;
    m.ram().write_value<u64>(other + 24, present | u64{1} << n);
    CHECK(refused(c, write_cr3(c, other)) == reserved);
    CHECK(c.cr3 == (reserved ? table : other));
    m.ram().write_value<u64>(other + 24, u64{1} << n);
    CHECK(write_cr3(c, other));
    m.ram().write_value<u64>(table, 0x41001);
    CHECK(write_cr3(c, table));
  }
}

TEST_CASE("With PAE paging, changes of CD, NW, PGE, PSE and SMEP load the PDPTEs again (§4.4.1)") {
  Machine m;
  constexpr u32 table = 0x40020;
  const auto prepare = [&m] {
    m.ram().write_value<u64>(table, 0x41001);
    m.enter_protected();
    m.cpu().cr4 = cr4::pae;
    m.cpu().cr3 = table;
    REQUIRE(write_cr0(m.cpu(), m.cpu().cr0 | cr0::pg));
    m.ram().write_value<u64>(table, 0x42001);
  };
  for (const u64 bit_n : {cr0::cd, cr0::ts, cr0::wp}) {
    prepare();
    CHECK(write_cr0(m.cpu(), m.cpu().cr0 ^ bit_n));
    CHECK(m.cpu().pdpte[0] == (bit_n == cr0::cd ? 0x42001u : 0x41001u));
  }
  for (const u64 bit_n : {cr4::pge, cr4::pse, cr4::tsd}) {
    prepare();
    CHECK(write_cr4(m.cpu(), m.cpu().cr4 ^ bit_n));
    CHECK(m.cpu().pdpte[0] == (bit_n == cr4::tsd ? 0x41001u : 0x42001u));
  }
}

TEST_CASE(
    "32-bit code runs with 32-bit paging: #PF with code and CR2, A and D in memory (§4.7, §4.8)") {
  Machine m;
  page(m);
  m.ram().write_value<u32>(directory_at + 4, 0x42000 | present | writable);
  m.ram().write_value<u32>(0x42000, 0x29000 | present | writable);
  // mov eax, [0x400010]; mov [0x400014], eax; mov [0x401000], eax
  m.ram().write_value<u32>(0x29010, 0x12345678);
  const auto r = m.run({0xA1, 0x10, 0, 0x40, 0, 0xA3, 0x14, 0, 0x40, 0, 0xA3, 0, 0x10, 0x40, 0});
  CHECK(r.vector == 14);
  CHECK(r.error == 2);
  CHECK(r.rip == Machine::code_at + 10);
  CHECK(m.cpu().cr2 == 0x401000);
  CHECK(m.ram().read_value<u32>(0x29014) == 0x12345678);
  CHECK((m.ram().read_value<u32>(0x42000) & 0x60) == 0x60);
  CHECK((m.ram().read_value<u32>(directory_at + 4) & 0x60) == 0x20);
}

TEST_CASE(
    "An instruction that runs beyond the limit of CS is #GP(0) where it begins (SDM Vol. 3 §5.3)") {
  Machine m;
  m.enter_protected();
  m.cpu().segment(Seg::cs).limit = Machine::code_at + 2;
  m.cpu().update_mode();
  const auto r = m.run({0x40, 0x40, 0xB8, 0, 0, 0, 0});
  CHECK(r.vector == 13);
  CHECK(r.error == 0);
  CHECK(r.rip == Machine::code_at + 2);
  CHECK(m.eax() == 2);
}

TEST_CASE("A near jump beyond the limit of CS is #GP(0) of the jump (SDM Vol. 2, JMP)") {
  Machine m;
  m.enter_protected();
  m.cpu().segment(Seg::cs).limit = Machine::code_at + 0x10;
  m.cpu().update_mode();
  const auto r = m.run({0x90, 0xEB, 0x20});
  CHECK(r.vector == 13);
  CHECK(r.rip == Machine::code_at + 1);
}

TEST_CASE("Two exceptions become #DF as their classes say (SDM Vol. 3 table 6-5)") {
  enum class Class { benign, contributory, page_fault };
  const auto class_of = [](unsigned v) {
    if (v == 14) return Class::page_fault;
    return v == 0 || (v >= 10 && v <= 13) ? Class::contributory : Class::benign;
  };
  for (u8 first = 0; first < 20; ++first)
    for (u8 second = 0; second < 20; ++second) {
      const Class a = class_of(first), b = class_of(second);
      const bool expected = (a == Class::contributory && b == Class::contributory) ||
                            (a == Class::page_fault && b != Class::benign);
      CHECK(makes_double_fault(first, second) == expected);
    }
}

TEST_CASE("A handler that cannot be reached: #GP in #GP is #DF, a third is shutdown (§6.15)") {
  Machine m;
  m.set_gate(13, 0);
  m.enter_protected();
  m.cpu().registers[0] = 0x80000000;  // PG without PE
  const auto r = m.run({0x0F, 0x22, 0xC0});
  CHECK(r.vector == 8);
  CHECK(r.error == 0);
  CHECK(r.rip == Machine::code_at);
  m.set_gate(8, 0);
  m.enter_protected();
  m.cpu().registers[0] = 0x80000000;
  m.run({0x0F, 0x22, 0xC0});
  CHECK(m.cpu().activity == Activity::shutdown);
}

TEST_CASE(
    "Real-address mode: a vector beyond the IDT limit is #GP, then #DF, then shutdown (§20.1.4)") {
  Machine m;
  m.enter_real();
  m.cpu().idt = {0, 0x10};
  m.run({0xCD, 0x40});
  CHECK(m.cpu().activity == Activity::shutdown);
  // With room for #DF it is entered through its vector.
  m.ram().write_value<u32>(8 * 4, 0x0800'0123);
  m.ram().write_value<u8>(0x8123, 0xF4);
  m.enter_real();
  m.cpu().idt = {0, 8 * 4 + 3};
  m.run({0xCD, 0x40});
  CHECK(m.cpu().activity == Activity::halted);
  CHECK(m.cpu().rip == 0x124);
}

TEST_CASE("XLAT takes the segment of a prefix (SDM Vol. 2, XLAT)") {
  Machine m;
  m.enter_protected();
  m.set_gdt(Machine::free_entry, descriptor::segment(0x29000, 0xFFF, descriptor::data, 4));
  REQUIRE(load_segment(m.cpu(), Seg::fs, Machine::free_entry));
  m.ram().write_value<u8>(0x29012, 0x5A);
  m.cpu().registers[3] = 0x10;
  m.cpu().registers[0] = 2;
  CHECK(m.run({0x64, 0xD7, 0xF4}).halted);
  CHECK((m.eax() & 0xFF) == 0x5A);
}
