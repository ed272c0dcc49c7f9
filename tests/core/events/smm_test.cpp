// System management mode, SDM Vol. 3 chapter 31.
#include "models/core/msr.h"
#include "models/core/smm_image.h"
#include "tests/catch.h"
#include "tests/core/events/event_machine.h"

using namespace apicsim;

namespace {

constexpr u64 code_at = EventMachine::code_at, base = smm::reset_base;
constexpr u32 smbase_index = 0x9E, smi_count_index = 0x34;

/// Handler of the default SMBASE.
void put_handler(EventMachine& machine, const std::vector<u8>& bytes, u64 at = base) {
  machine.put(at + 0x8000, bytes);
}
constexpr std::initializer_list<u8> rsm = {0x0F, 0xAA};
/// CS:[offset] := value, 32 or 8 bits, then RSM.
std::vector<u8> store_and_resume(u16 offset, u32 value) {
  return {0x2E,
          0x66,
          0xC7,
          0x06,
          static_cast<u8>(offset),
          static_cast<u8>(offset >> 8),
          static_cast<u8>(value),
          static_cast<u8>(value >> 8),
          static_cast<u8>(value >> 16),
          static_cast<u8>(value >> 24),
          0x0F,
          0xAA};
}
std::vector<u8> store_byte_and_resume(u16 offset, u8 value) {
  return {0x2E,  0xC6, 0x06, static_cast<u8>(offset), static_cast<u8>(offset >> 8),
          value, 0x0F, 0xAA};
}

void enter(EventMachine& machine) {
  machine.message(DeliveryMode::smi);
  machine.step();
  REQUIRE(machine.cpu().smm.active);
}

template <class T>
T saved(EventMachine& machine, u16 offset, u64 at = base) {
  return machine.ram().read_value<T>(at + 0x8000 + offset);
}

}  // namespace

TEST_CASE("The SMI handler starts with the registers of table 31-4") {
  EventMachine machine;
  enter(machine);
  const Cpu& cpu = machine.cpu();
  CHECK(cpu.rip == 0x8000);
  CHECK(cpu.flags() == 2);
  CHECK(cpu.segment(Seg::cs).selector == 0x3000);
  CHECK(cpu.segment(Seg::cs).base == base);
  for (const Seg seg : {Seg::es, Seg::ss, Seg::ds, Seg::fs, Seg::gs}) {
    CHECK(cpu.segment(seg).selector == 0);
    CHECK(cpu.segment(seg).base == 0);
    CHECK(cpu.segment(seg).limit == 0xFFFFFFFF);
  }
  CHECK((cpu.cr0 & (cr0::pe | cr0::em | cr0::ts | cr0::pg)) == 0);
  CHECK((cpu.cr0 & (cr0::ne | cr0::wp | cr0::et)) == (cr0::ne | cr0::wp | cr0::et));
  CHECK(cpu.cr4 == 0);
  CHECK(cpu.msr.efer == 0);
  CHECK(cpu.dr7 == 0x400);
  CHECK(cpu.code_size == 16);
  CHECK(cpu.nmi_blocked);
}

TEST_CASE("The save map has the registers where table 31-3 puts them") {
  EventMachine machine;
  Cpu& cpu = machine.cpu();
  for (unsigned n = 0; n < 16; ++n)
    if (n != 4) cpu.registers[n] = 0x1111'0000'0000'0000 * (n % 8) + n;
  cpu.dr7 = 0x400 | 0x2;
  enter(machine);
  CHECK(saved<u64>(machine, 0x7FF8) == (cr0::pe | cr0::pg | cr0::wp | cr0::ne | cr0::et));
  CHECK(saved<u64>(machine, 0x7FF0) == BareMachine::table_base);
  CHECK(saved<u64>(machine, 0x7FE8) == (rflags::interrupt | 2));
  CHECK(saved<u64>(machine, 0x7FE0) == (efer::lme | efer::lma | efer::nxe | efer::sce));
  CHECK(saved<u64>(machine, 0x7FD8) == code_at);
  CHECK(saved<u64>(machine, 0x7FD0) == 0xFFFF0FF0);
  CHECK(saved<u64>(machine, 0x7FC8) == 0x402);
  CHECK(saved<u32>(machine, 0x7FB0) == 0x18);
  CHECK(saved<u32>(machine, 0x7FAC) == 0x10);
  // RDI, RSI, RBP, RSP, RBX, RDX, RCX, RAX from 7F94 down, then R8 to R15.
  constexpr unsigned order[] = {7, 6, 5, 4, 3, 2, 1, 0, 8, 9, 10, 11, 12, 13, 14, 15};
  for (unsigned n = 0; n < 16; ++n)
    CHECK(saved<u64>(machine, static_cast<u16>(0x7F94 - 8 * n)) == cpu.registers[order[n]]);
  CHECK(saved<u16>(machine, 0x7F02) == 0);
  CHECK(saved<u16>(machine, 0x7F00) == 0);
  CHECK(saved<u32>(machine, 0x7EFC) == smm::revision_intel64);
  CHECK(saved<u32>(machine, 0x7EF8) == base);
  CHECK(saved<u32>(machine, 0x7E94) == EventMachine::idt_at);
  CHECK(saved<u32>(machine, 0x7E8C) == EventMachine::gdt_at);
  CHECK(saved<u64>(machine, 0x7E40) == (cr4::pae | cr4::pge));
}

