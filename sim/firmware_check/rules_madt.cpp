#include <algorithm>
#include <map>
#include <set>

#include "sim/firmware_check/layout_madt.h"
#include "sim/firmware_check/madt_view.h"

namespace apicsim {

namespace {

void check_past_end(const CheckInput& input, Report& report) {
  const DecodedTable* madt = input.tables.find("APIC");
  if (madt != nullptr && !madt->root.damage.empty()) report.add(*madt, 0, madt->root.damage);
}

void check_lengths(const CheckInput& input, Report& report) {
  for (const MadtItem& item : all_madt_items(input)) {
    const auto type = static_cast<std::uint32_t>(item.number("type"));
    const StructureLayout* layout = madt_layout.tail.structures.find(type);
    // A local SAPIC has a text of any length, a wake-up structure grew with ACPI 6.6.
    const bool grows = type == madt_local_sapic || type == madt_wake_up;
    if (layout == nullptr || item.structure->length == layout->fixed) continue;
    if (grows && item.structure->length > layout->fixed) continue;
    report.add(*item.table, item.offset() + 1,
               fmt::format("{} of {} bytes; it has {}", layout->name, item.structure->length,
                           layout->fixed));
  }
}

void check_types(const CheckInput& input, Report& report) {
  constexpr std::uint64_t first_reserved = 0x1C, first_vendor = 0x80;
  for (const MadtItem& item : all_madt_items(input)) {
    const std::uint64_t type = item.number("type");
    if (type >= first_reserved && type < first_vendor)
      report.add(*item.table, item.offset(), fmt::format("structure of type {:#x}", type));
  }
}

/// ACPI 1.0 to 6.6: MADT revisions that go with each of the FADT's major version.
void check_revision(const CheckInput& input, Report& report) {
  const DecodedTable* madt = input.tables.find("APIC");
  if (madt == nullptr || madt->root.find("revision") == nullptr) return;
  const std::uint64_t revision = madt->root.number("revision");
  if (revision == 0 || revision > 7) {
    report.add(*madt, 8, fmt::format("revision {}", revision));
    return;
  }
  const DecodedTable* fadt = input.tables.find("FACP");
  if (fadt == nullptr || fadt->root.find("revision") == nullptr) return;
  const std::uint64_t version = fadt->root.number("revision");
  const std::uint64_t most = version < 4 ? 2 : version < 6 ? 3 : 7;
  if (revision > most)
    report.add(*madt, 8,
               fmt::format("revision {} beside a FADT of revision {}", revision, version));
}

void check_some_cpu(const CheckInput& input, Report& report) {
  const DecodedTable* madt = input.tables.find("APIC");
  if (madt == nullptr) return;
  const auto cpus = madt_cpus(input);
  const bool some =
      std::any_of(cpus.begin(), cpus.end(), [](const auto& cpu) { return cpu.enabled; });
  if (!some) report.add(*madt, 0, "no processor is enabled");
}

void check_apic_ids(const CheckInput& input, Report& report) {
  std::map<std::uint64_t, std::size_t> ids;
  for (const MadtCpu& cpu : madt_cpus(input)) {
    if (!cpu.enabled) continue;
    const auto [first, fresh] = ids.emplace(cpu.apic_id, cpu.item.offset());
    if (!fresh)
      report.add(*cpu.item.table, cpu.item.offset(),
                 fmt::format("APIC id {:#x} is also that of the processor at {:#x}", cpu.apic_id,
                             first->second));
  }
}

void check_uids(const CheckInput& input, Report& report) {
  std::map<std::uint64_t, std::size_t> uids;
  for (const MadtCpu& cpu : madt_cpus(input)) {
    if (!cpu.enabled) continue;
    const auto [first, fresh] = uids.emplace(cpu.uid, cpu.item.offset());
    if (!fresh)
      report.add(*cpu.item.table, cpu.item.offset(),
                 fmt::format("processor uid {:#x} is also that of the one at {:#x}", cpu.uid,
                             first->second));
  }
}

void check_broadcast_id(const CheckInput& input, Report& report) {
  for (const MadtCpu& cpu : madt_cpus(input))
    if (cpu.enabled && !cpu.x2apic && cpu.apic_id == 0xFF)
      report.add(*cpu.item.table, cpu.item.offset() + 3, "an enabled processor with APIC id 255");
}

void check_x2apic_ids(const CheckInput& input, Report& report) {
  for (const MadtCpu& cpu : madt_cpus(input))
    if (cpu.enabled && cpu.x2apic && cpu.apic_id < 255)
      report.add(*cpu.item.table, cpu.item.offset() + 4,
                 fmt::format("APIC id {:#x} in a local x2APIC structure", cpu.apic_id));
}

void check_cpu_flags(const CheckInput& input, Report& report) {
  const DecodedTable* madt = input.tables.find("APIC");
  // Bit 1, online capable, came with revision 5; before it was reserved.
  for (const MadtCpu& cpu : madt_cpus(input)) {
    const std::uint64_t flags = cpu.item.number("flags");
    const bool both = (flags & 3) == 3 && madt->root.number("revision") >= 5;
    if ((flags & ~std::uint64_t{3}) != 0 || both)
      report.add(
          *madt, cpu.item.offset() + (cpu.x2apic ? 8 : 4),
          fmt::format("flags {:#x}{}", flags, both ? ": enabled and online capable at once" : ""));
  }
}

void check_local_address(const CheckInput& input, Report& report) {
  const DecodedTable* madt = input.tables.find("APIC");
  if (madt == nullptr) return;
  std::uint64_t address = madt->root.number("local_apic_address");
  std::size_t offset = 36;
  std::size_t overrides = 0;
  for (const MadtItem& item : madt_items(input, madt_address)) {
    address = item.number("address");
    offset = item.offset() + 4;
    if (++overrides > 1) report.add(*madt, item.offset(), "a second local APIC address override");
  }
  constexpr std::uint64_t reset_value = 0xFEE00000;
  if (address != reset_value && madt->root.find("local_apic_address") != nullptr)
    report.add(*madt, offset,
               fmt::format("local APICs at {:#x}; processors have them at {:#x} (SDM Vol. 3 "
                           "§11.4.1)",
                           address, reset_value));
}

void check_reserved(const CheckInput& input, Report& report) {
  for (const MadtItem& item : all_madt_items(input)) {
    const DecodedField* field = item.structure->find("reserved");
    if (field != nullptr && field->value != 0)
      report.add(*item.table, field->offset,
                 fmt::format("reserved bytes of {} are not 0", item.structure->name));
  }
}

void check_wake_up(const CheckInput& input, Report& report) {
  for (const MadtItem& item : madt_items(input, madt_wake_up))
    if (item.number("mailbox_version") > 1 || item.number("mailbox_address") % 0x1000 != 0)
      report.add(*item.table, item.offset(),
                 fmt::format("mailbox version {} at {:#x}", item.number("mailbox_version"),
                             item.number("mailbox_address")));
}

constexpr Rule kRules[] = {
    {"madt-past-end", "ACPI §5.2.12", Severity::error,
     "Every structure is at least 2 bytes long and ends within the table.",
     "the search for structures ends there: processors and I/O APICs behind it do not exist",
     check_past_end},
    {"madt-length", "ACPI §5.2.12", Severity::error, "Structures have the length of their type.",
     "the kernel refuses a shorter one, and reads a longer one as far as it knows it",
     check_lengths},
    {"madt-type", "ACPI §5.2.12 table 5-46", Severity::warning,
     "Structure types are defined, or a vendor's from 0x80 on.", "the structure is skipped",
     check_types},
    {"madt-revision", "ACPI §5.2.12", Severity::warning,
     "The revision is one that the specification has, and goes with that of the FADT.",
     "none in Linux before 6.6; from then on revision 5 decides how 'online capable' is read",
     check_revision},
    {"madt-no-cpu", "ACPI §5.2.12.2", Severity::error, "A processor is enabled.",
     "'No LAPIC entries present': the kernel falls back to what it finds, one CPU", check_some_cpu},
    {"madt-apic-id-twice", "ACPI §5.2.12.2; SDM Vol. 3 §9.4.5", Severity::error,
     "Every processor has an APIC id of its own.",
     "the second one is not brought up, or two answer to one interrupt", check_apic_ids},
    {"madt-uid-twice", "ACPI §5.2.12.2", Severity::error, "Every processor has a uid of its own.",
     "objects of the name space (C-states, P-states) go to the wrong processor", check_uids},
    {"madt-apic-id-255", "SDM Vol. 3 §11.6.1", Severity::error,
     "No processor with an 8-bit id has 255, which addresses all.",
     "'LAPIC ... id 255' is skipped, or its start-up message reaches all processors",
     check_broadcast_id},
    {"madt-x2apic-id-low", "ACPI §5.2.12.12", Severity::warning,
     "Processors with APIC ids below 255 have the 8-bit structure.",
     "systems without x2APIC do not see these processors", check_x2apic_ids},
    {"madt-cpu-flags", "ACPI §5.2.12.2 table 5-47", Severity::warning,
     "Flags are 'enabled' or (from revision 5 on) 'online capable', and no others.",
     "none in the modelled kernels, which look at bit 0", check_cpu_flags},
    {"madt-local-address", "ACPI §5.2.12, §5.2.12.8", Severity::error,
     "The local APICs are where processors have them, and at most one structure says otherwise.",
     "the kernel maps this address and finds no local APIC there", check_local_address},
    {"madt-reserved", "ACPI §5.2.12", Severity::warning, "Reserved bytes are 0.",
     "none in the modelled kernels", check_reserved},
    {"madt-wake-up", "ACPI 6.4 §5.2.12.19", Severity::error,
     "The wake-up mailbox is of a known version and on a page of its own.",
     "processors that wait there cannot be started", check_wake_up},
};

}  // namespace

RuleList madt_rules() { return kRules; }

}  // namespace apicsim
