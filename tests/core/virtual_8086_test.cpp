// Virtual-8086 mode, SDM Vol. 3 chapter 20.
#include "models/core/virtual_8086.h"

#include "tests/catch.h"
#include "tests/core/protected_machine.h"

using namespace apicsim;
using Machine = ProtectedMachine;

namespace {

constexpr u32 virtual_handler_at = 0x21000;

void set_redirection(Machine& m, u8 vector, bool to_program) {
  constexpr u16 map_base = 0x88;
  m.ram().write_value<u16>(Machine::tss_at + 102, map_base);
  for (u32 n = 0; n < 32; ++n) m.ram().write_value<u8>(Machine::tss_at + map_base - 32 + n, 0xFF);
  if (to_program)
    m.ram().write_value<u8>(Machine::tss_at + map_base - 32 + vector / 8,
                            static_cast<u8>(0xFF & ~(1u << vector % 8)));
  m.ram().write_value<u32>(vector * 4u, (virtual_handler_at >> 4) << 16);
}

/// Runs 16-bit code in virtual-8086 mode; UD2 leaves it in the exception's frame.
Machine::Result run_virtual(Machine& m, u8 iopl, u64 cr4, u64 flags, std::vector<u8> code) {
  m.enter_virtual(iopl);
  m.cpu().cr4 = cr4;
  m.cpu().set_flags(m.cpu().flags() | flags);
  code.insert(code.end(), {0x0F, 0x0B});
  return m.run(code);
}

}  // namespace

TEST_CASE(
    "Virtual-8086 addresses are selector * 16 + offset with a 64 KiB limit (§20.1.1, §20.2.1)") {
  Machine m;
  m.ram().write_value<u16>(0x12345, 0xBEEF);
  // mov ax, 0x1234; mov ds, ax; mov ax, [5]
  const auto r = run_virtual(m, 3, 0, 0, {0xB8, 0x34, 0x12, 0x8E, 0xD8, 0xA1, 0x05, 0x00});
  CHECK(r.vector == 6);
  CHECK((m.eax() & 0xFFFF) == 0xBEEF);
  // mov ax, [0xFFFF]: beyond the limit, an error code of 0
  const auto beyond = run_virtual(m, 3, 0, 0, {0xA1, 0xFF, 0xFF});
  CHECK(beyond.vector == 13);
  CHECK(beyond.error == 0);
  CHECK(beyond.rip == 0);
}

TEST_CASE(
    "An exception leaves virtual-8086 mode with GS, FS, DS, ES, SS:ESP pushed (figure 20-4)") {
  Machine m;
  m.enter_virtual(0);
  const u16 selectors[] = {0x1111, 0, 0x2222, 0x3333, 0x4444, 0x5555};
  for (const Seg seg : {Seg::es, Seg::ss, Seg::ds, Seg::fs, Seg::gs})
    load_real_segment(m.cpu(), seg, selectors[static_cast<unsigned>(seg)]);
  m.cpu().registers[4] = 0xABCD1234;
  const auto r = m.run({0x0F, 0x0B});
  CHECK(r.vector == 6);
  CHECK(r.rip == 0);
  CHECK(r.cs == Machine::code_at >> 4);
  CHECK((r.flags & rflags::vm) != 0);
  CHECK(m.stack32(3) == 0xABCD1234);
  CHECK(m.stack32(4) == 0x2222);
  CHECK(m.stack32(5) == 0x1111);
  CHECK(m.stack32(6) == 0x3333);
  CHECK(m.stack32(7) == 0x4444);
  CHECK(m.stack32(8) == 0x5555);
  CHECK(m.esp() == Machine::inner_stack_top - 36);
  CHECK_FALSE(m.cpu().virtual_8086());
  CHECK(m.cpu().cpl == 0);
  for (const Seg seg : {Seg::es, Seg::ds, Seg::fs, Seg::gs}) {
    CHECK(m.cpu().segment(seg).selector == 0);
    CHECK_FALSE(m.cpu().segment(seg).usable);
  }
}

