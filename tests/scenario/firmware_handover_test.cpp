#include "sim/scenario/firmware_handover.h"

#include <string>
#include <vector>

#include "sim/scenario/cpu_features.h"
#include "sim/scenario/machine_loader.h"
#include "tests/catch.h"

using namespace apicsim;

namespace {

Machine machine(std::uint32_t cpus, bool x2apic) {
  MachineOverrides overrides;
  overrides.cpus = cpus;
  Machine machine = load_machine(APICSIM_SOURCE_DIR "/configs", "qemu-q35", overrides);
  apply_feature_changes({{"x2apic", x2apic}}, {}, machine.cpu);
  return machine;
}

/// Numbers of the CPUs that the firmware leaves in x2APIC mode.
std::vector<std::uint32_t> marked(const std::optional<ApicHandover>& handover, Machine of) {
  hand_over_apics(handover, of);
  std::vector<std::uint32_t> numbers;
  for (const MachineCpu& cpu : of.cpus)
    if (cpu.x2apic_at_start) numbers.push_back(cpu.number);
  return numbers;
}

ApicHandover text(const std::string& text) { return {text, {"a.toml", 7, 1}}; }

std::string error_of(const std::string& list, bool x2apic = true) {
  try {
    marked(text(list), machine(8, x2apic));
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("Firmware hands over in xAPIC mode while all ids are below 255, SDM 11.12.7") {
  CHECK(marked({}, machine(4, true)).empty());
  CHECK(marked({}, machine(255, true)).empty());
}

TEST_CASE("Firmware hands all CPUs over in x2APIC mode if one has id 255 or more, SDM 11.12.7") {
  CHECK(marked({}, machine(256, true)).size() == 256);
  CHECK(marked({}, machine(288, true)).size() == 288);
}

TEST_CASE("Without x2APIC there is no mode to hand over in, whatever the ids") {
  CHECK(marked({}, machine(288, false)).empty());
}

TEST_CASE("A scenario says which CPUs are left in x2APIC mode") {
  CHECK(marked(text("all"), machine(3, true)) == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(marked(text("none"), machine(288, true)).empty());
  CHECK(marked(text("none"), machine(4, false)).empty());
  CHECK(marked(text("1-3,6"), machine(8, true)) == std::vector<std::uint32_t>{1, 2, 3, 6});
  CHECK(marked(text("0"), machine(8, true)) == std::vector<std::uint32_t>{0});
}

TEST_CASE("A list of CPUs that is none is one line with place, key and what is allowed") {
  const std::string place = "a.toml:7: key 'firmware.x2apic': ";
  const std::string form =
      " is no list of CPUs; allowed: \"all\", \"none\", or numbers and ranges with commas, as "
      "\"1-3,7\"";
  CHECK(error_of("some") == place + "'some'" + form);
  CHECK(error_of("") == place + "''" + form);
  CHECK(error_of("1,") == place + "'1,'" + form);
  CHECK(error_of("1-") == place + "'1-'" + form);
  CHECK(error_of("1 2") == place + "'1 2'" + form);
  CHECK(error_of("-1") == place + "'-1'" + form);
  CHECK(error_of("99999999999999999999") == place + "'99999999999999999999'" + form);
  CHECK(error_of("3-1") == place + "the range 3-1 is empty");
  CHECK(error_of("2-8") == place + "there is no CPU 8; allowed: 0..7");
  CHECK(error_of("all", false) == place +
                                      "the CPUs have no x2APIC (CPUID.1:ECX[21]); key 'x2apic' "
                                      "gives them one");
}
