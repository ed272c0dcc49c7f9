#include <algorithm>
#include <set>

#include "sim/firmware_check/dmar_view.h"
#include "sim/firmware_check/layout_dmar.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kPage = 0x1000;

void check_past_end(const CheckInput& input, Report& report) {
  const DecodedTable* dmar = input.tables.find("DMAR");
  if (dmar != nullptr && !dmar->root.damage.empty()) report.add(*dmar, 0, dmar->root.damage);
}

void check_too_short(const CheckInput& input, Report& report) {
  for (const DmarItem& item : all_dmar_items(input)) {
    const auto* layout =
        dmar_layout.tail.structures.find(static_cast<std::uint32_t>(item.number("type")));
    if (layout != nullptr && item.structure->length < layout->fixed)
      report.add(*item.table, item.offset(),
                 fmt::format("{} has {} bytes; it needs {}", layout->name, item.structure->length,
                             layout->fixed));
  }
}

void check_some_unit(const CheckInput& input, Report& report) {
  const DecodedTable* dmar = input.tables.find("DMAR");
  if (dmar != nullptr && dmar_items(input, dmar_drhd).empty())
    report.add(*dmar, 0, "has no DRHD structure");
}

void check_base_zero(const CheckInput& input, Report& report) {
  for (const DmarItem& unit : dmar_items(input, dmar_drhd))
    if (unit.number("register_base") == 0)
      report.add(*unit.table, unit.offset() + 8, "register base 0");
}

void check_base_aligned(const CheckInput& input, Report& report) {
  for (const DmarItem& unit : dmar_items(input, dmar_drhd)) {
    const std::uint64_t base = unit.number("register_base");
    const std::uint64_t size = kPage << (unit.number("size") & 0xF);
    if (base % size != 0)
      report.add(*unit.table, unit.offset() + 8,
                 fmt::format("register base {:#x} is no multiple of {:#x}", base, size));
  }
}

void check_base_in_memory(const CheckInput& input, Report& report) {
  for (const DmarItem& unit : dmar_items(input, dmar_drhd)) {
    const std::uint64_t base = unit.number("register_base");
    if (base != 0 && touches(input.map, base, base + kPage - 1, "ram"))
      report.add(*unit.table, unit.offset() + 8,
                 fmt::format("register base {:#x} is usable memory of the memory map", base));
  }
}

void check_twice(const CheckInput& input, Report& report) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (const DmarItem& unit : dmar_items(input, dmar_drhd)) {
    const std::uint64_t base = unit.number("register_base");
    if (base != 0 && !seen.insert({unit.number("segment"), base}).second)
      report.add(*unit.table, unit.offset(),
                 fmt::format("a second DRHD with register base {:#x}", base));
  }
}

void check_catch_all(const CheckInput& input, Report& report) {
  std::set<std::uint64_t> closed;
  for (const DmarItem& unit : dmar_items(input, dmar_drhd)) {
    const std::uint64_t segment = unit.number("segment");
    if (closed.count(segment) != 0)
      report.add(*unit.table, unit.offset(),
                 fmt::format("DRHD {:#x} stands behind the one with INCLUDE_PCI_ALL of segment {}",
                             unit.number("register_base"), segment));
    if ((unit.number("flags") & 1) != 0) closed.insert(segment);
  }
}

void check_order(const CheckInput& input, Report& report) {
  std::uint64_t before = 0;
  for (const DmarItem& item : all_dmar_items(input)) {
    const std::uint64_t type = item.number("type");
    if (type < before)
      report.add(
          *item.table, item.offset(),
          fmt::format("{} stands behind a structure of type {}", item.structure->name, before));
    before = std::max(before, type);
  }
}

void check_unknown_type(const CheckInput& input, Report& report) {
  for (const DmarItem& item : all_dmar_items(input))
    if (!item.structure->known)
      report.add(*item.table, item.offset(),
                 fmt::format("structure of type {}", item.number("type")));
}