TEST_CASE("Handlers of virtual-8086 mode run at level 0, non-conforming, else #GP (§20.3.1.1)") {
  Machine m;
  using namespace descriptor;
  m.set_gdt(Machine::free_entry, segment(0, 0xFFFFF, conforming_code, big | pages));
  m.set_gate(6, gate(Machine::free_entry, Machine::handler(6), interrupt_gate32));
  auto r = run_virtual(m, 0, 0, 0, {});
  CHECK(r.vector == 13);
  CHECK(r.error == (Machine::free_entry | 1u));
  m.set_gate(6, gate(Machine::code3, Machine::handler(6), interrupt_gate32));
  r = run_virtual(m, 0, 0, 0, {});
  CHECK(r.vector == 13);
  CHECK(r.error == ((Machine::code3 & ~3u) | 1u));
}

TEST_CASE(
    "IRET at level 0 with VM in the image enters virtual-8086 mode with all segments (§20.2.5)") {
  Machine m;
  m.enter_protected();
  const u32 frame[] = {0x0003,
                       Machine::code_at >> 4,
                       rflags::vm | rflags::interrupt | 0x3000 | 2,
                       0xE000,
                       0x0777,
                       0x0111,
                       0x0222,
                       0x0333,
                       0x0444};
  m.cpu().registers[4] = Machine::stack_top - sizeof frame;
  for (unsigned n = 0; n < 9; ++n)
    m.ram().write_value<u32>(Machine::stack_top - sizeof frame + 4 * n, frame[n]);
  const auto r = m.run({0xCF, 0x90, 0x90, 0x0F, 0x0B});  // IRETD; then UD2 in 16-bit code
  CHECK(r.vector == 6);
  CHECK(r.rip == 3);
  CHECK(r.flags == (rflags::vm | rflags::interrupt | 0x3000 | rflags::rf | 2));
  CHECK(m.stack32(3) == 0xE000);
  CHECK(m.stack32(4) == 0x0777);
  CHECK(m.stack32(5) == 0x0111);
  CHECK(m.stack32(8) == 0x0444);
}

TEST_CASE(
    "CLI, STI, PUSHF, POPF, INT n and IRET are #GP(0) in virtual-8086 mode below IOPL 3 "
    "(§20.2.7)") {
  Machine m;
  const std::vector<std::vector<u8>> sensitive = {{0xFA},       {0xFB},       {0x9C},
                                                  {0x9D},       {0xCD, 0x40}, {0xCF},
                                                  {0x66, 0x9C}, {0x66, 0x9D}, {0x66, 0xCF}};
  for (u8 iopl = 0; iopl < 3; ++iopl)
    for (const auto& code : sensitive) {
      const auto r = run_virtual(m, iopl, 0, 0, code);
      CHECK(r.vector == 13);
      CHECK(r.error == 0);
      CHECK(r.rip == 0);
    }
  // At IOPL 3 they execute; INT n goes through the IDT.
  CHECK(run_virtual(m, 3, 0, 0, {0xFA, 0xFB, 0x9C, 0x9D}).vector == 6);
  const auto r = run_virtual(m, 3, 0, 0, {0xCD, 0x40});
  CHECK(r.vector == 0x40);
  CHECK(r.rip == 2);
}

TEST_CASE("INT3 and INTO go through the IDT whatever the IOPL (SDM Vol. 3 §20.3.3.4)") {
  Machine m;
  CHECK(run_virtual(m, 0, cr4::vme, 0, {0xCC}).vector == 3);
  CHECK(run_virtual(m, 0, cr4::vme, rflags::of, {0xCE}).vector == 4);
}

