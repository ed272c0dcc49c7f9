#include "sim/scenario/timing_profile.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/scenario/toml_reader.h"
#include "sim/scenario/units.h"

namespace apicsim {

namespace {

constexpr Cycle kLongest = 1'000'000'000;
constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;

const std::vector<std::pair<std::string, LatencyKind>> kKinds = {
    {"measured", LatencyKind::measured},
    {"derived", LatencyKind::derived},
    {"assumed", LatencyKind::assumed}};

/// A latency's name, the member that it sets, and its smallest and largest value.
struct Slot {
  const char* name;
  Cycle TimingProfile::*member;
  Cycle min;
  Cycle max;
};

// What must be at least one cycle: an interrupt that arrives in the cycle of its cause would make
// the order of the CPUs within a cycle visible.
const Slot kSlots[] = {
    {"cycles_per_instruction", &TimingProfile::cycles_per_instruction, 1, 1},
    {"port_io", &TimingProfile::port_io, 0, kLongest},
    {"uncached_access", &TimingProfile::uncached_access, 0, kLongest},
    {"apic_page_access", &TimingProfile::apic_page_access, 0, kLongest},
    {"apic_msr_access", &TimingProfile::apic_msr_access, 0, kLongest},
    {"msr_access", &TimingProfile::msr_access, 0, kLongest},
    {"event_delivery", &TimingProfile::event_delivery, 1, kLongest},
    {"ipi_same_core", &TimingProfile::ipi_same_core, 1, kLongest},
    {"ipi_same_socket", &TimingProfile::ipi_same_socket, 1, kLongest},
    {"ipi_cross_socket", &TimingProfile::ipi_cross_socket, 1, kLongest},
    {"msi", &TimingProfile::msi, 1, kLongest},
    {"uart_byte", &TimingProfile::uart_byte, 0, kLongest},
    {"edu_dma", &TimingProfile::edu_dma, 0, kLongest},
};

Cycle cycles_of(std::uint64_t picoseconds, std::uint64_t hz) {
  const WideCycle product = WideCycle{picoseconds} * hz;
  return static_cast<Cycle>((product + (kPicosecondsPerSecond - 1)) / kPicosecondsPerSecond);
}

/// A whole number of cycles, or a time.
std::optional<Cycle> read_cycles(TomlTable& table, const std::string& key, std::uint64_t hz,
                                 const Slot& slot) {
  if (!table.is_text(key)) return table.number(key, slot.min, slot.max);
  const Cycle cycles = cycles_of(*table.duration(key), hz);
  if (cycles < slot.min || cycles > slot.max)
    table.fail(
        key, fmt::format("is {} cycles at {} Hz; allowed: {}..{}", cycles, hz, slot.min, slot.max));
  return cycles;
}

Latency read_latency(TomlTable table, const Slot& slot, std::uint64_t hz) {
  Latency latency;
  latency.name = slot.name;
  if (!table.has("value")) table.fail("value", "is missing");
  latency.value = *read_cycles(table, "value", hz, slot);
  latency.kind = table.need_choice("kind", kKinds);
  const auto low = read_cycles(table, "low", hz, slot);
  const auto high = read_cycles(table, "high", hz, slot);
  if (latency.kind == LatencyKind::assumed && !(low && high))
    table.fail("kind", "is 'assumed', which needs a band: low and high");
  latency.low = low.value_or(latency.value);
  latency.high = high.value_or(latency.value);
  if (latency.low > latency.value || latency.high < latency.value)
    table.fail("value", "lies outside of its band low..high");
  latency.source = table.need_text("source");
  return latency;
}

}  // namespace

Cycle TimingProfile::lookahead() const {
  return std::min({ipi_same_core, ipi_same_socket, ipi_cross_socket});
}

TimingProfile load_timing_profile(const std::filesystem::path& file, std::uint64_t reference_hz) {
  auto document = TomlDocument::load(file);
  auto root = document.root();
  TimingProfile profile;
  profile.name = file.stem().string();
  profile.title = root.need_text("title");
  auto latencies = root.need_table("latency");
  for (const Slot& slot : kSlots) latencies.allow(slot.name);
  for (const Slot& slot : kSlots) {
    profile.entries.push_back(read_latency(latencies.need_table(slot.name), slot, reference_hz));
    profile.*slot.member = profile.entries.back().value;
  }
  document.finish();
  return profile;
}

}  // namespace apicsim