/// Addresses of the table that the host must be able to issue.
void check_width(const CheckInput& input, Report& report) {
  const DecodedTable* dmar = input.tables.find("DMAR");
  if (dmar == nullptr || dmar->root.find("host_address_width") == nullptr) return;
  const std::uint64_t width = dmar->root.number("host_address_width") + 1;
  if (width < 12) {
    report.add(*dmar, 36, fmt::format("a host address width of {} bits", width));
    return;
  }
  if (width >= 64) return;
  const auto judge = [&](const DmarItem& item, const char* key) {
    const std::uint64_t address = item.number(key);
    if (address >> width != 0)
      report.add(*dmar, 36,
                 fmt::format("a width of {} bits; {} at {:#x} has {} {:#x}", width,
                             item.structure->name, item.offset(), key, address));
  };
  for (const DmarItem& unit : dmar_items(input, dmar_drhd)) judge(unit, "register_base");
  for (const DmarItem& region : dmar_items(input, dmar_rmrr)) judge(region, "limit");
  if (!input.map.empty() && input.map.back().type == "ram" && input.map.back().last >> width != 0)
    report.add(*dmar, 36,
               fmt::format("a width of {} bits; the memory map reaches to {:#x}", width,
                           input.map.back().last));
}

void check_flags(const CheckInput& input, Report& report) {
  const DecodedTable* dmar = input.tables.find("DMAR");
  if (dmar == nullptr) return;
  const std::uint64_t flags = dmar->root.number("flags");
  if ((flags & ~std::uint64_t{7}) != 0)
    report.add(*dmar, 37, fmt::format("flags {:#x} of the table", flags));
  for (const DmarItem& unit : dmar_items(input, dmar_drhd))
    if (unit.number("flags") > 1)
      report.add(*dmar, unit.offset() + 4, fmt::format("flags {:#x}", unit.number("flags")));
}

void check_opt_out_alone(const CheckInput& input, Report& report) {
  const DecodedTable* dmar = input.tables.find("DMAR");
  if (dmar != nullptr && (dmar->root.number("flags") & 3) == 2)
    report.add(*dmar, 37, "X2APIC_OPT_OUT is set, INTR_REMAP is not");
}

void note_opt_out(const CheckInput& input, Report& report) {
  const DecodedTable* dmar = input.tables.find("DMAR");
  if (dmar != nullptr && (dmar->root.number("flags") & 3) == 3)
    report.add(*dmar, 37, "X2APIC_OPT_OUT is set");
}

/// VT-d §8.1: firmware must not opt out when it hands processors over in x2APIC mode, which ids
/// from 255 on need.
void check_opt_out_wide(const CheckInput& input, Report& report) {
  const DecodedTable* dmar = input.tables.find("DMAR");
  const DecodedTable* madt = input.tables.find("APIC");
  if (dmar == nullptr || madt == nullptr || (dmar->root.number("flags") & 2) == 0) return;
  for (const DecodedStructure& cpu : madt->root.parts) {
    if (cpu.name != "X2APIC" || (cpu.number("flags") & 1) == 0 || cpu.number("apic_id") < 255)
      continue;
    report.add(*dmar, 37,
               fmt::format("X2APIC_OPT_OUT, and the MADT has a processor with APIC id {:#x}",
                           cpu.number("apic_id")));
    return;
  }
}

void note_no_remapping(const CheckInput& input, Report& report) {
  const DecodedTable* dmar = input.tables.find("DMAR");
  if (dmar != nullptr && dmar->root.find("flags") != nullptr &&
      (dmar->root.number("flags") & 1) == 0)
    report.add(*dmar, 37, "INTR_REMAP is clear");
}

void check_reserved(const CheckInput& input, Report& report) {
  const DecodedTable* dmar = input.tables.find("DMAR");
  if (dmar == nullptr) return;
  const DecodedField* field = dmar->root.find("reserved");
  if (field != nullptr && field->bytes != Bytes(field->bytes.size(), 0))
    report.add(*dmar, field->offset, "reserved bytes of the table are not 0");
  for (const DmarItem& item : all_dmar_items(input))
    if (item.number("reserved") != 0)
      report.add(*dmar, item.structure->place_of("reserved"),
                 fmt::format("reserved bytes of {} are not 0", item.structure->name));
}

void check_segment(const CheckInput& input, Report& report) {
  const DecodedTable* mcfg = input.tables.find("MCFG");
  if (mcfg == nullptr || mcfg->root.parts.empty()) return;
  std::set<std::uint64_t> segments;
  for (const DecodedStructure& row : mcfg->root.parts) segments.insert(row.number("segment"));
  for (const DmarItem& unit : dmar_items(input, dmar_drhd))
    if (segments.count(unit.number("segment")) == 0)
      report.add(*unit.table, unit.offset() + 6,
                 fmt::format("segment {} has no entry in the MCFG", unit.number("segment")));
}

constexpr const char* kTableLost =
    "'DMAR: Parse DMAR table failure.': the whole table is dropped; neither DMA nor interrupt "
    "remapping, and with it no x2APIC";

