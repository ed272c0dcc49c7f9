#include "models/core/cpuid.h"

#include "tests/catch.h"
#include "tests/support/bare_machine.h"

using namespace apicsim;

namespace {

CpuModel small_model() {
  CpuModel m;
  m.cpuid = {{0, 0, true, 0xB, 1, 2, 3},
             {1, 0, true, 0x206D7, 0x00010800, 0x8, 0x200},
             {4, 0, false, 0x11, 0, 0, 0},
             {4, 1, false, 0x22, 0, 0, 0},
             {0xB, 0, false, 1, 2, 0x100, 0},
             {0xB, 1, false, 4, 16, 0x201, 0},
             {0x80000000, 0, true, 0x80000001, 0, 0, 0},
             {0x80000001, 0, true, 0, 0, 1, 0x20000000}};
  return m;
}

}  // namespace

TEST_CASE("A leaf that is absent within its group reads as zeros") {
  const CpuidResult r = cpuid_of_model(small_model(), 7, 0);
  CHECK((r.eax | r.ebx | r.ecx | r.edx) == 0);
}

TEST_CASE("Leaves above the highest one of any group read as the highest basic leaf (SDM, CPUID)") {
  const CpuModel m = small_model();
  for (const u32 leaf : {0xCu, 0x1000u, 0x40000000u, 0x80000002u, 0xFFFFFFFFu}) {
    CHECK(cpuid_of_model(m, leaf, 0).ebx == 2);
    CHECK(cpuid_of_model(m, leaf, 1).ebx == 16);
  }
  CHECK(cpuid_of_model(m, 0x80000001, 0).edx == 0x20000000);
}

TEST_CASE(
    "Sub-leaves are told apart, and those of leaf 0BH that do not exist return their number") {
  const CpuModel m = small_model();
  CHECK(cpuid_of_model(m, 4, 0).eax == 0x11);
  CHECK(cpuid_of_model(m, 4, 1).eax == 0x22);
  CHECK(cpuid_of_model(m, 4, 2).eax == 0);
  CHECK(cpuid_of_model(m, 0xB, 1).ecx == 0x201);
  CHECK(cpuid_of_model(m, 0xB, 0x102).ecx == 2);
}

TEST_CASE("Leaf 1 has this CPU's APIC id, and OSXSAVE and APIC follow their registers") {
  BareMachine machine(3);
  Cpu& cpu = machine.cpu(2);
  CHECK(cpuid_of(cpu, 1, 0).ebx >> 24 == 2);
  CHECK_FALSE(bit(cpuid_of(cpu, 1, 0).ecx, 27));
  cpu.cr4 |= cr4::osxsave;
  CHECK(bit(cpuid_of(cpu, 1, 0).ecx, 27));
  CHECK(bit(cpuid_of(cpu, 1, 0).edx, 9));
  REQUIRE(cpu.apic().write_apic_base(cpu.apic().apic_base() & ~u64{0x800}, 0));
  CHECK_FALSE(bit(cpuid_of(cpu, 1, 0).edx, 9));
}

TEST_CASE("Features are looked up by leaf, register and bit") {
  const CpuModel m = small_model();
  CHECK(has_feature(m, feature::monitor));
  CHECK(has_feature(m, feature::long_mode));
  CHECK_FALSE(has_feature(m, feature::smep));
  CHECK_FALSE(has_feature(m, {0x90000000, 0, 0}));
}
