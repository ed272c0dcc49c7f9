#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/scenario/timing_profile.h"

namespace apicsim {

/// In what the value of an entry counts, and so how it may be written: cycles as a number or a time
/// ("1us"), bytes as a number or a size ("32KiB"), the others as a number.
enum class EntryUnit : std::uint8_t { cycles, count, power_of_two, bytes };

/// One entry that a profile may hold: its name with the section, what it may be, where it goes.
struct EntryDeclaration {
  std::string name;
  EntryUnit unit = EntryUnit::cycles;
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  std::function<void(TimingProfile&, std::uint64_t)> put;
  bool optional = false;  ///< a profile without it keeps the default
};

constexpr std::uint64_t longest_latency = 1'000'000'000;  ///< cycles
/// What PCI Express gives a device for an invalidation, 90 s, at up to 10 GHz.
constexpr std::uint64_t longest_time_out = 900'000'000'000;  ///< cycles

/// Entries of what leaves the core, section [latency]: every profile has all that are not optional.
std::vector<EntryDeclaration> latency_declarations();
/// Section [cstate], which every profile has, too.
std::vector<EntryDeclaration> cstate_declarations();
/// Sections [core] and [memory]: a profile has all of both, or neither.
std::vector<EntryDeclaration> core_declarations();
std::vector<EntryDeclaration> memory_declarations();

}  // namespace apicsim