constexpr Rule kRules[] = {
    {"dmar-past-end", "VT-d §8.2", Severity::error,
     "Every remapping structure is at least 4 bytes long and ends within the table.",
     "length 0 ends the search for structures ('Invalid 0-length structure'); past the end: "
     "'Record passes table end' and 'Parse DMAR table failure.', everything off",
     check_past_end},
    {"dmar-too-short", "VT-d §8.3 to §8.9", Severity::error,
     "A remapping structure has all of its fixed fields.",
     "the kernel reads fields from the structure behind it", check_too_short},
    {"dmar-no-unit", "VT-d §8.3", Severity::error, "A DMAR has at least one DRHD.",
     "'No DRHD structure found in DMAR table', 'No DMAR devices found': no remapping",
     check_some_unit},
    {"dmar-base-zero", "VT-d §8.3; Linux dmar.c, dmar_validate_one_drhd", Severity::error,
     "A DRHD names where its unit's registers are.",
     "'Your BIOS is broken; DMAR reported at address 0!', taint 2048, and the whole table is "
     "dropped, good units included",
     check_base_zero},
    {"dmar-base-unaligned", "VT-d §8.3, §10.4", Severity::error,
     "A register base is aligned to the size of the register set, 4 KiB or more.",
     "the kernel maps the page and finds other registers, or all ones: the unit fails to come up",
     check_base_aligned},
    {"dmar-base-in-memory", "VT-d §8.3", Severity::error,
     "Registers do not lie in memory that the operating system may use.", kTableLost,
     check_base_in_memory},
    {"dmar-unit-twice", "VT-d §8.3", Severity::error, "Every unit has one DRHD.",
     "the second structure is ignored, its device scopes with it", check_twice},
    {"dmar-include-all-last", "VT-d §8.3", Severity::error,
     "A DRHD with INCLUDE_PCI_ALL is the only such one of its segment and its last.",
     "devices are matched in order of the table: the units behind it are found for explicit scopes "
     "only, or never",
     check_catch_all},
    {"dmar-order", "VT-d §8.2", Severity::warning, "Structures come in the order of their types.",
     "none in Linux; other systems may stop at the first type that is out of order", check_order},
    {"dmar-unknown-type", "VT-d §8.2", Severity::note,
     "Structures of types that the specification does not have are skipped.",
     "'Unknown DMAR structure type', which is skipped", check_unknown_type},
    {"dmar-address-width", "VT-d §8.1", Severity::error,
     "The host address width covers every address of the machine.",
     "below 12 bits: 'Invalid DMAR haw', and the table is dropped; else mappings of the addresses "
     "above cannot be relied on",
     check_width},
    {"dmar-flags", "VT-d §8.1, §8.3", Severity::warning, "Reserved flags are 0.",
     "none in the modelled kernels, which ignore them", check_flags},
    {"dmar-opt-out-alone", "VT-d §8.1", Severity::warning,
     "X2APIC_OPT_OUT has a meaning with INTR_REMAP only.",
     "the kernel honours it all the same where it looks at the flag without the other",
     check_opt_out_alone},
    {"dmar-opt-out-wide", "VT-d §8.1", Severity::error,
     "Firmware with processors of APIC ids from 255 on does not opt out of x2APIC.",
     "the opt-out leaves xAPIC mode, in which those processors cannot be started",
     check_opt_out_wide},
    {"dmar-opt-out", "VT-d §8.1", Severity::note, "Firmware may ask for no x2APIC.",
     "interrupt remapping in xAPIC mode; 'Your BIOS is broken and requested that x2apic be "
     "disabled.' (later: 'x2apic is disabled because BIOS sets x2apic opt out bit.'); "
     "intremap=no_x2apic_optout overrides it",
     note_opt_out},
    {"dmar-no-interrupt-remapping", "VT-d §8.1", Severity::note,
     "INTR_REMAP says that the platform supports interrupt remapping.",
     "no interrupt remapping, and so no x2APIC unless firmware has switched it on",
     note_no_remapping},
    {"dmar-reserved", "VT-d §8", Severity::warning, "Reserved bytes are 0.",
     "none in the modelled kernels", check_reserved},
    {"dmar-segment", "VT-d §8.3; PCI Firmware 3.0 §4.1.2", Severity::warning,
     "The segment of a unit is one that the MCFG has.",
     "none of the unit's devices can be found: it is left out of DMA remapping", check_segment},
};

}  // namespace

RuleList dmar_unit_rules() { return kRules; }

}  // namespace apicsim
