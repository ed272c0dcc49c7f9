#include "sim/scenario/machine_loader.h"
#include "tests/catch.h"

using namespace apicsim;

namespace {

Machine gen8_with(const std::vector<std::string>& changes) {
  MachineOverrides overrides;
  overrides.changes = changes;
  overrides.changes_place = {"a.toml", 3, 1};
  return load_machine(APICSIM_SOURCE_DIR "/configs", "hp-dl360p-gen8", overrides);
}

std::string error_with(const std::string& change) {
  try {
    gen8_with({change});
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "no error";
}

const DmarDescription& dmar_of(const Machine& machine) {
  for (const AcpiTable& table : machine.firmware.tables)
    if (const auto* dmar = std::get_if<DmarDescription>(&table.body)) return *dmar;
  FAIL("no DMAR");
  throw std::logic_error("unreachable");
}

}  // namespace

TEST_CASE("A scenario changes what the machine's description says, and nothing beside it") {
  const Machine plain = gen8_with({});
  const Machine changed = gen8_with({"firmware.dmar.flags=1", "devices.vtd[1].ecap=0xF020F6"});
  CHECK(dmar_of(plain).flags == 3);
  CHECK(dmar_of(changed).flags == 1);
  CHECK(plain.devices.vtd_units[1].ecap == 0xF020FE);
  CHECK(changed.devices.vtd_units[1].ecap == 0xF020F6);
  CHECK(changed.devices.vtd_units[0].ecap == plain.devices.vtd_units[0].ecap);
}

TEST_CASE("A change that the description does not allow names the scenario's line") {
  CHECK(error_with("firmware.dmar.flags=300").rfind("a.toml:3: key 'firmware.dmar.flags': ", 0) ==
        0);
  CHECK(error_with("firmware.dmarr.flags=1").find("a.toml:3: ") != std::string::npos);
  CHECK(error_with("devices.vtd[2].ecap=0") == "a.toml:3: 'vtd' has no element 2");
  CHECK(error_with("nonsense") == "a.toml:3: is not an assignment; allowed: key=value");
}