TEST_CASE("Privileged and protected-mode instructions fault in virtual-8086 mode (§20.2.8)") {
  Machine m;
  const std::vector<std::vector<u8>> general = {
      {0xF4}, {0x0F, 0x20, 0xC0}, {0x0F, 0x06}, {0x0F, 0x32}, {0x0F, 0x01, 0x16, 0x00, 0x00}};
  for (const auto& code : general) CHECK(run_virtual(m, 3, 0, 0, code).vector == 13);
  // LAR, LSL, SLDT, STR, LLDT, LTR, VERR, VERW, ARPL
  const std::vector<std::vector<u8>> invalid = {
      {0x0F, 0x02, 0xC1}, {0x0F, 0x03, 0xC1}, {0x0F, 0x00, 0xC0},
      {0x0F, 0x00, 0xC8}, {0x0F, 0x00, 0xD0}, {0x0F, 0x00, 0xD8},
      {0x0F, 0x00, 0xE0}, {0x0F, 0x00, 0xE8}, {0x63, 0xC1}};
  for (const auto& code : invalid) {
    const auto r = run_virtual(m, 3, 0, 0, code);
    CHECK(r.vector == 6);
    CHECK(r.rip == 0);
  }
}

TEST_CASE("IN and OUT ask the I/O map in virtual-8086 mode even with IOPL 3 (SDM Vol. 1 §19.5.2)") {
  Machine m;
  const auto r = run_virtual(m, 3, 0, 0, {0xE4, 0x80});
  CHECK(r.vector == 13);
}

TEST_CASE("VME: CLI and STI work on VIF below IOPL 3, STI with VIP is #GP(0) (SDM Vol. 2, STI)") {
  Machine m;
  auto r = run_virtual(m, 0, cr4::vme, rflags::interrupt | rflags::vif, {0xFA});
  CHECK(r.vector == 6);
  CHECK((r.flags & (rflags::vif | rflags::interrupt)) == rflags::interrupt);
  r = run_virtual(m, 0, cr4::vme, 0, {0xFB});
  CHECK(r.vector == 6);
  CHECK((r.flags & (rflags::vif | rflags::interrupt)) == rflags::vif);
  r = run_virtual(m, 0, cr4::vme, rflags::vip, {0xFB});
  CHECK(r.vector == 13);
  CHECK(r.error == 0);
}

TEST_CASE("VME: 16-bit PUSHF shows IOPL 3 and VIF as IF, 32-bit forms are #GP(0) (§20.3.3)") {
  Machine m;
  auto r = run_virtual(m, 0, cr4::vme, rflags::vif, {0x9C, 0x58});  // pushf; pop ax
  CHECK(r.vector == 6);
  CHECK((m.eax() & 0xFFFF) == (0x3000 | rflags::interrupt | 2));
  r = run_virtual(m, 0, cr4::vme, rflags::interrupt, {0x9C, 0x58});
  CHECK((m.eax() & 0xFFFF) == (0x3000 | 2));
  CHECK(run_virtual(m, 0, cr4::vme, 0, {0x66, 0x9C}).vector == 13);
  CHECK(run_virtual(m, 0, cr4::vme, 0, {0x66, 0x9D}).vector == 13);
  CHECK(run_virtual(m, 0, cr4::vme, 0, {0x66, 0xCF}).vector == 13);
}

TEST_CASE("VME: POPF loads VIF from IF, TF, or IF with VIP, is #GP(0) (SDM Vol. 2, POPF)") {
  Machine m;
  const auto popf = [&m](u16 image, u64 flags) {
    return run_virtual(m, 0, cr4::vme, flags,
                       {0x68, static_cast<u8>(image), static_cast<u8>(image >> 8), 0x9D});
  };
  auto r = popf(0x3201, 0);  // IF, CF and an IOPL that is not taken
  CHECK(r.vector == 6);
  CHECK((r.flags & 0x3FFFFF & ~rflags::rf) == (rflags::vm | rflags::vif | rflags::cf | 2));
  r = popf(0x0002, rflags::vif | rflags::interrupt);
  CHECK((r.flags & (rflags::vif | rflags::interrupt)) == rflags::interrupt);
  CHECK(popf(0x0102, 0).vector == 13);
  CHECK(popf(0x0202, rflags::vip).vector == 13);
  CHECK(popf(0x0002, rflags::vip).vector == 6);
}

