#include "models/core/msr.h"

#include <vector>

#include "models/core/control_registers.h"
#include "models/core/cpuid.h"
#include "tests/catch.h"
#include "tests/support/bare_machine.h"

using namespace apicsim;

namespace {

constexpr u32 pat_index = 0x277, tsc_index = 0x10, deadline_index = 0x6E0;

bool readable(Cpu& cpu, u32 index) {
  u64 value;
  return read_msr(cpu, index, 0, value);
}
u64 get(Cpu& cpu, u32 index, Cycle now = 0) {
  u64 value = ~u64{0};
  REQUIRE(read_msr(cpu, index, now, value));
  return value;
}

}  // namespace

TEST_CASE("The MSR table is sorted and its registers do not overlap") {
  u64 end = 0;
  for (const MsrSpec& spec : msr_table()) {
    INFO(spec.name);
    CHECK(spec.first >= end);
    CHECK(spec.count > 0);
    CHECK(spec.section[0] != 0);
    end = u64{spec.first} + spec.count;
  }
}

TEST_CASE("No two registers share a cell of MsrState::other, but for those that are always zero") {
  std::vector<unsigned> owners(sizeof(MsrState::other) / 8, 0);
  for (const MsrSpec& spec : msr_table()) {
    const bool constant_zero = spec.write == nullptr && spec.reset == 0;
    if (spec.field || spec.slot == 0 || constant_zero) continue;
    const u32 cells = spec.first == 0x400 ? spec.count / 4 : spec.count;
    for (u32 n = 0; n < cells; ++n) {
      INFO(spec.name);
      REQUIRE(spec.slot + n < owners.size());
      CHECK(++owners[spec.slot + n] == 1);
    }
  }
}

TEST_CASE("A register that the processor does not have is a #GP(0) (SDM Vol. 2, RDMSR)") {
  BareMachine machine;
  Cpu& cpu = machine.cpu();
  for (const u32 index : {0x2u, 0x12345678u, 0xC0010015u, 0xFFFFFFFFu}) {
    CHECK_FALSE(readable(cpu, index));
    CHECK_FALSE(write_msr(cpu, index, 0, 0));
  }
}

TEST_CASE("Bits outside of a register's mask are a #GP(0), and it keeps its value") {
  BareMachine machine;
  Cpu& cpu = machine.cpu();
  for (const MsrSpec& spec : msr_table()) {
    if (!spec.read || spec.writable == ~u64{0}) continue;
    if (find_msr(cpu.environment().model, spec.first) == nullptr) continue;
    INFO(spec.name);
    const u64 before = get(cpu, spec.first);
    for (unsigned n = 0; n < 64; ++n)
      if (!bit(spec.writable, n)) CHECK_FALSE(write_msr(cpu, spec.first, u64{1} << n, 0));
    CHECK(get(cpu, spec.first) == before);
  }
}

TEST_CASE("IA32_PAT takes memory types 0, 1, 4, 5, 6, 7 in each field (SDM Vol. 3 table 11-10)") {
  BareMachine machine;
  Cpu& cpu = machine.cpu();
  for (unsigned n = 0; n < 8; ++n)
    for (u64 type = 0; type < 256; ++type) {
      const bool valid = type <= 1 || (type >= 4 && type <= 7);
      CHECK(write_msr(cpu, pat_index, type << 8 * n, 0) == valid);
    }
}

TEST_CASE("Writing the TSC moves it, and IA32_TSC_ADJUST with it (SDM Vol. 3 §17.17.3)") {
  BareMachine machine;
  Cpu& cpu = machine.cpu();
  CHECK(get(cpu, tsc_index, 1000) == 1000);
  REQUIRE(write_msr(cpu, tsc_index, 5'000'000, 1000));
  CHECK(get(cpu, tsc_index, 1000) == 5'000'000);
  CHECK(get(cpu, tsc_index, 1007) == 5'000'007);
  CHECK(cpu.msr.tsc_adjust == 5'000'000 - 1000);
}

