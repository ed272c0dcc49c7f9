#include <algorithm>
#include <map>
#include <set>

#include "sim/firmware_check/layout_madt.h"
#include "sim/firmware_check/madt_view.h"

namespace apicsim {

namespace {

/// I/O APICs have 24 pins; those of newer processors' sockets have 8.
constexpr std::uint64_t kFewestPins = 8;
constexpr std::uint64_t kUsualPins = 24;

void check_io_apic_address(const CheckInput& input, Report& report) {
  for (const MadtItem& item : madt_items(input, madt_io_apic)) {
    const std::uint64_t address = item.number("address");
    if (address == 0 || address % 0x100 != 0)
      report.add(*item.table, item.offset() + 4,
                 fmt::format("I/O APIC {} at {:#x}", item.number("id"), address));
  }
}

/// Two I/O APICs with the same value of one field.
void check_same(const CheckInput& input, Report& report, const char* key, std::size_t at) {
  std::map<std::uint64_t, std::uint64_t> seen;
  for (const MadtItem& item : madt_items(input, madt_io_apic)) {
    const auto [first, fresh] = seen.emplace(item.number(key), item.number("id"));
    if (!fresh)
      report.add(*item.table, item.offset() + at,
                 fmt::format("I/O APIC {} has {} {:#x}, as has {}", item.number("id"), key,
                             item.number(key), first->second));
  }
}

void check_io_apic_ids(const CheckInput& input, Report& report) {
  check_same(input, report, "id", 2);
}

void check_io_apic_places(const CheckInput& input, Report& report) {
  check_same(input, report, "address", 4);
}

void check_ranges(const CheckInput& input, Report& report) {
  auto items = madt_items(input, madt_io_apic);
  std::stable_sort(items.begin(), items.end(), [](const MadtItem& a, const MadtItem& b) {
    return a.number("gsi_base") < b.number("gsi_base");
  });
  for (std::size_t i = 1; i < items.size(); ++i) {
    const std::uint64_t before = items[i - 1].number("gsi_base");
    const std::uint64_t base = items[i].number("gsi_base");
    if (base - before < kFewestPins)
      report.add(
          *items[i].table, items[i].offset() + 8,
          fmt::format("I/O APIC {} begins at interrupt {}, {} behind that of {}",
                      items[i].number("id"), base, base - before, items[i - 1].number("id")));
  }
}

void check_first_range(const CheckInput& input, Report& report) {
  const DecodedTable* madt = input.tables.find("APIC");
  const auto items = madt_items(input, madt_io_apic);
  if (madt == nullptr) return;
  const bool some = std::any_of(items.begin(), items.end(),
                                [](const MadtItem& item) { return item.number("gsi_base") == 0; });
  if (!some)
    report.add(*madt, 0,
               items.empty() ? "has no I/O APIC" : "no I/O APIC has the interrupts from 0 on");
}

void check_override_source(const CheckInput& input, Report& report) {
  std::set<std::uint64_t> sources;
  for (const MadtItem& item : madt_items(input, madt_override)) {
    const std::uint64_t source = item.number("source");
    if (item.number("bus") != 0 || source > 15)
      report.add(*item.table, item.offset() + 2,
                 fmt::format("override of bus {}, interrupt {}", item.number("bus"), source));
    else if (!sources.insert(source).second)
      report.add(*item.table, item.offset() + 3,
                 fmt::format("a second override of interrupt {}", source));
  }
}

bool is_routed(const CheckInput& input, std::uint64_t gsi) {
  for (const MadtItem& item : madt_items(input, madt_io_apic)) {
    const std::uint64_t base = item.number("gsi_base");
    // How many pins an I/O APIC has is in its version register; up to 240 are possible.
    if (gsi >= base && gsi - base < 240) return true;
  }
  return false;
}

void check_override_target(const CheckInput& input, Report& report) {
  std::map<std::uint64_t, std::uint64_t> targets;
  for (const MadtItem& item : madt_items(input, madt_override)) {
    const std::uint64_t gsi = item.number("gsi");
    if (!is_routed(input, gsi))
      report.add(*item.table, item.offset() + 4,
                 fmt::format("interrupt {} goes to {}, which no I/O APIC has",
                             item.number("source"), gsi));
    const auto [first, fresh] = targets.emplace(gsi, item.number("source"));
    if (!fresh && first->second != item.number("source"))
      report.add(*item.table, item.offset() + 4,
                 fmt::format("interrupts {} and {} both go to {}", first->second,
                             item.number("source"), gsi));
  }
}

void check_inti_flags(const CheckInput& input, Report& report) {
  for (const MadtItem& item : all_madt_items(input)) {
    const std::uint64_t type = item.number("type");
    const bool has_flags = type == madt_override || type == madt_nmi_source ||
                           type == madt_local_nmi || type == madt_platform ||
                           type == madt_x2apic_nmi;
    const DecodedField* field = item.structure->find("flags");
    if (!has_flags || field == nullptr) continue;
    const bool reserved =
        field->value >> 4 != 0 || (field->value & 3) == 2 || (field->value >> 2 & 3) == 2;
    if (reserved)
      report.add(*item.table, field->offset,
                 fmt::format("{} with flags {:#x}", item.structure->name, field->value));
  }
}

void check_sci(const CheckInput& input, Report& report) {
  const DecodedTable* fadt = input.tables.find("FACP");
  if (fadt == nullptr) return;
  const std::uint64_t sci = fadt->root.number("sci_interrupt");
  for (const MadtItem& item : madt_items(input, madt_override))
    if (item.number("source") == sci && (item.number("flags") >> 2 & 3) == 1)
      report.add(*item.table, item.offset() + 8,
                 fmt::format("the SCI, interrupt {}, is edge-triggered", sci));
}

void check_nmi_pin(const CheckInput& input, Report& report) {
  for (const std::uint32_t type : {madt_local_nmi, madt_x2apic_nmi})
    for (const MadtItem& item : madt_items(input, type))
      if (item.number("lint") > 1)
        report.add(*item.table, item.structure->place_of("lint"),
                   fmt::format("NMI at LINT{}", item.number("lint")));
}

void check_nmi_processor(const CheckInput& input, Report& report) {
  std::set<std::uint64_t> uids;
  for (const MadtCpu& cpu : madt_cpus(input)) uids.insert(cpu.uid);
  for (const MadtItem& item : madt_items(input, madt_local_nmi))
    if (item.number("uid") != 0xFF && uids.count(item.number("uid")) == 0)
      report.add(*item.table, item.offset() + 2,
                 fmt::format("NMI of processor uid {:#x}, which is not there", item.number("uid")));
}

void check_pins_apart(const CheckInput& input, Report& report) {
  std::vector<std::uint64_t> bases;
  for (const MadtItem& item : madt_items(input, madt_io_apic))
    bases.push_back(item.number("gsi_base"));
  std::sort(bases.begin(), bases.end());
  for (std::size_t i = 1; i < bases.size(); ++i) {
    const std::uint64_t distance = bases[i] - bases[i - 1];
    if (distance > kFewestPins && distance < kUsualPins && distance % kFewestPins != 0)
      report.add(
          *input.tables.find("APIC"), 0,
          fmt::format(
              "interrupts {} and {} begin I/O APICs: no number of pins between 8 and {} fits",
              bases[i - 1], bases[i], kUsualPins));
  }
}

constexpr Rule kRules[] = {
    {"madt-ioapic-address", "ACPI §5.2.12.3", Severity::error,
     "An I/O APIC has an address, a multiple of 256.",
     "'Invalid reference to IOAPIC ...': it is left out, and its interrupts have no way",
     check_io_apic_address},
    {"madt-ioapic-id-twice", "ACPI §5.2.12.3", Severity::error,
     "Every I/O APIC has an id of its own.",
     "the kernel gives the second one another id, and no device scope of the DMAR fits it any more",
     check_io_apic_ids},
    {"madt-ioapic-address-twice", "ACPI §5.2.12.3", Severity::error,
     "Every I/O APIC has an address of its own.", "one I/O APIC is programmed twice",
     check_io_apic_places},
    {"madt-gsi-overlap", "ACPI §5.2.13", Severity::error,
     "Ranges of interrupts of I/O APICs do not overlap.",
     "'GSI range [...] for new IOAPIC conflicts with GSI range [...]': the second one is left out",
     check_ranges},
    {"madt-gsi-close", "ACPI §5.2.13", Severity::warning,
     "Interrupts of I/O APICs begin 8, 16, 24 or more apart, as they have pins.",
     "as for an overlap, where the first of the two has more pins than that", check_pins_apart},
    {"madt-gsi-zero", "ACPI §5.2.13", Severity::error, "An I/O APIC has the interrupts from 0 on.",
     "no ISA interrupts, the timer among them: the kernel panics or falls back to the 8259",
     check_first_range},
    {"madt-override-source", "ACPI §5.2.12.5", Severity::error,
     "Overrides concern ISA interrupts 0 to 15, each once.",
     "the last one wins, or the override is ignored", check_override_source},
    {"madt-override-target", "ACPI §5.2.12.5", Severity::error,
     "Overrides lead to interrupts that I/O APICs have, each to its own.",
     "the device behind that interrupt is not heard", check_override_target},
    {"madt-inti-flags", "ACPI §5.2.12.5 table 5-50", Severity::error,
     "Polarity and trigger mode are not the reserved encodings, and bits 15:4 are 0.",
     "the kernel warns ('broken BIOS') and takes the bus's own mode", check_inti_flags},
    {"madt-sci-edge", "ACPI §5.2.9 (SCI_INT)", Severity::error,
     "The SCI is level-triggered and shareable.",
     "ACPI events get lost; 'acpi_sci=level' is the cure", check_sci},
    {"madt-nmi-pin", "ACPI §5.2.12.7", Severity::error, "A local APIC has LINT0 and LINT1.",
     "the kernel sets up LINT1 all the same", check_nmi_pin},
    {"madt-nmi-cpu", "ACPI §5.2.12.7", Severity::warning,
     "An NMI structure names a processor of the table.", "none", check_nmi_processor},
};

}  // namespace

RuleList madt_interrupt_rules() { return kRules; }

}  // namespace apicsim
