#include "sim/scenario/timing_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/scenario/nearest.h"
#include "sim/scenario/units.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;

const std::vector<std::pair<std::string, LatencyKind>> kKinds = {
    {"measured", LatencyKind::measured},
    {"derived", LatencyKind::derived},
    {"assumed", LatencyKind::assumed}};
const std::vector<std::pair<std::string, PublishedUse>> kUses = {
    {"calibration", PublishedUse::calibration}, {"check", PublishedUse::check}};

std::uint64_t cycles_of(std::uint64_t picoseconds, std::uint64_t hz) {
  const WideCycle product = WideCycle{picoseconds} * hz;
  return static_cast<std::uint64_t>((product + (kPicosecondsPerSecond - 1)) /
                                    kPicosecondsPerSecond);
}

bool fits(EntryUnit unit, std::uint64_t value) {
  return unit != EntryUnit::power_of_two || (value != 0 && (value & (value - 1)) == 0);
}

std::string out_of_range(std::uint64_t cycles, std::uint64_t hz, const EntryDeclaration& entry) {
  return fmt::format("is {} cycles at {} Hz; allowed: {}..{}", cycles, hz, entry.min, entry.max);
}

/// Name without its last part, and the last part.
std::pair<std::string, std::string> split_last(const std::string& name) {
  const std::size_t point = name.rfind('.');
  return {name.substr(0, point), name.substr(point + 1)};
}

/// The table of a section such as "latency.apic_page"; nothing when the file has none.
std::optional<TomlTable> find_section(TomlTable& root, const std::string& section) {
  const std::size_t point = section.find('.');
  auto table = root.table(section.substr(0, point));
  if (!table || point == std::string::npos) return table;
  return table->table(section.substr(point + 1));
}

/// Makes all names known before the first is read, so that an error can list them.
void allow_all(TomlTable& root, const std::vector<EntryDeclaration>& declarations) {
  for (const EntryDeclaration& declaration : declarations) {
    const auto [section, key] = split_last(declaration.name);
    if (auto table = find_section(root, section)) table->allow(key);
  }
}

}  // namespace

void TimingReader::read(TomlTable& root, const std::vector<EntryDeclaration>& declarations,
                        TimingProfile& profile) {
  allow_all(root, declarations);
  for (const EntryDeclaration& declaration : declarations) {
    const auto [section, key] = split_last(declaration.name);
    auto table = find_section(root, section);
    if (declaration.optional && !(table && table->has(key))) continue;
    if (!table) table = root.need_table(section);
    read_entry(table->need_table(key), declaration, profile);
  }
}

void TimingReader::read_entry(TomlTable table, const EntryDeclaration& declaration,
                              TimingProfile& profile) {
  if (!table.has("value")) table.fail("value", "is missing");
  Latency entry = read_basis(table, declaration);
  entry.value = *value(table, "value", declaration);
  if (!table.has("low")) entry.low = entry.value;
  if (!table.has("high")) entry.high = entry.value;
  if (entry.low > entry.value || entry.high < entry.value)
    table.fail("value", "lies outside of its band low..high");
  apply_override(declaration, entry);
  declaration.put(profile, entry.value);
  profile.entries.push_back(std::move(entry));
}

Latency TimingReader::read_basis(TomlTable& table, const EntryDeclaration& declaration) const {
  Latency entry;
  entry.name = declaration.name;
  entry.kind = table.need_choice("kind", kKinds);
  const auto low = value(table, "low", declaration);
  const auto high = value(table, "high", declaration);
  if (entry.kind == LatencyKind::assumed && !(low && high))
    table.fail("kind", "is 'assumed', which needs a band: low and high");
  if (low && high && *low > *high) table.fail("low", "lies above high");
  entry.low = low.value_or(0);
  entry.high = high.value_or(0);
  entry.source = table.need_text("source");
  if (entry.source.empty()) table.fail("source", "is empty; allowed: where the value comes from");
  entry.use = table.choice("use", kUses).value_or(PublishedUse::none);
  return entry;
}

std::optional<std::uint64_t> TimingReader::value(TomlTable& table, const char* key,
                                                 const EntryDeclaration& declaration) const {
  if (declaration.unit == EntryUnit::bytes)
    return table.size(key, declaration.min, declaration.max);
  if (declaration.unit != EntryUnit::cycles || !table.is_text(key)) {
    const auto number = table.number(key, declaration.min, declaration.max);
    if (number && !fits(declaration.unit, *number))
      table.fail(key, fmt::format("is {}; allowed: a power of two", *number));
    return number;
  }
  const std::uint64_t cycles = cycles_of(*table.duration(key), m_reference_hz);
  if (cycles < declaration.min || cycles > declaration.max)
    table.fail(key, out_of_range(cycles, m_reference_hz, declaration));
  return cycles;
}

void TimingReader::apply_override(const EntryDeclaration& declaration, Latency& entry) const {
  for (const TimingOverride& override : m_overrides) {
    if (override.name != entry.name) continue;
    const bool banded = entry.low != entry.value || entry.high != entry.value;
    const bool bound =
        override.kind == TimingOverride::Kind::low || override.kind == TimingOverride::Kind::high;
    if (bound && !banded && entry.kind != LatencyKind::assumed)
      throw ScenarioError(override.place,
                          fmt::format("key 'timing_entries.\"{}\"': the profile gives it no band; "
                                      "allowed: a value",
                                      entry.name));
    if (override.kind == TimingOverride::Kind::low)
      entry.value = entry.low;
    else if (override.kind == TimingOverride::Kind::high)
      entry.value = entry.high;
    else
      entry.value = overriding_value(override, declaration);
    entry.low = entry.high = entry.value;
    entry.source = "set by " + override.place.text();
  }
}

std::uint64_t TimingReader::overriding_value(const TimingOverride& override,
                                             const EntryDeclaration& declaration) const {
  std::uint64_t number = override.number;
  if (override.kind == TimingOverride::Kind::text) {
    const auto picoseconds = parse_duration(override.text);
    if (!picoseconds || declaration.unit != EntryUnit::cycles)
      throw ScenarioError(
          override.place,
          fmt::format("key 'timing_entries.\"{}\"': '{}' is not a value; allowed: {}..{}, {}low, "
                      "high",
                      declaration.name, override.text, declaration.min, declaration.max,
                      declaration.unit == EntryUnit::cycles ? "a time, " : ""));
    number = cycles_of(*picoseconds, m_reference_hz);
  }
  if (number < declaration.min || number > declaration.max || !fits(declaration.unit, number))
    throw ScenarioError(
        override.place,
        fmt::format("key 'timing_entries.\"{}\"': {} is out of range; allowed: "
                    "{}..{}{}",
                    declaration.name, number, declaration.min, declaration.max,
                    declaration.unit == EntryUnit::power_of_two ? ", a power of two" : ""));
  return number;
}

void TimingReader::finish(const TimingProfile& profile) const {
  for (const TimingOverride& override : m_overrides) {
    std::vector<std::string> names;
    for (const Latency& entry : profile.entries) names.push_back(entry.name);
    if (std::find(names.begin(), names.end(), override.name) != names.end()) continue;
    const auto close = nearest_name(override.name, names);
    throw ScenarioError(
        override.place,
        fmt::format("key 'timing_entries.\"{}\"': profile '{}' has no such entry{}", override.name,
                    profile.name, close ? fmt::format("; did you mean '{}'?", *close) : ""));
  }
}

}  // namespace apicsim
