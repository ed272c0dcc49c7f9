#include "remapping.h"

// §10.4.16 to §10.4.20: protected memory, which is there before translation.

using namespace vtd;

namespace {

constexpr u32 enable = 1u << 31, status = 1;
constexpr u64 region = target + 0x800000;
/// What a unit keeps of an address decides its alignment; the range ends with the limit's part.
u64 granule;

bool protect(bool on) {
  write32(reg::protect_enable, on ? enable : 0);
  return soon([=] { return (read32(reg::protect_enable) & status) == (on ? status : 0u); });
}

/// Both kinds of region have the same rules: from the base up to and with the limit's granule.
void check_region(DmaBench& bench, const Rule& inside, const Rule& outside, const Rule& off) {
  const bool on = protect(true);
  const bool hit = bench.writes(region + 0x1000, region + 0x1000) ||
                   bench.writes(region + granule - 8, region + granule - 8);
  check(inside, on && granule <= 0x800000 && !hit);
  check(outside, bench.writes(region - 8, region - 8) &&
                     bench.writes(region + granule + 0x10, region + granule + 0x10));
  check(off, protect(false) && bench.writes(region + 0x1000, region + 0x1000));
}

}  // namespace

void check_protected_memory(Devices& devices) {
  constexpr const char* low = "VT-d §10.4.17";
  constexpr const char* high = "VT-d §10.4.19";
  const Rule in_low{"DM-70", low, "the low protected range is closed to devices"};
  const Rule in_high{"DM-73", high, "the high protected range is closed to devices"};
  if (capability(5)) {
    write32(reg::low_base, 0xFFFFFFFF);
    granule = ~read32(reg::low_base) + u64{1};
    write32(reg::low_base, static_cast<u32>(region));
    write32(reg::low_limit, static_cast<u32>(region));
    write64(reg::high_base, ~u64{0});
    write64(reg::high_limit, 0);
    check_region(devices.first, in_low, {"DM-71", low, "what lies below and above is open"},
                 {"DM-72", low, "switched off it is open again"});
    write32(reg::low_base, 0xFFFFFFFF);
    write32(reg::low_limit, 0);
  } else {
    skip(in_low, "no protected low memory");
  }
  if (!capability(6)) return skip(in_high, "no protected high memory");
  write64(reg::high_base, 0xFFFFFFFF);
  granule = (~read64(reg::high_base) & 0xFFFFFFFF) + 1;
  write64(reg::high_base, region);
  write64(reg::high_limit, region);
  check_region(devices.first, in_high, {"DM-74", high, "what lies below and above is open"},
               {"DM-75", high, "switched off it is open again"});
  clear_faults();
}
