#include <sstream>

#include "tests/catch.h"
#include "tests/conformance/guest_machine.h"

using namespace apicsim;

namespace {

/// As far as these programs look: a Sandy Bridge of four basic pages and 1 GiB pages.
CpuModel conformance_model() {
  CpuModel m;
  m.name = "conformance";
  m.reference_hz = m.tsc_hz = 2'000'000'000;
  m.apic_timer_hz = 100'000'000;
  m.cpuid = {{0, 0, true, 0xD, 0x756E6547, 0x6C65746E, 0x49656E69},
             {1, 0, true, 0x000206D7, 0x00010800, 0x01B82209, 0x0FABFBFF},
             {0xB, 0, false, 0, 1, 0x100, 0},
             {0xB, 1, false, 4, 1, 0x201, 0},
             {0xD, 0, false, 7, 0x340, 0x340, 0},
             {0x80000000, 0, true, 0x80000008, 0, 0, 0},
             {0x80000001, 0, true, 0, 0, 1, 0x2C100800},
             {0x80000008, 0, true, 0x302E, 0, 0, 0}};
  return m;
}

}  // namespace

TEST_CASE("System programming rules hold on the simulated processor") {
  GuestMachine machine(conformance_model());
  REQUIRE(machine.load(APICSIM_CONFORMANCE_SYSTEM));
  machine.run(100'000'000);
  INFO(machine.complex().stop_text());
  std::istringstream lines(machine.output());
  unsigned rules = 0;
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(line.rfind("not ok", 0) != 0);
    if (line.rfind("ok", 0) == 0) ++rules;
  }
  CHECK(machine.complex().stop_reason() == CpuComplex::Stop::requested);
  CHECK(machine.exited());
  CHECK(machine.exit_value() == 0);
  CHECK(rules > 100);
}