TEST_CASE("VME: a clear redirection bit sends INT n to the 8086 program (table 20-2, §20.3.3.4)") {
  Machine m;
  m.load(virtual_handler_at, {0x0F, 0x0B});
  for (const u8 iopl : {0, 3}) {
    set_redirection(m, 0x40, true);
    const auto r = run_virtual(m, iopl, cr4::vme, rflags::interrupt | rflags::vif, {0xCD, 0x40});
    CHECK(r.vector == 6);
    CHECK(r.cs == virtual_handler_at >> 4);
    CHECK(r.rip == 0);
    CHECK(m.stack32(3) == 0xF000 - 6);
    const u16 image = m.ram().read_value<u16>(0xF000 - 2);
    CHECK(image == (0x3000 | rflags::interrupt | 2));
    CHECK(m.ram().read_value<u16>(0xF000 - 4) == Machine::code_at >> 4);
    CHECK(m.ram().read_value<u16>(0xF000 - 6) == 2);
    const u64 cleared = iopl == 3 ? rflags::interrupt : rflags::vif;
    CHECK((r.flags & cleared) == 0);
    CHECK((r.flags & (rflags::interrupt | rflags::vif)) ==
          ((rflags::interrupt | rflags::vif) & ~cleared));
  }
}

TEST_CASE("VME: a set redirection bit is the IDT at IOPL 3 and #GP(0) below (table 20-2)") {
  Machine m;
  set_redirection(m, 0x40, false);
  CHECK(run_virtual(m, 3, cr4::vme, 0, {0xCD, 0x40}).vector == 0x40);
  const auto r = run_virtual(m, 0, cr4::vme, 0, {0xCD, 0x40});
  CHECK(r.vector == 13);
  CHECK(r.error == 0);
  CHECK(r.rip == 0);
}

TEST_CASE("VME: 16-bit IRET returns within virtual-8086 mode and loads VIF (§20.3.3)") {
  Machine m;
  m.enter_virtual(0);
  m.cpu().cr4 = cr4::vme;
  const u16 frame[] = {0x0010, Machine::code_at >> 4, 0x0203};
  m.cpu().registers[4] = 0xF000;
  for (unsigned n = 0; n < 3; ++n) m.ram().write_value<u16>(0xF000 + 2 * n, frame[n]);
  m.load(Machine::code_at + 0x10, {0x0F, 0x0B});
  const auto r = m.run({0xCF});
  CHECK(r.vector == 6);
  CHECK(r.rip == 0x10);
  CHECK((r.flags & (rflags::vif | rflags::interrupt | rflags::cf)) == (rflags::vif | rflags::cf));
  CHECK(m.stack32(3) == 0xF006);
}

TEST_CASE("PVI: CLI and STI at level 3 below IOPL 3 work on VIF (SDM Vol. 3 §20.4)") {
  Machine m;
  const auto run = [&m](u64 cr4, u64 flags, u8 opcode) {
    m.enter_protected(3);
    m.cpu().cr4 = cr4;
    m.cpu().set_flags(flags);
    return m.run({opcode, 0x0F, 0x0B});
  };
  CHECK(run(0, 0, 0xFA).vector == 13);
  CHECK((run(cr4::pvi, rflags::vif | rflags::interrupt, 0xFA).flags & 0x80200) ==
        rflags::interrupt);
  CHECK((run(cr4::pvi, 0, 0xFB).flags & 0x80200) == rflags::vif);
  CHECK(run(cr4::pvi, rflags::vip, 0xFB).vector == 13);
  CHECK(run(cr4::vme, 0, 0xFB).vector == 13);
}
