#include <set>

#include "sim/firmware_check/dmar_view.h"
#include "sim/firmware_check/layout_dmar.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kPage = 0x1000;

std::string range_text(const DmarItem& region) {
  return fmt::format("[{:#018x}-{:#018x}]", region.number("base"), region.number("limit"));
}

void check_range(const CheckInput& input, Report& report) {
  for (const DmarItem& region : dmar_items(input, dmar_rmrr)) {
    const std::uint64_t base = region.number("base");
    const std::uint64_t limit = region.number("limit");
    if (limit == 0 || limit <= base)
      report.add(*region.table, region.offset() + 8,
                 fmt::format("{} is empty or ends before it begins", range_text(region)));
    else if (base % kPage != 0 || (limit + 1) % kPage != 0)
      report.add(*region.table, region.offset() + 8,
                 fmt::format("{} is not whole pages", range_text(region)));
  }
}

void check_reserved(const CheckInput& input, Report& report) {
  if (input.map.empty()) return;
  for (const DmarItem& region : dmar_items(input, dmar_rmrr)) {
    const std::uint64_t base = region.number("base");
    const std::uint64_t limit = region.number("limit");
    if (limit <= base || is_covered(input.map, base, limit, "reserved")) continue;
    const bool used = touches(input.map, base, limit, "ram");
    report.add(
        *region.table, region.offset() + 8,
        fmt::format("{} is {}", range_text(region),
                    used ? "usable memory of the memory map" : "not reserved in the memory map"));
  }
}

bool shares_device(const DmarItem& a, const DmarItem& b) {
  std::set<std::string> devices;
  for (const ScopeItem& scope : device_scopes(a)) devices.insert(device_name(scope));
  for (const ScopeItem& scope : device_scopes(b))
    if (devices.count(device_name(scope)) != 0) return true;
  return false;
}

void check_overlap(const CheckInput& input, Report& report) {
  const auto regions = dmar_items(input, dmar_rmrr);
  for (std::size_t i = 0; i < regions.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const DmarItem& a = regions[i];
      const DmarItem& b = regions[j];
      const bool apart =
          a.number("limit") < b.number("base") || b.number("limit") < a.number("base");
      const bool empty =
          a.number("limit") <= a.number("base") || b.number("limit") <= b.number("base");
      if (apart || empty || !shares_device(a, b)) continue;
      report.add(*a.table, a.offset() + 8,
                 fmt::format("{} overlaps {} of the same device", range_text(a), range_text(b)));
    }
  }
}

void check_owned(const CheckInput& input, Report& report) {
  for (const DmarItem& region : dmar_items(input, dmar_rmrr))
    if (region.structure->parts.empty())
      report.add(*region.table, region.offset(),
                 fmt::format("{} is nobody's: no device scope", range_text(region)));
}

void check_affinity(const CheckInput& input, Report& report) {
  std::set<std::uint64_t> units;
  for (const DmarItem& unit : dmar_items(input, dmar_drhd))
    units.insert(unit.number("register_base"));
  for (const DmarItem& item : dmar_items(input, dmar_rhsa))
    if (units.count(item.number("register_base")) == 0)
      report.add(*item.table, item.offset() + 8,
                 fmt::format("no DRHD has the register base {:#x}", item.number("register_base")));
}

std::uint64_t proximity_of(const DecodedStructure& part) {
  return part.name == "LAPIC" ? part.number("proximity_low") | part.number("proximity_high") << 8
                              : part.number("proximity_domain");
}

void check_proximity(const CheckInput& input, Report& report) {
  const DecodedTable* srat = input.tables.find("SRAT");
  if (srat == nullptr) return;
  std::set<std::uint64_t> domains;
  for (const DecodedStructure& part : srat->root.parts)
    if ((part.number("flags") & 1) != 0) domains.insert(proximity_of(part));
  for (const DmarItem& item : dmar_items(input, dmar_rhsa))
    if (domains.count(item.number("proximity_domain")) == 0)
      report.add(
          *item.table, item.offset() + 16,
          fmt::format("proximity domain {} is not in the SRAT", item.number("proximity_domain")));
}

constexpr Rule kRules[] = {
    {"dmar-rmrr-range", "VT-d §8.4; Linux iommu.h, rmrr_sanity_check", Severity::error,
     "A reserved region has a base below its limit, and is whole pages.",
     "'Your BIOS is broken; bad RMRR [...]', taint 2048; older kernels map it as far as it goes",
     check_range},
    {"dmar-rmrr-reserved", "VT-d §8.4; Linux arch_rmrr_sanity_check", Severity::error,
     "A reserved region is reserved in the firmware's memory map.",
     "'No firmware reserved region can cover this RMRR [...], contact BIOS vendor for fixes'; "
     "where "
     "it is usable memory, the kernel and the device write to the same pages",
     check_reserved},
    {"dmar-rmrr-overlap", "VT-d §8.4", Severity::warning,
     "Reserved regions of one device do not overlap.",
     "the second identity mapping finds pages that are mapped: the same address, so it stays right",
     check_overlap},
    {"dmar-rmrr-owner", "VT-d §8.4", Severity::error, "A reserved region has device scopes.",
     "it is mapped for no device: the one that uses it faults as soon as DMA remapping is on",
     check_owned},
    {"dmar-rhsa-unit", "VT-d §8.6; Linux dmar.c, dmar_parse_one_rhsa", Severity::error,
     "An RHSA names a unit of the table.",
     "'Your BIOS is broken; RHSA refers to non-existent DMAR unit at ...', taint 2048",
     check_affinity},
    {"dmar-rhsa-proximity", "VT-d §8.6; ACPI §5.2.16", Severity::warning,
     "The proximity domain of a unit is one of the SRAT.",
     "the unit's tables are allocated on no node in particular", check_proximity},
};

}  // namespace

RuleList dmar_region_rules() { return kRules; }

}  // namespace apicsim
