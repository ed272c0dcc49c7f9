#include <algorithm>

#include "models/firmware/defect_tools.h"

/// Defects of reserved memory regions, VT-d §8.4.
namespace apicsim::defect {

namespace {

constexpr std::uint64_t kPage = 0x1000;
constexpr std::uint64_t kAbsentDevice = 0xFE << 8 | 0x1F << 3 | 7;

DefectParameter region_parameter() {
  return number_parameter("region", "which RMRR, counted from 0 (default 0)");
}

DmarRmrr& region_of(const DefectArguments& arguments, DmarDescription& dmar) {
  return nth<DmarRmrr>(dmar.entries, arguments.number("region", 0), "region");
}

/// Without a region or a device all are meant.
void missing(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    const DmarRmrr* one = arguments.has("region") ? &region_of(arguments, dmar) : nullptr;
    const auto chosen = [&](const DmarRmrr& region) { return one == nullptr || &region == one; };
    check_index(0, remove_entries<DmarRmrr>(dmar.entries, chosen), "region");
  });
}

bool is_same(const DmarScope& scope, const DmarScope& wanted) {
  return scope.start_bus == wanted.start_bus && scope.path.size() == wanted.path.size() &&
         scope.path.back().device == wanted.path.back().device &&
         scope.path.back().function == wanted.path.back().function;
}

void device_missing(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    DmarRmrr& region = region_of(arguments, dmar);
    const std::uint64_t index = arguments.number("scope", 0);
    check_index(index, region.scopes.size(), "scope of that region");
    region.scopes.erase(region.scopes.begin() + static_cast<std::ptrdiff_t>(index));
  });
}

void no_devices(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) { region_of(arguments, dmar).scopes.clear(); });
}

void absent_device(const DefectArguments& arguments, DefectTarget& target) {
  const DmarScope ghost = scope_of(arguments.number("device", kAbsentDevice));
  edit_dmar(target, [&](DmarDescription& dmar) {
    auto& scopes = region_of(arguments, dmar).scopes;
    const bool there = std::any_of(scopes.begin(), scopes.end(), [&](const DmarScope& scope) {
      return !scope.path.empty() && is_same(scope, ghost);
    });
    if (there) throw FirmwareError("the region has that device already");
    scopes.push_back(ghost);
  });
}

/// The device by its own bus and one step, where it lies behind a bridge.
void short_path(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    auto& scopes = region_of(arguments, dmar).scopes;
    const auto behind = std::find_if(scopes.begin(), scopes.end(),
                                     [](const DmarScope& scope) { return scope.path.size() > 1; });
    if (behind == scopes.end())
      throw FirmwareError("no device of that region lies behind a bridge");
    if (!arguments.has("bus"))
      throw FirmwareError("needs 'bus', the number that firmware gave the bus behind the bridge");
    const DmarPathStep last = behind->path.back();
    behind->start_bus = static_cast<std::uint8_t>(arguments.number("bus", 0));
    behind->path = {last};
  });
}

void overlapping(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    DmarRmrr second = region_of(arguments, dmar);
    const std::uint64_t half = (second.limit - second.base + 1) / 2 / kPage * kPage;
    second.base += half;
    second.limit += half;
    dmar.entries.push_back(second);
  });
}

void inverted(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    DmarRmrr& region = region_of(arguments, dmar);
    // Whole pages still, so that the order is all that is wrong.
    const std::uint64_t end = region.limit + 1;
    region.limit = region.base + kPage - 1;
    region.base = end;
  });
}

void zeroed(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    DmarRmrr& region = region_of(arguments, dmar);
    region.base = 0;
    region.limit = 0;
  });
}

void unaligned(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    region_of(arguments, dmar).base += arguments.number("offset", 0x100);
  });
}

void unaligned_limit(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    region_of(arguments, dmar).limit -= arguments.number("offset", 0xFF);
  });
}

void unreserved(const DefectArguments& arguments, DefectTarget& target) {
  const Bytes bytes = table_bytes(target, "DMAR");
  if (bytes.size() < 36) throw FirmwareError("table 'DMAR' ends within its header");
  DmarDescription dmar = parse_dmar(Bytes(bytes.begin() + 36, bytes.end()));
  const DmarRmrr& region = region_of(arguments, dmar);
  const bool valid = region.limit > region.base;
  if (!valid || !target.unreserve(region.base, region.limit - region.base + 1))
    throw FirmwareError(
        fmt::format("nothing of {:#x}-{:#x} is reported as reserved", region.base, region.limit));
}

void moved(const DefectArguments& arguments, DefectTarget& target) {
  if (!arguments.has("base")) throw FirmwareError("needs 'base', the wrong address");
  edit_dmar(target, [&](DmarDescription& dmar) {
    DmarRmrr& region = region_of(arguments, dmar);
    const std::uint64_t size = region.limit - region.base;
    region.base = arguments.number("base", 0);
    region.limit = region.base + size;
  });
}

}  // namespace

std::vector<FirmwareDefect> of_reserved_regions() {
  const DefectParameter region = region_parameter();
  return {
      {"rmrr-missing",
       "reserved regions are not described",
       "A10 HP DL388 Gen8 (iLO and P420i), Lenovo ThinkCentre M, Dell Precision 5600T",
       {number_parameter("region", "which RMRR, counted from 0 (default all)")},
       missing},
      {"rmrr-device-missing",
       "a device is not in the scopes of a region that it uses",
       "",
       {region, number_parameter("scope", "which one, counted from 0 (default 0)")},
       device_missing},
      {"rmrr-no-devices", "a region is described for no device", "", {region}, no_devices},
      {"rmrr-absent-device",
       "a region is described for a device that is not there",
       "",
       {region, device_parameter("device", "that device (default fe:1f.7)")},
       absent_device},
      {"rmrr-short-path",
       "a device behind a bridge is named by its own bus instead of the path to it",
       "A05 Supermicro X10SRi-F and other Broadwell-EP boards",
       {region, number_parameter("bus", "that the device is on; must be given")},
       short_path},
      {"rmrr-overlap",
       "a second region begins in the middle of another",
       "",
       {region},
       overlapping},
      {"rmrr-inverted",
       "a region's limit lies below its base",
       "A12 Gigabyte GA-Z68AP-D3",
       {region},
       inverted},
      {"rmrr-zero", "a region's base and limit are 0", "Compaq 6730b", {region}, zeroed},
      {"rmrr-unaligned",
       "a region does not begin with a page",
       "",
       {region, number_parameter("offset", "added to its base (default 0x100)")},
       unaligned},
      {"rmrr-limit-unaligned",
       "a region does not end with a page",
       "",
       {region, number_parameter("offset", "subtracted from its limit (default 0xff)")},
       unaligned_limit},
      {"rmrr-not-reserved",
       "the memory map does not report a region as reserved",
       "A03 HP and Alienware notebooks; A04 HPE DL20 Gen9",
       {region},
       unreserved},
      {"rmrr-moved",
       "a region is described for memory that the device does not use",
       "",
       {region, number_parameter("base", "where the table says that it begins; must be given")},
       moved},
  };
}

}  // namespace apicsim::defect
