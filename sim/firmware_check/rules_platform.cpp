#include <set>

#include "sim/firmware_check/madt_view.h"

namespace apicsim {

namespace {

void check_hpet(const CheckInput& input, Report& report) {
  const DecodedTable* hpet = input.tables.find("HPET");
  if (hpet == nullptr || hpet->root.find("block_address") == nullptr) return;
  const std::uint64_t address = hpet->root.number("block_address");
  if (hpet->root.number("block_space") != 0)
    report.add(*hpet, 40, fmt::format("address space {}", hpet->root.number("block_space")));
  if (address == 0 || address % 0x400 != 0)
    report.add(*hpet, 44, fmt::format("registers at {:#x}", address));
}

void check_hpet_id(const CheckInput& input, Report& report) {
  const DecodedTable* hpet = input.tables.find("HPET");
  if (hpet == nullptr || hpet->root.find("block_id") == nullptr) return;
  const std::uint64_t id = hpet->root.number("block_id");
  const std::uint64_t timers = (id >> 8 & 0x1F) + 1;
  if (id >> 16 == 0 || id >> 16 == 0xFFFF || timers < 3)
    report.add(*hpet, 36,
               fmt::format("block id {:#x}: vendor {:#x}, {} timers", id, id >> 16, timers));
}

void check_mcfg(const CheckInput& input, Report& report) {
  const DecodedTable* mcfg = input.tables.find("MCFG");
  if (mcfg == nullptr) return;
  if (mcfg->root.parts.empty()) report.add(*mcfg, 0, "has no allocation");
  for (const DecodedStructure& row : mcfg->root.parts) {
    const std::uint64_t first = row.number("start_bus");
    const std::uint64_t last = row.number("end_bus");
    const std::uint64_t base = row.number("base");
    if (first > last || base == 0 || base % 0x100000 != 0)
      report.add(*mcfg, row.offset,
                 fmt::format("buses {:#x} to {:#x} at {:#x}", first, last, base));
  }
}

void check_mcfg_overlap(const CheckInput& input, Report& report) {
  const DecodedTable* mcfg = input.tables.find("MCFG");
  if (mcfg == nullptr) return;
  const auto& rows = mcfg->root.parts;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (rows[i].number("segment") == rows[j].number("segment") &&
          rows[i].number("start_bus") <= rows[j].number("end_bus") &&
          rows[j].number("start_bus") <= rows[i].number("end_bus"))
        report.add(*mcfg, rows[i].offset,
                   fmt::format("buses of segment {} are also those of the allocation at {:#x}",
                               rows[i].number("segment"), rows[j].offset));
}

void check_mcfg_reserved(const CheckInput& input, Report& report) {
  const DecodedTable* mcfg = input.tables.find("MCFG");
  if (mcfg == nullptr || input.map.empty()) return;
  for (const DecodedStructure& row : mcfg->root.parts) {
    const std::uint64_t first = row.number("base") + (row.number("start_bus") << 20);
    const std::uint64_t last = row.number("base") + ((row.number("end_bus") + 1) << 20) - 1;
    if (last > first && !is_covered(input.map, first, last, "reserved"))
      report.add(*mcfg, row.offset,
                 fmt::format("[{:#x}-{:#x}] is not reserved in the memory map", first, last));
  }
}

void check_srat_cpus(const CheckInput& input, Report& report) {
  const DecodedTable* srat = input.tables.find("SRAT");
  if (srat == nullptr || input.tables.find("APIC") == nullptr) return;
  std::set<std::uint64_t> ids;
  for (const DecodedStructure& part : srat->root.parts)
    if (part.find("apic_id") != nullptr && (part.number("flags") & 1) != 0)
      ids.insert(part.number("apic_id"));
  for (const MadtCpu& cpu : madt_cpus(input))
    if (cpu.enabled && ids.count(cpu.apic_id) == 0)
      report.add(*srat, 0,
                 fmt::format("no structure for the processor with APIC id {:#x}", cpu.apic_id));
}

void check_srat_memory(const CheckInput& input, Report& report) {
  const DecodedTable* srat = input.tables.find("SRAT");
  if (srat == nullptr) return;
  std::vector<const DecodedStructure*> ranges;
  for (const DecodedStructure& part : srat->root.parts) {
    const bool used = part.name == "MEMORY" && (part.number("flags") & 1) != 0;
    if (!used || part.number("size") == 0) continue;
    for (const DecodedStructure* other : ranges)
      if (part.number("base") < other->number("base") + other->number("size") &&
          other->number("base") < part.number("base") + part.number("size") &&
          part.number("proximity_domain") != other->number("proximity_domain"))
        report.add(*srat, part.offset,
                   fmt::format("memory at {:#x} is also that of the structure at {:#x}",
                               part.number("base"), other->offset));
    ranges.push_back(&part);
  }
}

void check_slit(const CheckInput& input, Report& report) {
  const DecodedTable* slit = input.tables.find("SLIT");
  if (slit == nullptr) return;
  const auto& rows = slit->root.parts;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const DecodedField* row = rows[i].find("distances");
    for (std::size_t j = 0; row != nullptr && j < row->bytes.size(); ++j) {
      const std::uint8_t distance = row->bytes[j];
      if (i == j ? distance == 10 : distance > 10) continue;
      report.add(*slit, row->offset + j,
                 fmt::format("from {} to {} the distance is {}", i, j, distance));
    }
  }
}

/// Which tables a root table lists can only be said of a dump that has their addresses.
void check_root(const CheckInput& input, Report& report) {
  const DecodedTable* xsdt = input.tables.find("XSDT");
  const DecodedTable* rsdt = input.tables.find("RSDT");
  if (xsdt == nullptr || rsdt == nullptr) return;
  std::set<std::uint64_t> wide, narrow;
  for (const DecodedStructure& row : xsdt->root.parts) wide.insert(row.number("table"));
  for (const DecodedStructure& row : rsdt->root.parts) narrow.insert(row.number("table"));
  for (const std::uint64_t address : narrow)
    if (address != 0 && wide.count(address) == 0)
      report.add(*rsdt, 0, fmt::format("lists a table at {:#x}, which the XSDT does not", address));
}

constexpr Rule kRules[] = {
    {"hpet-address", "IA-PC HPET 1.0a §3.2.4", Severity::error,
     "The HPET's registers are in memory, on a multiple of 1 KiB.",
     "'HPET timers must be located in memory.', or no HPET: the kernel keeps time with others",
     check_hpet},
    {"hpet-id", "IA-PC HPET 1.0a §2.3.4", Severity::warning,
     "The block id has a vendor and three timers or more.",
     "none in Linux, which reads the register; a wrong id hints at a table that nobody filled in",
     check_hpet_id},
    {"mcfg-range", "PCI Firmware 3.0 §4.1.2", Severity::error,
     "An allocation has a base, on a multiple of 1 MiB, and buses in ascending order.",
     "'PCI: MCFG has no entries' or the allocation is not used: no extended configuration space",
     check_mcfg},
    {"mcfg-overlap", "PCI Firmware 3.0 §4.1.2", Severity::error, "Every bus has one allocation.",
     "the second one is left out", check_mcfg_overlap},
    {"mcfg-reserved", "PCI Firmware 3.0 §4.1.2 note 2", Severity::warning,
     "The memory map reserves the configuration space, or the name space does.",
     "'PCI: MMCONFIG at [mem ...] not reserved in E820' unless the DSDT claims it",
     check_mcfg_reserved},
    {"srat-cpu", "ACPI §5.2.16.1", Severity::error,
     "Every enabled processor has an affinity structure.",
     "'SRAT: ... not found': the processor counts to node 0, or the table is not used",
     check_srat_cpus},
    {"srat-overlap", "ACPI §5.2.16.2", Severity::error, "Memory belongs to one proximity domain.",
     "'SRAT: PXM ... overlaps with PXM ...', and 'SRAT: SRAT not used.'", check_srat_memory},
    {"slit-distance", "ACPI §5.2.17", Severity::error,
     "Distances are 10 on the diagonal and more elsewhere.",
     "'SLIT table looks invalid. Not used.'", check_slit},
    {"root-tables", "ACPI §5.2.7, §5.2.8", Severity::note, "RSDT and XSDT list the same tables.",
     "the kernel takes the XSDT: a table that only the RSDT lists is not seen", check_root},
};

}  // namespace

RuleList platform_rules() { return kRules; }

}  // namespace apicsim