TEST_CASE("No two words of a save map overlap, and all lie in it (tables 31-1, 31-3)") {
  for (const smm::SaveMap* map : {&smm::intel64_map(), &smm::ia32_map()}) {
    std::vector<bool> taken(0x8000, false);
    for (const smm::Place& place : *map)
      for (unsigned n = 0; n < place.bytes; ++n) {
        REQUIRE(place.offset + n < taken.size());
        REQUIRE(place.offset >= 0x7C00);
        CHECK_FALSE(taken[place.offset + n]);
        taken[place.offset + n] = true;
      }
  }
}

TEST_CASE("RSM goes back to where the SMI came, with all registers as they were (§31.3.2)") {
  EventMachine machine;
  put_handler(machine, {0x31, 0xC0, 0x89, 0xC3, 0x8E, 0xD8, 0x0F, 0xAA});  // ax, bx, ds := 0; rsm
  Cpu& cpu = machine.cpu();
  for (unsigned n = 0; n < 16; ++n)
    if (n != 4) cpu.registers[n] = 0x123456789ABCDEF0 + n;
  cpu.segment(Seg::gs).base = 0xFFFF'8000'1234'5678;
  cpu.update_mode();
  const SmmImage before = SmmImage::of(cpu);
  enter(machine);
  machine.steps(4);
  REQUIRE_FALSE(cpu.smm.active);
  const SmmImage after = SmmImage::of(cpu);
  for (unsigned w = 0; w < static_cast<unsigned>(smm::Word::count); ++w) {
    INFO("word " << w);
    CHECK(after[static_cast<smm::Word>(w)] == before[static_cast<smm::Word>(w)]);
  }
  CHECK(cpu.mode64());
  CHECK_FALSE(cpu.nmi_blocked);
  machine.run();
  CHECK(cpu.activity == Activity::halted);
}

TEST_CASE("RSM outside of system management mode is #UD (SDM Vol. 2, RSM)") {
  EventMachine machine;
  machine.put_code(rsm);
  machine.step();
  CHECK(machine.took(true, vector::invalid_opcode));
}

TEST_CASE("SMBASE in the map moves the next SMI, INIT keeps it, reset does not (§31.11)") {
  EventMachine machine;
  put_handler(machine, store_and_resume(0xFEF8, 0x50000));
  enter(machine);
  machine.steps(2);
  CHECK(machine.cpu().smm.base == 0x50000);
  enter(machine);
  CHECK(machine.cpu().segment(Seg::cs).base == 0x50000);
  CHECK(machine.cpu().segment(Seg::cs).selector == 0x5000);
  CHECK(saved<u32>(machine, 0x7EF8, 0x50000) == 0x50000);
  put_handler(machine, rsm, 0x50000);
  machine.step();
  machine.cpu().init();
  CHECK(machine.cpu().smm.base == 0x50000);
  machine.cpu().reset();
  CHECK(machine.cpu().smm.base == base);
}

TEST_CASE("One SMI that comes in SMM is latched and taken behind RSM (§31.2)") {
  EventMachine machine;
  put_handler(machine, {0x90, 0x90, 0x0F, 0xAA});
  enter(machine);
  machine.message(DeliveryMode::smi);
  machine.message(DeliveryMode::smi);
  machine.steps(3);
  CHECK_FALSE(machine.cpu().smm.active);
  machine.step();
  CHECK(machine.cpu().smm.active);
  CHECK(machine.cpu().smm.count == 2);
  machine.steps(4);
  CHECK_FALSE(machine.cpu().smm.active);
  CHECK(machine.cpu().smm.count == 2);
}

