#include "sim/scenario/cpu_features.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/scenario/nearest.h"

namespace apicsim {

namespace {

enum class Output : std::uint8_t { eax, ebx, ecx, edx };

/// What stands against adding a flag, or against taking it away.
enum class Against : std::uint8_t { nothing, no_instructions, no_effect, always, follows };

struct FeatureRow {
  const char* name;
  std::uint32_t leaf;
  std::uint32_t subleaf;
  Output output;
  unsigned bit;
  Against adding = Against::nothing;
  Against removing = Against::nothing;
};

// SDM Vol. 2, CPUID; names of /proc/cpuinfo (Linux arch/x86/include/asm/cpufeature.h).
const FeatureRow kFeatures[] = {
    {"fpu", 1, 0, Output::edx, 0, Against::no_instructions},
    {"vme", 1, 0, Output::edx, 1},
    {"de", 1, 0, Output::edx, 2},
    {"pse", 1, 0, Output::edx, 3},
    {"tsc", 1, 0, Output::edx, 4, Against::nothing, Against::always},
    {"msr", 1, 0, Output::edx, 5, Against::nothing, Against::always},
    {"pae", 1, 0, Output::edx, 6},
    {"mce", 1, 0, Output::edx, 7},
    {"cx8", 1, 0, Output::edx, 8, Against::nothing, Against::always},
    {"apic", 1, 0, Output::edx, 9, Against::follows, Against::follows},
    {"sep", 1, 0, Output::edx, 11},
    {"mtrr", 1, 0, Output::edx, 12},
    {"pge", 1, 0, Output::edx, 13},
    {"mca", 1, 0, Output::edx, 14},
    {"cmov", 1, 0, Output::edx, 15, Against::nothing, Against::always},
    {"pat", 1, 0, Output::edx, 16},
    {"pse36", 1, 0, Output::edx, 17},
    {"clflush", 1, 0, Output::edx, 19},
    {"dts", 1, 0, Output::edx, 21, Against::no_effect},
    {"acpi", 1, 0, Output::edx, 22},
    {"mmx", 1, 0, Output::edx, 23, Against::no_instructions},
    {"fxsr", 1, 0, Output::edx, 24, Against::no_instructions},
    {"sse", 1, 0, Output::edx, 25, Against::no_instructions},
    {"sse2", 1, 0, Output::edx, 26, Against::no_instructions},
    {"ss", 1, 0, Output::edx, 27, Against::no_effect},
    {"ht", 1, 0, Output::edx, 28, Against::follows, Against::follows},
    {"tm", 1, 0, Output::edx, 29, Against::no_effect},
    {"pbe", 1, 0, Output::edx, 31, Against::no_effect},
    {"pni", 1, 0, Output::ecx, 0, Against::no_instructions},
    {"pclmulqdq", 1, 0, Output::ecx, 1, Against::no_instructions},
    {"dtes64", 1, 0, Output::ecx, 2, Against::no_effect},
    {"monitor", 1, 0, Output::ecx, 3},
    {"ds_cpl", 1, 0, Output::ecx, 4, Against::no_effect},
    {"vmx", 1, 0, Output::ecx, 5, Against::no_instructions},
    {"smx", 1, 0, Output::ecx, 6, Against::no_instructions},
    {"est", 1, 0, Output::ecx, 7, Against::no_effect},
    {"tm2", 1, 0, Output::ecx, 8, Against::no_effect},
    {"ssse3", 1, 0, Output::ecx, 9, Against::no_instructions},
    {"cid", 1, 0, Output::ecx, 10, Against::no_effect},
    {"fma", 1, 0, Output::ecx, 12, Against::no_instructions},
    {"cx16", 1, 0, Output::ecx, 13},
    {"xtpr", 1, 0, Output::ecx, 14, Against::no_effect},
    {"pdcm", 1, 0, Output::ecx, 15},
    {"pcid", 1, 0, Output::ecx, 17},
    {"dca", 1, 0, Output::ecx, 18, Against::no_effect},
    {"sse4_1", 1, 0, Output::ecx, 19, Against::no_instructions},
    {"sse4_2", 1, 0, Output::ecx, 20, Against::no_instructions},
    {"x2apic", 1, 0, Output::ecx, 21},
    {"movbe", 1, 0, Output::ecx, 22, Against::no_instructions},
    {"popcnt", 1, 0, Output::ecx, 23, Against::nothing, Against::always},
    {"tsc_deadline_timer", 1, 0, Output::ecx, 24},
    {"aes", 1, 0, Output::ecx, 25, Against::no_instructions},
    {"xsave", 1, 0, Output::ecx, 26, Against::no_instructions},
    {"osxsave", 1, 0, Output::ecx, 27, Against::follows, Against::follows},
    {"avx", 1, 0, Output::ecx, 28, Against::no_instructions},
    {"f16c", 1, 0, Output::ecx, 29, Against::no_instructions},
    {"rdrand", 1, 0, Output::ecx, 30, Against::no_instructions},
    {"hypervisor", 1, 0, Output::ecx, 31, Against::no_effect},
    {"dtherm", 6, 0, Output::eax, 0, Against::no_effect},
    {"ida", 6, 0, Output::eax, 1, Against::no_effect},
    {"arat", 6, 0, Output::eax, 2},
    {"pln", 6, 0, Output::eax, 4, Against::no_effect},
    {"pts", 6, 0, Output::eax, 6, Against::no_effect},
    {"aperfmperf", 6, 0, Output::ecx, 0, Against::no_effect},
    {"epb", 6, 0, Output::ecx, 3},
    {"fsgsbase", 7, 0, Output::ebx, 0},
    {"tsc_adjust", 7, 0, Output::ebx, 1},
    {"bmi1", 7, 0, Output::ebx, 3, Against::no_instructions},
    {"hle", 7, 0, Output::ebx, 4, Against::no_instructions},
    {"avx2", 7, 0, Output::ebx, 5, Against::no_instructions},
    {"smep", 7, 0, Output::ebx, 7},
    {"bmi2", 7, 0, Output::ebx, 8, Against::no_instructions},
    {"erms", 7, 0, Output::ebx, 9},
    {"invpcid", 7, 0, Output::ebx, 10},
    {"rtm", 7, 0, Output::ebx, 11, Against::no_instructions},
    {"rdseed", 7, 0, Output::ebx, 18, Against::no_instructions},
    {"adx", 7, 0, Output::ebx, 19, Against::no_instructions},
    {"smap", 7, 0, Output::ebx, 20},
    {"clflushopt", 7, 0, Output::ebx, 23, Against::no_instructions},
    {"clwb", 7, 0, Output::ebx, 24, Against::no_instructions},
    {"umip", 7, 0, Output::ecx, 2},
    {"xsaveopt", 0xD, 1, Output::eax, 0, Against::no_instructions},
    {"lahf_lm", 0x80000001, 0, Output::ecx, 0, Against::nothing, Against::always},
    {"abm", 0x80000001, 0, Output::ecx, 5, Against::no_instructions},
    {"syscall", 0x80000001, 0, Output::edx, 11},
    {"nx", 0x80000001, 0, Output::edx, 20},
    {"pdpe1gb", 0x80000001, 0, Output::edx, 26},
    {"rdtscp", 0x80000001, 0, Output::edx, 27},
    {"lm", 0x80000001, 0, Output::edx, 29},
    {"nonstop_tsc", 0x80000007, 0, Output::edx, 8},
};

/// Names that people use for a feature that Linux calls otherwise.
struct OtherName {
  const char* name;
  const char* of_linux;
};
const OtherName kOtherNames[] = {{"mwait", "monitor"},
                                 {"sse3", "pni"},
                                 {"cmpxchg16b", "cx16"},
                                 {"cmpxchg8b", "cx8"},
                                 {"tsc_deadline", "tsc_deadline_timer"},
                                 {"gbpages", "pdpe1gb"},
                                 {"xd", "nx"},
                                 {"lzcnt", "abm"},
                                 {"invariant_tsc", "nonstop_tsc"}};

const FeatureRow* find_feature(const std::string& name) {
  const auto found = std::find_if(std::begin(kFeatures), std::end(kFeatures),
                                  [&](const FeatureRow& row) { return name == row.name; });
  return found == std::end(kFeatures) ? nullptr : found;
}

std::optional<std::string> meant_feature(const std::string& name) {
  for (const OtherName& other : kOtherNames)
    if (name == other.name) return other.of_linux;
  std::vector<std::string> names;
  for (const FeatureRow& row : kFeatures) names.emplace_back(row.name);
  return nearest_name(name, names);
}

const char* reason(Against against) {
  switch (against) {
    case Against::no_instructions:
      return "its instructions are not modelled";
    case Against::no_effect:
      return "no part of the model does what it announces";
    case Against::always:
      return "the model executes its instructions in any case";
    case Against::follows:
      return "it follows the CPU's registers and the machine's topology";
    case Against::nothing:
      break;
  }
  return "";
}

[[noreturn]] void fail(const Place& place, const std::string& what) {
  throw ScenarioError(place, "key 'cpu.features': " + what);
}

std::uint32_t MachineCpuidLeaf::*member(Output output) {
  switch (output) {
    case Output::eax:
      return &MachineCpuidLeaf::eax;
    case Output::ebx:
      return &MachineCpuidLeaf::ebx;
    case Output::ecx:
      return &MachineCpuidLeaf::ecx;
    case Output::edx:
      break;
  }
  return &MachineCpuidLeaf::edx;
}

const MachineCpuidLeaf* find_row(const MachineCpuModel& cpu, std::uint32_t leaf,
                                 std::uint32_t subleaf) {
  for (const MachineCpuidLeaf& row : cpu.cpuid)
    if (row.leaf == leaf && (!row.indexed || row.subleaf == subleaf)) return &row;
  return nullptr;
}

bool is_set(const MachineCpuModel& cpu, const FeatureRow& feature) {
  const MachineCpuidLeaf* row = find_row(cpu, feature.leaf, feature.subleaf);
  return row != nullptr && (row->*member(feature.output) >> feature.bit & 1) != 0;
}

bool is_in_range(const MachineCpuModel& cpu, std::uint32_t leaf) {
  return leaf <= (leaf >= 0x80000000 ? cpu.max_extended_leaf : cpu.max_basic_leaf);
}

MachineCpuidLeaf& need_row(MachineCpuModel& cpu, const FeatureRow& feature) {
  if (const MachineCpuidLeaf* row = find_row(cpu, feature.leaf, feature.subleaf))
    return cpu.cpuid[static_cast<std::size_t>(row - cpu.cpuid.data())];
  MachineCpuidLeaf fresh;
  fresh.leaf = feature.leaf;
  fresh.subleaf = feature.subleaf;
  fresh.indexed = feature.leaf == 7 || feature.leaf == 0xD;
  const auto behind = std::find_if(cpu.cpuid.begin(), cpu.cpuid.end(), [&](const auto& row) {
    return row.leaf != fresh.leaf ? row.leaf > fresh.leaf : row.subleaf > fresh.subleaf;
  });
  return *cpu.cpuid.insert(behind, fresh);
}

/// MONITOR and MWAIT say in leaf 5 on what lines and to what states.
bool has_monitor_leaf(const MachineCpuModel& cpu) {
  const MachineCpuidLeaf* row = find_row(cpu, 5, 0);
  return row != nullptr && (row->eax & 0xFFFF) != 0 && (row->ebx & 0xFFFF) != 0;
}

void check_addition(const FeatureRow& feature, const Place& place, const MachineCpuModel& cpu) {
  if (feature.adding != Against::nothing)
    fail(place, fmt::format("'{}' cannot be added: {}", feature.name, reason(feature.adding)));
  const std::string name = feature.name;
  const bool monitor = name == "monitor" && !has_monitor_leaf(cpu);
  if (monitor || !is_in_range(cpu, feature.leaf))
    fail(place, fmt::format("'{}' cannot be added: the processor {} has no CPUID leaf {:#x}", name,
                            cpu.name, monitor ? 5 : feature.leaf));
}

void check_removal(const FeatureRow& feature, const Place& place) {
  if (feature.removing != Against::nothing)
    fail(place,
         fmt::format("'{}' cannot be taken away: {}", feature.name, reason(feature.removing)));
}

}  // namespace

std::vector<FeatureChange> parse_feature_changes(const std::string& text, const Place& place) {
  std::vector<FeatureChange> changes;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    std::string item = text.substr(at, comma - at);
    at = comma + 1;
    item.erase(0, item.find_first_not_of(' '));
    item.erase(item.find_last_not_of(' ') + 1);
    if (item.empty() && text.find_first_not_of(' ') == std::string::npos) return changes;
    if (item.size() < 2 || (item[0] != '+' && item[0] != '-'))
      fail(place, fmt::format("'{}' is no change; allowed: +name or -name, with commas", item));
    const std::string name = item.substr(1);
    if (find_feature(name) == nullptr) {
      const auto close = meant_feature(name);
      fail(place, fmt::format("unknown feature '{}'; names are those of /proc/cpuinfo{}", name,
                              close ? fmt::format("; did you mean '{}'?", *close) : ""));
    }
    for (const FeatureChange& other : changes)
      if (other.name == name) fail(place, fmt::format("'{}' is there twice", name));
    changes.push_back({name, item[0] == '+'});
  }
  return changes;
}

void apply_feature_changes(const std::vector<FeatureChange>& changes, const Place& place,
                           MachineCpuModel& cpu) {
  for (const FeatureChange& change : changes) {
    const FeatureRow* feature = find_feature(change.name);
    if (feature == nullptr) fail(place, fmt::format("unknown feature '{}'", change.name));
    if (is_set(cpu, *feature) == change.present) continue;
    if (change.present)
      check_addition(*feature, place, cpu);
    else
      check_removal(*feature, place);
    std::uint32_t& word = need_row(cpu, *feature).*member(feature->output);
    word ^= std::uint32_t{1} << feature->bit;
  }
}

std::optional<bool> has_cpu_feature(const MachineCpuModel& cpu, const std::string& name) {
  const FeatureRow* feature = find_feature(name);
  if (feature == nullptr) return std::nullopt;
  return is_set(cpu, *feature);
}

}  // namespace apicsim
