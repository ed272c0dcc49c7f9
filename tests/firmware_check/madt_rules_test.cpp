#include "tests/catch.h"
#include "tests/firmware_check/sample_tables.h"

using namespace apicsim;
using namespace apicsim::test;

namespace {

using Names = std::vector<std::string>;

Names with(MadtEntry entry) {
  MadtDescription madt = good_madt();
  madt.entries.push_back(std::move(entry));
  return broken_by(madt);
}

Names instead(std::size_t at, MadtEntry entry) {
  MadtDescription madt = good_madt();
  madt.entries.at(at) = std::move(entry);
  return broken_by(madt);
}

}  // namespace

TEST_CASE("A MADT of two processors and an I/O APIC breaks no rule") {
  CHECK(broken_by(good_madt()).empty());
}

TEST_CASE(
    "Processors have ids and uids of their own, and ids fit their structure (ACPI 5.2.12.2)") {
  CHECK(with(MadtLocalApic{2, 2, 1}) == Names{"madt-apic-id-twice"});
  CHECK(with(MadtLocalApic{1, 4, 1}) == Names{"madt-uid-twice"});
  CHECK(with(MadtLocalApic{1, 2, 0}).empty());
  CHECK(with(MadtLocalApic{9, 255, 1}) == Names{"madt-apic-id-255"});
  CHECK(with(MadtLocalX2apic{4, 1, 4}) == Names{"madt-x2apic-id-low"});
  CHECK(with(MadtLocalX2apic{300, 1, 300}).empty());
  CHECK(with(MadtLocalApic{9, 9, 5}) == Names{"madt-cpu-flags"});
}

TEST_CASE("Some processor is enabled (ACPI 5.2.12.2)") {
  MadtDescription madt = good_madt();
  madt.entries[0] = MadtLocalApic{0, 0, 0};
  madt.entries[1] = MadtLocalApic{1, 2, 0};
  CHECK(broken_by(madt) == Names{"madt-no-cpu"});
}

TEST_CASE("Local APICs are where processors have them (ACPI 5.2.12.8)") {
  MadtDescription madt = good_madt();
  madt.local_apic_address = 0;
  CHECK(broken_by(madt) == Names{"madt-local-address"});
  // The 64-bit structure has the last word.
  madt.entries.emplace_back(MadtLocalApicAddress{0xFEE00000});
  CHECK(broken_by(madt).empty());
  madt.entries.emplace_back(MadtLocalApicAddress{0xFEE00000});
  CHECK(broken_by(madt) == Names{"madt-local-address"});
}

TEST_CASE("I/O APICs have ids, addresses and interrupts of their own (ACPI 5.2.12.3, 5.2.13)") {
  CHECK(with(MadtIoApic{3, 0xFEC10000, 24}).empty());
  CHECK(with(MadtIoApic{2, 0xFEC10000, 24}) == Names{"madt-ioapic-id-twice"});
  CHECK(with(MadtIoApic{3, 0xFEC00000, 24}) == Names{"madt-ioapic-address-twice"});
  CHECK(with(MadtIoApic{3, 0, 24}) == Names{"madt-ioapic-address"});
  CHECK(with(MadtIoApic{3, 0xFEC10000, 0}) == Names{"madt-gsi-overlap"});
  CHECK(with(MadtIoApic{3, 0xFEC10000, 20}) == Names{"madt-gsi-close"});
  CHECK(instead(2, MadtIoApic{2, 0xFEC00000, 24}) ==
        Names{"madt-gsi-zero", "madt-override-target", "madt-override-target"});
}

TEST_CASE("Overrides are of ISA interrupts, each once, with defined modes (ACPI 5.2.12.5)") {
  CHECK(with(MadtOverride{0, 16, 16, 0}) == Names{"madt-override-source"});
  CHECK(with(MadtOverride{1, 5, 5, 0}) == Names{"madt-override-source"});
  CHECK(with(MadtOverride{0, 9, 9, 0xD}) == Names{"madt-override-source"});
  CHECK(with(MadtOverride{0, 5, 9, 0xD}) == Names{"madt-override-target"});
  CHECK(with(MadtOverride{0, 5, 500, 0}) == Names{"madt-override-target"});
  for (const unsigned flags : {0x2U, 0x8U, 0x10U, 0x8000U})
    CHECK(with(MadtOverride{0, 5, 5, static_cast<std::uint16_t>(flags)}) ==
          Names{"madt-inti-flags"});
  for (const unsigned flags : {0x0U, 0x5U, 0xDU, 0xFU})
    CHECK(with(MadtOverride{0, 5, 5, static_cast<std::uint16_t>(flags)}).empty());
}

TEST_CASE("The SCI of the FADT is level-triggered (ACPI 5.2.9)") {
  FadtDescription fadt;
  fadt.sci_interrupt = 9;
  MadtDescription madt = good_madt();
  const auto rules = [&] {
    Names all = broken_rules(set_of({decoded("APIC", madt), decoded("FACP", fadt, 3)}));
    return std::count(all.begin(), all.end(), "madt-sci-edge");
  };
  CHECK(rules() == 0);
  madt.entries[4] = MadtOverride{0, 9, 9, 0x5};
  CHECK(rules() == 1);
}

TEST_CASE("NMI structures name a pin and a processor (ACPI 5.2.12.7, 5.2.12.13)") {
  CHECK(with(MadtLocalApicNmi{0, 0, 2}) == Names{"madt-nmi-pin"});
  CHECK(with(MadtLocalApicNmi{7, 0, 1}) == Names{"madt-nmi-cpu"});
  CHECK(with(MadtX2apicNmi{0, 0xFFFFFFFF, 1}).empty());
  CHECK(with(MadtX2apicNmi{0x10, 0xFFFFFFFF, 1}) == Names{"madt-inti-flags"});
}

TEST_CASE("Structures of the MADT have the length of their type and end within it (ACPI 5.2.12)") {
  CHECK(with(RawEntry{{0, 0}}) == Names{"madt-past-end"});
  CHECK(with(RawEntry{{0, 200, 0, 0}}) == Names{"madt-past-end"});
  CHECK(with(RawEntry{{4, 8, 0xFF, 0, 0, 1, 0, 0}}) == Names{"madt-length"});
  CHECK(with(RawEntry{{0x40, 4, 0, 0}}) == Names{"madt-type"});
  CHECK(with(RawEntry{{0x80, 4, 0, 0}}).empty());
}