TEST_CASE("NMI waits for RSM, and is blocked behind it if it was before (§31.8)") {
  EventMachine machine;
  for (const bool blocked_before : {false, true}) {
    machine.prepare();
    put_handler(machine, {0x90, 0x0F, 0xAA});
    machine.cpu().nmi_blocked = blocked_before;
    enter(machine);
    machine.message(DeliveryMode::nmi);
    machine.steps(2);
    REQUIRE_FALSE(machine.cpu().smm.active);
    CHECK(machine.log.entries.empty());
    machine.step();
    CHECK(machine.took(true, vector::nmi) != blocked_before);
  }
}

TEST_CASE("INIT waits for RSM (§31.3.1, SDM Vol. 3 §9.1)") {
  EventMachine machine;
  put_handler(machine, {0x90, 0x90, 0x0F, 0xAA});
  enter(machine);
  machine.message(DeliveryMode::init);
  machine.steps(2);
  CHECK(machine.cpu().smm.active);
  machine.steps(2);
  CHECK_FALSE(machine.cpu().smm.active);
  CHECK(machine.cpu().segment(Seg::cs).base == 0xFFFF0000);
}

TEST_CASE("Maskable interrupts do not come in SMM unless the handler sets IF (§31.6)") {
  EventMachine machine;
  put_handler(machine, {0x90, 0x90, 0x0F, 0xAA});
  enter(machine);
  machine.message(DeliveryMode::fixed, EventMachine::fixed_vector);
  machine.steps(3);
  CHECK(machine.log.entries.empty());
  machine.step();
  CHECK(machine.took(false, EventMachine::fixed_vector));
  CHECK(machine.interrupted_rip() == code_at);
}

TEST_CASE("A debug trap that the SMI came before is delivered behind RSM (table 6-2)") {
  EventMachine machine;
  put_handler(machine, rsm);
  machine.cpu().set_flags(rflags::tf);
  machine.step();
  enter(machine);
  CHECK(machine.cpu().pending_debug == 0);
  machine.steps(2);
  CHECK(machine.took(true, vector::debug));
  CHECK(machine.interrupted_rip() == code_at + 1);
}

TEST_CASE("Auto HALT restart: RSM goes back into HLT, or behind it if bit 0 was cleared (§31.10)") {
  EventMachine machine;
  for (const bool restart : {true, false}) {
    machine.prepare({0xF4, 0x90, 0x90, 0x90, 0xF4});
    if (restart)
      put_handler(machine, rsm);
    else
      put_handler(machine, store_byte_and_resume(0xFF02, 0));
    machine.step();
    REQUIRE(machine.cpu().activity == Activity::halted);
    enter(machine);
    CHECK(saved<u16>(machine, 0x7F02) == 1);
    machine.steps(restart ? 1 : 2);
    REQUIRE_FALSE(machine.cpu().smm.active);
    CHECK(machine.cpu().rip == code_at + 1);
    CHECK((machine.cpu().activity == Activity::halted) == restart);
  }
}

TEST_CASE("Asking for a restart of HLT where the SMI came elsewhere has no effect (§31.10)") {
  EventMachine machine;
  put_handler(machine, store_byte_and_resume(0xFF02, 1));
  enter(machine);
  CHECK(saved<u16>(machine, 0x7F02) == 0);
  machine.steps(2);
  CHECK(machine.cpu().activity == Activity::running);
}

TEST_CASE("I/O state and restart: the instruction behind which the SMI came (§31.7, §31.12)") {
  EventMachine machine;
  for (const bool restart : {false, true}) {
    machine.prepare({0xB0, 0x05, 0xE6, 0xB2, 0x90, 0xF4});  // mov $5, %al; out %al, $0xB2
    if (restart)
      put_handler(machine, store_byte_and_resume(0xFF00, 0xFF));
    else
      put_handler(machine, rsm);
    machine.steps(2);
    enter(machine);
    CHECK(saved<u32>(machine, 0x7FA4) == (0xB2u << 16 | 8u << 4 | 1u << 1 | 1u));
    CHECK(saved<u64>(machine, 0x7DE8) == code_at + 2);
    machine.steps(restart ? 2 : 1);
    CHECK(machine.cpu().rip == code_at + (restart ? 2 : 4));
  }
  machine.prepare();
  machine.steps(2);
  enter(machine);
  CHECK(saved<u32>(machine, 0x7FA4) == 0);
}

