#include <fmt/format.h>

#include "sim/scenario/timing_reader.h"
#include "sim/scenario/units.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kMostUops = 255;
constexpr std::uint64_t kMostUopsPerGroup = 255;
constexpr std::uint64_t kMostCycles = 65'535;
constexpr unsigned kPorts = 6;

/// "015", "05*2" (two of them), "0/20" (each takes its port for 20 cycles).
std::optional<UopGroup> parse_group(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string front = text.substr(0, slash);
  const std::size_t star = front.find('*');
  UopGroup group;
  group.count = 1;
  for (const char c : front.substr(0, star)) {
    if (c < '0' || c >= static_cast<char>('0' + kPorts)) return std::nullopt;
    group.ports = static_cast<u8>(group.ports | 1u << (c - '0'));
  }
  const auto count = star == std::string::npos ? std::optional<std::uint64_t>(1)
                                               : parse_unsigned(front.substr(star + 1));
  const auto occupancy = slash == std::string::npos ? std::optional<std::uint64_t>(1)
                                                    : parse_unsigned(text.substr(slash + 1));
  if (group.ports == 0 || !count || *count < 1 || *count > kMostUopsPerGroup || !occupancy ||
      *occupancy < 1 || *occupancy > 255)
    return std::nullopt;
  group.count = static_cast<u8>(*count);
  group.occupancy = static_cast<u8>(*occupancy);
  return group;
}

void read_ports(TomlTable& table, InstructionCost& cost) {
  const auto ports = table.texts("ports");
  if (ports.size() > std::size(cost.groups))
    table.fail("ports", fmt::format("holds {} groups; allowed: up to {}", ports.size(),
                                    std::size(cost.groups)));
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const auto group = parse_group(ports[i]);
    if (!group)
      table.fail("ports", fmt::format("'{}' is not a group of ports; allowed: ports 0..5, then *n "
                                      "for n operations, /n for n cycles each, as \"05*2\"",
                                      ports[i]));
    cost.groups[i] = *group;
  }
}

InstructionCost read_cost(TomlTable& table) {
  InstructionCost cost;
  cost.uops = static_cast<u8>(table.need_number("uops", 0, kMostUops));
  cost.latency = static_cast<u16>(table.need_number("latency", 0, kMostCycles));
  cost.reciprocal = static_cast<u16>(table.number("reciprocal", 0, kMostCycles).value_or(0));
  cost.iteration_sixteenths =
      static_cast<u16>(table.number("iteration_sixteenths", 0, kMostCycles).value_or(0));
  read_ports(table, cost);
  return cost;
}

}  // namespace

// The band of a class is that of its reciprocal throughput where it has one, else of its latency.
void TimingReader::read_instructions(TomlTable section, TimingProfile& profile) {
  for (std::size_t i = 0; i < instruction_class_count; ++i)
    section.allow(name_of(static_cast<InstructionClass>(i)));
  for (std::size_t i = 0; i < instruction_class_count; ++i) {
    const char* const name = name_of(static_cast<InstructionClass>(i));
    TomlTable table = section.need_table(name);
    InstructionCost& cost = profile.instructions.costs[i];
    cost = read_cost(table);
    u16& principal = cost.reciprocal != 0 ? cost.reciprocal : cost.latency;
    EntryDeclaration declaration;
    declaration.name = std::string("instruction.") + name;
    declaration.max = kMostCycles;
    Latency entry = read_basis(table, declaration);
    entry.value = principal;
    if (!table.has("low")) entry.low = entry.value;
    if (!table.has("high")) entry.high = entry.value;
    if (entry.low > entry.value || entry.high < entry.value)
      table.fail(cost.reciprocal != 0 ? "reciprocal" : "latency",
                 "lies outside of the band low..high");
    apply_override(declaration, entry);
    principal = static_cast<u16>(entry.value);
    profile.entries.push_back(std::move(entry));
  }
}

}  // namespace apicsim
