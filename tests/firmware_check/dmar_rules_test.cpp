#include "tests/catch.h"
#include "tests/firmware_check/sample_tables.h"

using namespace apicsim;
using namespace apicsim::test;

namespace {

using Names = std::vector<std::string>;

/// The good table after one change.
template <typename Change>
Names after(Change change) {
  DmarDescription dmar = good_dmar();
  change(dmar);
  return broken_by(dmar);
}

/// The good table with some bytes of its own, checksum put right.
Names with_bytes(const std::vector<std::pair<std::size_t, std::uint8_t>>& changes) {
  Bytes bytes = decoded("DMAR", good_dmar()).bytes;
  for (const auto& [at, value] : changes) bytes.at(at) = value;
  std::uint8_t sum = 0;
  for (const std::uint8_t byte : bytes) sum = static_cast<std::uint8_t>(sum + byte);
  bytes.at(9) = static_cast<std::uint8_t>(bytes.at(9) - sum);
  return broken_rules(set_of({decode_table("DMAR", "x", 0, bytes), decoded("APIC", good_madt())}));
}

}  // namespace

TEST_CASE("A DMAR that fits its MADT breaks no rule") { CHECK(broken_by(good_dmar()).empty()); }

TEST_CASE("A register base is there, on a page, and outside of usable memory (VT-d 8.3)") {
  CHECK(after([](auto& d) { unit_of(d).address = 0; }) == Names{"dmar-base-zero"});
  CHECK(after([](auto& d) { unit_of(d).address += 8; }) == Names{"dmar-base-unaligned"});
  CHECK(after([](auto& d) {
          unit_of(d).size = 1;
          unit_of(d).address = 0xFED91000;
        }) == Names{"dmar-base-unaligned"});
  const FirmwareMemoryMap map = {{0x7D000000, 0x7DFFFFFF, "reserved"},
                                 {0xFED00000, 0xFEDFFFFF, "ram"}};
  CHECK(broken_by(good_dmar(), map) == Names{"dmar-base-in-memory"});
}

TEST_CASE("Every unit has one DRHD, the one with INCLUDE_PCI_ALL last (VT-d 8.3)") {
  CHECK(after([](auto& d) { d.entries.erase(d.entries.begin()); }) ==
        Names{"dmar-no-unit", "dmar-ioapic-missing"});
  DmarDrhd other;
  other.address = 0xFED91000;
  other.scopes = {{1, 0, 0, 0, 0, {{2, 0}}}};
  CHECK(after([&](auto& d) { d.entries.insert(d.entries.begin(), other); }).empty());
  CHECK(after([&](auto& d) { d.entries.insert(d.entries.begin() + 1, other); }) ==
        Names{"dmar-include-all-last"});
  CHECK(after([&](auto& d) {
          other.address = 0xFED90000;
          d.entries.insert(d.entries.begin(), other);
        }) == Names{"dmar-unit-twice"});
  CHECK(after([](auto& d) { std::swap(d.entries[0], d.entries[1]); }) == Names{"dmar-order"});
}

TEST_CASE("Structures lie within the table and have their fixed fields (VT-d 8.2)") {
  // The length of the DRHD stands at offset 50, that of the RMRR at 82.
  CHECK(with_bytes({{50, 0}}) == Names{"dmar-past-end", "dmar-no-unit", "dmar-ioapic-missing"});
  CHECK(with_bytes({{82, 200}}) == Names{"dmar-past-end"});
  Names short_one = with_bytes({{82, 16}});
  CHECK(std::count(short_one.begin(), short_one.end(), "dmar-too-short") == 1);
}

TEST_CASE("Device scopes have a path, a known type and a place on a bus (VT-d 8.3.1)") {
  // Length of the first scope of the DRHD.
  CHECK(with_bytes({{65, 6}}).front() == "dmar-scope-length");
  CHECK(with_bytes({{65, 90}}).front() == "dmar-scope-length");
  CHECK(after([](auto& d) { region_of(d).scopes[0].type = 9; }) ==
        Names{"dmar-scope-type", "dmar-scope-owner"});
  CHECK(after([](auto& d) { region_of(d).scopes[0].type = 3; }) ==
        Names{"dmar-scope-owner", "dmar-ioapic-id"});
  CHECK(after([](auto& d) { region_of(d).scopes[0].path[0].device = 32; }) ==
        Names{"dmar-scope-location"});
  CHECK(after([](auto& d) { unit_of(d).scopes.push_back(unit_of(d).scopes[0]); }) ==
        Names{"dmar-scope-twice"});
}

