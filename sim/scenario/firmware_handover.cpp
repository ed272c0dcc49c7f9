#include "sim/scenario/firmware_handover.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/scenario/cpu_features.h"

namespace apicsim {

namespace {

constexpr std::uint32_t kLastXapicId = 254;  ///< 255 is the broadcast, SDM Vol. 3 §11.6.2.1

bool has_x2apic(const Machine& machine) {
  return has_cpu_feature(machine.cpu, "x2apic").value_or(false);
}

bool wanted_by_ids(const Machine& machine) {
  return std::any_of(machine.cpus.begin(), machine.cpus.end(),
                     [](const MachineCpu& cpu) { return cpu.apic_id > kLastXapicId; });
}

void mark_all(Machine& machine, bool x2apic) {
  for (MachineCpu& cpu : machine.cpus) cpu.x2apic_at_start = x2apic;
}

[[noreturn]] void fail(const ApicHandover& handover, const std::string& what) {
  throw ScenarioError(handover.place, "key 'firmware.x2apic': " + what);
}

[[noreturn]] void fail_list(const ApicHandover& handover) {
  fail(handover, fmt::format("'{}' is no list of CPUs; allowed: \"all\", \"none\", or numbers and "
                             "ranges with commas, as \"1-3,7\"",
                             handover.text));
}

/// A number at `from`, which goes on behind it.
std::uint64_t take_number(const ApicHandover& handover, const char*& from, const char* end) {
  std::uint64_t number = 0;
  const auto [next, error] = std::from_chars(from, end, number);
  if (error != std::errc{}) fail_list(handover);
  from = next;
  return number;
}

/// One number, or first-last.
void mark_range(const ApicHandover& handover, const char*& from, const char* end,
                Machine& machine) {
  const std::uint64_t first = take_number(handover, from, end);
  std::uint64_t last = first;
  if (from != end && *from == '-') last = take_number(handover, ++from, end);
  if (first > last) fail(handover, fmt::format("the range {}-{} is empty", first, last));
  if (last >= machine.cpus.size()) {
    fail(handover,
         fmt::format("there is no CPU {}; allowed: 0..{}", last, machine.cpus.size() - 1));
  }
  for (std::uint64_t cpu = first; cpu <= last; ++cpu) machine.cpus[cpu].x2apic_at_start = true;
}

void mark_list(const ApicHandover& handover, Machine& machine) {
  const char* at = handover.text.data();
  const char* const end = at + handover.text.size();
  for (;;) {
    mark_range(handover, at, end, machine);
    if (at == end) return;
    if (*at++ != ',') fail_list(handover);
  }
}

}  // namespace

void hand_over_apics(const std::optional<ApicHandover>& handover, Machine& machine) {
  const bool able = has_x2apic(machine);
  mark_all(machine, !handover && able && wanted_by_ids(machine));
  if (!handover || handover->text == "none") return;
  if (!able) {
    fail(*handover, "the CPUs have no x2APIC (CPUID.1:ECX[21]); key 'x2apic' gives them one");
  }
  if (handover->text == "all")
    mark_all(machine, true);
  else
    mark_list(*handover, machine);
}

}  // namespace apicsim