TEST_CASE("IA32_TSC_DEADLINE is in the guest's TSC, whatever was written to that") {
  BareMachine machine;
  Cpu& cpu = machine.cpu();
  cpu.apic().write_page(0xF0, 4, 0x1FF, 0);
  cpu.apic().write_page(0x320, 4, 0x40030, 0);  // LVT timer: TSC-deadline, vector 30h
  REQUIRE(write_msr(cpu, tsc_index, 1'000'000, 0));
  REQUIRE(write_msr(cpu, deadline_index, 1'000'500, 0));
  CHECK(get(cpu, deadline_index, 499) == 1'000'500);
  cpu.apic().advance(499);
  CHECK_FALSE(cpu.apic().interrupt_pending());
  cpu.apic().advance(500);
  CHECK(cpu.apic().interrupt_pending());
  CHECK(get(cpu, deadline_index, 500) == 0);
}

TEST_CASE("EFER: LME cannot change under paging, LMA cannot be written (SDM Vol. 3 §2.2.1)") {
  BareMachine machine;
  Cpu& cpu = machine.cpu();
  CHECK(write_efer(cpu, efer::lme | efer::nxe | efer::sce));
  CHECK(write_efer(cpu, efer::lme | efer::lma));
  CHECK((cpu.msr.efer & efer::lma) == 0);
  CHECK_FALSE(write_efer(cpu, u64{1} << 1));
  CHECK_FALSE(write_efer(cpu, u64{1} << 40));
  machine.enter_64bit(0, 0x100000, 0x200000);
  CHECK_FALSE(write_efer(cpu, efer::sce));
  CHECK(write_efer(cpu, efer::lme));
  CHECK((cpu.msr.efer & efer::lma) != 0);
}

TEST_CASE("CR0: every combination of PE, PG, NW, CD that the manual forbids (SDM Vol. 2, MOV CR)") {
  for (const bool pe : {false, true})
    for (const bool nw : {false, true})
      for (const bool cd : {false, true}) {
        BareMachine machine;
        Cpu& cpu = machine.cpu();
        const u64 value = (pe ? cr0::pe : 0) | (nw ? cr0::nw : 0) | (cd ? cr0::cd : 0);
        CHECK(write_cr0(cpu, value) == (!nw || cd));
        cpu.clear_exit();
        cpu.msr.efer = 0;
        CHECK(write_cr0(cpu, value | cr0::pg) == (pe && (!nw || cd)));
      }
}

TEST_CASE("Paging with EFER.LME needs CR4.PAE and enters IA-32e mode (SDM Vol. 3 §9.8.5)") {
  BareMachine machine;
  Cpu& cpu = machine.cpu();
  REQUIRE(write_cr0(cpu, cr0::pe));
  REQUIRE(write_efer(cpu, efer::lme));
  CHECK_FALSE(write_cr0(cpu, cr0::pe | cr0::pg));
  REQUIRE(write_cr4(cpu, cr4::pae));
  CHECK(write_cr0(cpu, cr0::pe | cr0::pg));
  CHECK(cpu.long_mode());
  CHECK(cpu.code_size == 16);
  CHECK_FALSE(write_cr4(cpu, 0));
  CHECK(write_cr0(cpu, cr0::pe));
  CHECK_FALSE(cpu.long_mode());
}

TEST_CASE("CR4 has the bits that CPUID announces, and no others (SDM Vol. 3 §2.5)") {
  const u64 known = cr4_bits(BareMachine::model());
  BareMachine machine;
  for (unsigned n = 0; n < 64; ++n) {
    if (n == 1) continue;  // PVI ends the simulation where it exists
    CHECK(write_cr4(machine.cpu(), u64{1} << n) == bit(known, n));
    machine.cpu().clear_exit();
  }
  CHECK((known & cr4::pae) != 0);
  CHECK((known & cr4::pcide) == 0);
  CHECK((known & cr4::smep) == 0);
}
