#include "models/iommu/spec/capabilities.h"
#include "sim/scenario/machine_loader.h"
#include "tests/catch.h"

using namespace apicsim;

namespace {

constexpr const char* plain =
    "devices.iommu=[{ address = 0xFED90000, cap = 0xD2008C222F0686, ecap = 0xF00F5A }]";

Machine machine_with(const std::vector<std::string>& changes) {
  MachineOverrides overrides;
  overrides.changes = changes;
  overrides.changes_place = {"a.toml", 3, 1};
  return load_machine(APICSIM_SOURCE_DIR "/configs", "qemu-q35", overrides);
}

VtdUnitDevice unit_with(const std::string& keys) {
  const std::string text = plain;
  return machine_with({text.substr(0, text.size() - 3) + ", " + keys + " }]"})
      .devices.vtd_units.at(0);
}

std::string error_with(const std::string& keys) {
  try {
    unit_with(keys);
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("A unit as its two words describe it, wired to all buses") {
  const Machine machine = machine_with({plain});
  const VtdUnitDevice unit = machine.devices.vtd_units.at(0);
  CHECK(unit.cap == 0xD2008C222F0686);
  CHECK(unit.ecap == 0xF00F5A);
  CHECK(unit.devices.empty());
  CHECK(unit.buses);
  CHECK(unit.first_bus == 0);
  CHECK(unit.last_bus == 0xFF);
}

TEST_CASE("Every field of the capability words has a key") {
  for (const auto& field : vtd::capability_fields()) {
    CAPTURE(field.key);
    const std::string value = field.flag != nullptr ? "false" : "0";
    // Registers must not come to lie on others.
    if (std::string(field.key) == "fault_offset") continue;
    CHECK(unit_with(std::string(field.key) + " = " + value).cap ==
          (0xD2008C222F0686 & ~(field.max() << field.low)));
  }
  for (const auto& field : vtd::extended_capability_fields()) {
    CAPTURE(field.key);
    if (std::string(field.key) == "iotlb_offset") continue;
    const std::string value = field.flag != nullptr ? "true" : std::to_string(field.max());
    CHECK(unit_with(std::string(field.key) + " = " + value).ecap ==
          (0xF00F5A | field.max() << field.low));
  }
  CHECK(unit_with("fault_offset = 0x60").cap ==
        (0xD2008C222F0686 & ~(0x3FFull << 24) | 0x60 << 24));
}

TEST_CASE("Requesters are wired one by one, by device, and by bus") {
  const auto unit = unit_with(
      "devices = ['01:00.0', '02:1f.3-7', '03:1c', 'bus 4', 'buses 20-3f'], rest = false");
  CHECK_FALSE(unit.buses);
  const std::pair<unsigned, unsigned> expected[] = {
      {0x100, 0x100}, {0x2FB, 0x2FF}, {0x3E0, 0x3E7}, {0x400, 0x4FF}, {0x2000, 0x3FFF}};
  REQUIRE(unit.devices.size() == 5);
  for (unsigned i = 0; i < 5; ++i) {
    CHECK(unit.devices[i].first == expected[i].first);
    CHECK(unit.devices[i].last == expected[i].second);
  }
  CHECK_FALSE(unit_with("devices = ['01:00.0']").buses);
  CHECK(unit_with("devices = ['01:00.0'], rest = true").buses);
  CHECK(unit_with("devices = ['01:00.0'], first_bus = 2").buses);
}

TEST_CASE("What names no requester, or puts registers on others, is refused") {
  for (const char* wrong : {"01:00.8", "01:20.0", "100:00.0", "01:00.3-1", "bus", "bus 100",
                            "buses 3-2", "", "01", "bus -1", "01:00.", "x"}) {
    CAPTURE(wrong);
    CHECK(error_with(std::string("devices = ['") + wrong + "']").find("names no requesters") !=
          std::string::npos);
  }
  CHECK(error_with("fault_offset = 2").find("overlaps another register") != std::string::npos);
  CHECK(error_with("fault_records = 256").find("fault_records") != std::string::npos);
  CHECK(error_with("caching_mode = 1").find("caching_mode") != std::string::npos);
}