TEST_CASE("RSM of a state that cannot be shuts the processor down (§31.3.2)") {
  struct Row {
    u16 offset;
    u32 value;
  };
  // CR0: PG without PE, NW without CD; CR4: a reserved bit; EFER: a reserved bit.
  constexpr Row rows[] = {
      {0xFFF8, 0x80000010}, {0xFFF8, 0x20000011}, {0xFE40, 0x00008020}, {0xFFE0, 0x00000702}};
  EventMachine machine;
  for (const Row& row : rows) {
    machine.prepare();
    put_handler(machine, store_and_resume(row.offset, row.value));
    enter(machine);
    machine.steps(2);
    CHECK(machine.cpu().activity == Activity::shutdown);
  }
}

TEST_CASE("IA32_SMBASE can be read in SMM only, where VMX is, MSR_SMI_COUNT counts (Vol. 4)") {
  EventMachine machine([](CpuComplexConfig& config) {
    for (CpuidLeaf& leaf : config.model.cpuid)
      if (leaf.leaf == 1) leaf.ecx |= 1u << 5;
  });
  u64 value = 0;
  CHECK_FALSE(read_msr(machine.cpu(), smbase_index, 0, value));
  enter(machine);
  REQUIRE(read_msr(machine.cpu(), smbase_index, 0, value));
  CHECK(value == base);
  CHECK_FALSE(write_msr(machine.cpu(), smbase_index, value, 0));
  REQUIRE(read_msr(machine.cpu(), smi_count_index, 0, value));
  CHECK(value == 1);
}

TEST_CASE("SMI is entered and left in the cycles that the profile says") {
  EventMachine machine([](CpuComplexConfig& config) {
    config.latencies.smi_entry = 1234;
    config.latencies.smi_resume = 567;
  });
  put_handler(machine, rsm);
  const Cycle before = machine.cpu().cycle;
  enter(machine);
  CHECK(machine.cpu().cycle == before + 1234);
  machine.step();
  CHECK(machine.cpu().cycle == before + 1234 + 1 + 567);
}

TEST_CASE("SMI comes from the ICR, from LVT entries and from messages alike (§11.5.1, §11.6.1)") {
  EventMachine machine;
  const auto taken = [&] {
    machine.steps(3);
    const bool active = machine.cpu().smm.active;
    machine.prepare();
    return active;
  };
  LocalApic& apic = machine.cpu().apic();
  put_handler(machine, {0x90, 0xEB, 0xFD});
  apic.write_page(0x300, 4, 0x00044200, machine.cpu().cycle);  // to itself, edge
  CHECK(taken());
  apic.write_page(0x360, 4, 0x200, machine.cpu().cycle);  // LINT1
  apic.set_lint(1, true, machine.cpu().cycle);
  CHECK(taken());
  apic.write_page(0x340, 4, 0x200, machine.cpu().cycle);  // performance counters
  apic.signal(LocalApic::LocalSource::performance, machine.cpu().cycle);
  CHECK(taken());
}

TEST_CASE("A processor without Intel 64 has the map of table 31-1") {
  EventMachine machine([](CpuComplexConfig& config) {
    for (CpuidLeaf& leaf : config.model.cpuid)
      if (leaf.leaf == 0x80000001) leaf.edx &= ~(1u << 29);
  });
  machine.cpu().reset();
  machine.cpu().registers[0] = 0x11223344;
  machine.cpu().rip = 0x1234;
  enter(machine);
  CHECK(saved<u32>(machine, 0x7FFC) == (cr0::et | cr0::nw | cr0::cd));
  CHECK(saved<u32>(machine, 0x7FF0) == 0x1234);
  CHECK(saved<u32>(machine, 0x7FD0) == 0x11223344);
  CHECK(saved<u32>(machine, 0x7EFC) == smm::revision_ia32);
  put_handler(machine, rsm);
  machine.step();
  CHECK(machine.cpu().rip == 0x1234);
  CHECK(machine.cpu().segment(Seg::cs).base == 0xFFFF0000);
}