TEST_CASE("Paths do not lead through endpoints (VT-d 8.3.1)") {
  const DmarScope behind = {1, 0, 0, 0, 0, {{0x1D, 0}, {0, 0}}};
  CHECK(after([&](auto& d) { region_of(d).scopes.push_back(behind); }) == Names{"dmar-scope-kind"});
  const DmarScope bridge = {2, 0, 0, 0, 0, {{0x1D, 0}}};
  CHECK(after([&](auto& d) { region_of(d).scopes.push_back(bridge); }) == Names{"dmar-scope-kind"});
}

TEST_CASE("With INTR_REMAP every I/O APIC is in a scope, by its id of the MADT (VT-d 8.3.1.1)") {
  CHECK(after([](auto& d) { unit_of(d).scopes.erase(unit_of(d).scopes.begin()); }) ==
        Names{"dmar-ioapic-missing"});
  CHECK(after([](auto& d) { unit_of(d).scopes[0].enumeration_id = 8; }) ==
        Names{"dmar-ioapic-missing", "dmar-ioapic-id"});
  // Without the flag nobody asks.
  CHECK(after([](auto& d) {
          d.flags = 0;
          unit_of(d).scopes.clear();
        }) == Names{"dmar-no-interrupt-remapping"});
}

TEST_CASE("Opting out of x2APIC is a note, and a defect beside ids from 255 on (VT-d 8.1)") {
  CHECK(after([](auto& d) { d.flags = 3; }) == Names{"dmar-opt-out"});
  CHECK(after([](auto& d) { d.flags = 2; }) ==
        Names{"dmar-opt-out-alone", "dmar-no-interrupt-remapping"});
  DmarDescription dmar = good_dmar();
  dmar.flags = 3;
  MadtDescription madt = good_madt();
  madt.entries.emplace_back(MadtLocalX2apic{0x100, 1, 0x100});
  CHECK(broken_rules(set_of({decoded("DMAR", dmar), decoded("APIC", madt)})) ==
        Names{"dmar-opt-out-wide", "dmar-opt-out"});
}

TEST_CASE("Reserved regions are whole pages, owned, and reserved in the memory map (VT-d 8.4)") {
  CHECK(after([](auto& d) { region_of(d).limit = 0x7C000FFF; }) == Names{"dmar-rmrr-range"});
  CHECK(after([](auto& d) { region_of(d).base = region_of(d).limit = 0; }) ==
        Names{"dmar-rmrr-range"});
  CHECK(after([](auto& d) { region_of(d).base += 0x10; }) == Names{"dmar-rmrr-range"});
  CHECK(after([](auto& d) { region_of(d).scopes.clear(); }) == Names{"dmar-rmrr-owner"});
  CHECK(after([](auto& d) { d.entries.push_back(region_of(d)); }) == Names{"dmar-rmrr-overlap"});
  const FirmwareMemoryMap reserved = {{0x7D000000, 0x7D000FFF, "reserved"}};
  CHECK(broken_by(good_dmar(), reserved).empty());
  const FirmwareMemoryMap used = {{0x100000, 0x7FFFFFFF, "ram"}};
  CHECK(broken_by(good_dmar(), used) == Names{"dmar-rmrr-reserved"});
}

TEST_CASE("RHSA and ANDD name what is there (VT-d 8.6, 8.7)") {
  CHECK(after([](auto& d) { d.entries.emplace_back(DmarRhsa{0, 0xFED90000, 0}); }).empty());
  CHECK(after([](auto& d) {
          d.entries.emplace_back(DmarRhsa{0, 0xFED91000, 0});
        }) == Names{"dmar-rhsa-unit"});
  const DmarAndd ended{{0, 0, 0}, 1, {'\\', 'X', 0, 0}};
  const DmarAndd open{{0, 0, 0}, 1, {'\\', 'X', 'Y', 'Z'}};
  CHECK(after([&](auto& d) { d.entries.emplace_back(ended); }).empty());
  CHECK(after([&](auto& d) { d.entries.emplace_back(open); }) == Names{"dmar-name-space"});
  const DmarScope named{5, 0, 0, 1, 0, {{0x15, 0}}};
  CHECK(after([&](auto& d) { unit_of(d).scopes.push_back(named); }) == Names{"dmar-name-space"});
}

TEST_CASE("The host address width covers the table's addresses (VT-d 8.1)") {
  CHECK(after([](auto& d) { d.host_address_width = 31; }).empty());
  CHECK(after([](auto& d) { d.host_address_width = 30; }) == Names{"dmar-address-width"});
  CHECK(after([](auto& d) { d.host_address_width = 10; }) == Names{"dmar-address-width"});
}
