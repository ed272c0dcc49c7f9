#include <fmt/format.h>

#include <algorithm>

#include "sim/scenario/machine_parts.h"
#include "sim/scenario/toml_take.h"

namespace apicsim {

namespace {

constexpr std::uint32_t kExtended = 0x80000000;
constexpr std::uint32_t kBrandLeaf = 0x80000002;
constexpr std::size_t kVendorWidth = 12;
constexpr std::size_t kBrandWidth = 47;

/// Does the processor count what its package could hold, or (as an emulator does) what is there?
enum class PackageCounts { possible, present };

MachineCpuidLeaf& row(MachineCpuModel& cpu, std::uint32_t leaf, std::uint32_t subleaf = 0) {
  for (MachineCpuidLeaf& existing : cpu.cpuid) {
    if (existing.leaf == leaf && existing.subleaf == subleaf) return existing;
  }
  MachineCpuidLeaf fresh;
  fresh.leaf = leaf;
  fresh.subleaf = subleaf;
  cpu.cpuid.push_back(fresh);
  return cpu.cpuid.back();
}

std::uint32_t word(const std::string& text, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::uint32_t c = at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : 0;
    value |= c << (8 * i);
  }
  return value;
}

void read_identity(TomlTable& root, MachineCpuModel& cpu) {
  cpu.vendor = root.need_text("vendor");
  if (cpu.vendor.size() != kVendorWidth) {
    root.fail("vendor", fmt::format("'{}' must have exactly 12 characters", cpu.vendor));
  }
  root.need_text("brand");
  take_text(root, "brand", cpu.brand, kBrandWidth);
  cpu.family = static_cast<std::uint32_t>(root.need_number("family", 0, 0x10E));
  cpu.model = static_cast<std::uint32_t>(root.need_number("model", 0, 0xFF));
  cpu.stepping = static_cast<std::uint32_t>(root.need_number("stepping", 0, 0xF));
  take(root, "microcode", cpu.microcode);
  take(root, "perf_capabilities", cpu.perf_capabilities);
}

void read_clocks(TomlTable& root, MachineCpuModel& cpu) {
  cpu.reference_hz = root.need_frequency("reference");
  cpu.tsc_hz = root.need_frequency("tsc");
  cpu.apic_timer_hz = root.need_frequency("apic_timer");
}

void read_rows(TomlTable& root, MachineCpuModel& cpu) {
  for (TomlTable& table : root.tables("cpuid")) {
    MachineCpuidLeaf leaf;
    leaf.leaf = static_cast<std::uint32_t>(table.need_number("leaf", 0, 0xFFFFFFFF));
    leaf.indexed = table.has("subleaf");
    take(table, "subleaf", leaf.subleaf);
    take(table, "eax", leaf.eax);
    take(table, "ebx", leaf.ebx);
    take(table, "ecx", leaf.ecx);
    take(table, "edx", leaf.edx);
    for (const MachineCpuidLeaf& other : cpu.cpuid) {
      if (other.leaf == leaf.leaf && (other.subleaf == leaf.subleaf || !other.indexed)) {
        table.fail("leaf", fmt::format("{:#x} is there twice", leaf.leaf));
      }
    }
    cpu.cpuid.push_back(leaf);
  }
}

/// CPUID.1:EAX, SDM Vol. 2 figure 3-6.
std::uint32_t signature(const MachineCpuModel& cpu) {
  const std::uint32_t family = std::min(cpu.family, 0xFU);
  const std::uint32_t extended = cpu.family - family;
  return extended << 20 | (cpu.model >> 4) << 16 | family << 8 | (cpu.model & 0xF) << 4 |
         cpu.stepping;
}

/// The rows that say what the named keys of the file say.
void add_named_rows(MachineCpuModel& cpu) {
  row(cpu, 1).eax = signature(cpu);
  row(cpu, 0) = {0, 0, false, 0, word(cpu.vendor, 0), word(cpu.vendor, 8), word(cpu.vendor, 4)};
  for (std::uint32_t i = 0; i < 3; ++i) {
    row(cpu, kBrandLeaf + i) = {kBrandLeaf + i,
                                0,
                                false,
                                word(cpu.brand, 16 * i),
                                word(cpu.brand, 16 * i + 4),
                                word(cpu.brand, 16 * i + 8),
                                word(cpu.brand, 16 * i + 12)};
  }
  row(cpu, kExtended + 8).eax = cpu.linear_address_bits << 8 | cpu.physical_address_bits;
  row(cpu, kExtended);
}

void set_highest(MachineCpuModel& cpu) {
  for (const MachineCpuidLeaf& leaf : cpu.cpuid) {
    std::uint32_t& highest = leaf.leaf >= kExtended ? cpu.max_extended_leaf : cpu.max_basic_leaf;
    highest = std::max(highest, leaf.leaf);
  }
  row(cpu, 0).eax = cpu.max_basic_leaf;
  if (cpu.max_extended_leaf != 0) row(cpu, kExtended).eax = cpu.max_extended_leaf;
}

/// Leaf 0xB, SDM Vol. 2: shift to the next level, logical processors, level number and type.
void add_topology_leaf(MachineCpuModel& cpu, const CpuTopology& topology) {
  constexpr std::uint32_t leaf = 0xB;
  constexpr std::uint32_t smt_level = 1 << 8;
  constexpr std::uint32_t core_level = 2 << 8;
  const std::uint32_t threads = topology.threads_per_core;
  cpu.cpuid.push_back({leaf, 0, true, topology.core_shift, threads, smt_level, 0});
  cpu.cpuid.push_back({leaf, 1, true, topology.socket_shift, threads * topology.cores_per_socket,
                       core_level | 1, 0});
}

/// What an emulator derives from the number of CPUs: leaf 1 EBX[23:16], leaf 4 EAX[31:26] and, for
/// the cache that all cores share, EAX[25:14].
void count_present(MachineCpuModel& cpu, const CpuTopology& topology) {
  const std::uint32_t cores = topology.cores_per_socket;
  MachineCpuidLeaf& features = row(cpu, 1);
  const std::uint32_t logical = cores * topology.threads_per_core;
  features.ebx = (features.ebx & 0xFF00FFFF) | (logical & 0xFF) << 16;
  for (MachineCpuidLeaf& cache : cpu.cpuid) {
    if (cache.leaf != 4 || (cache.eax & 0x1F) == 0) continue;
    constexpr std::uint32_t level_3 = 3 << 5;
    const bool shared = (cache.eax & 0xE0) == level_3;
    const std::uint32_t sharing = shared ? (1U << topology.socket_shift) - 1 : 0;
    cache.eax = (cache.eax & 0x3FFF) | ((cores - 1) & 0x3F) << 26 | (sharing & 0xFFF) << 14;
  }
}

void check_rows(const TomlTable& root, const MachineCpuModel& cpu) {
  for (const MachineCpuidLeaf& leaf : cpu.cpuid) {
    if (leaf.leaf == 0xB || (leaf.leaf >= kBrandLeaf && leaf.leaf < kBrandLeaf + 3)) {
      root.fail("cpuid", fmt::format("leaf {:#x} follows from other keys; remove it", leaf.leaf));
    }
  }
}

void sort_rows(MachineCpuModel& cpu) {
  std::sort(cpu.cpuid.begin(), cpu.cpuid.end(),
            [](const MachineCpuidLeaf& a, const MachineCpuidLeaf& b) {
              return a.leaf != b.leaf ? a.leaf < b.leaf : a.subleaf < b.subleaf;
            });
}

/// Versions that a generation may have, SDM Vol. 3 §11.4.8, and its usual number of LVT entries.
struct ApicLimits {
  std::uint32_t lowest;
  std::uint32_t highest;
  std::uint32_t max_lvt;
};

ApicLimits limits_of(ApicGeneration generation) {
  switch (generation) {
    case ApicGeneration::i82489dx:
      return {0x00, 0x0F, 2};
    case ApicGeneration::p6:
      return {0x10, 0x13, 4};
    case ApicGeneration::xapic:
      break;
  }
  return {0x10, 0x15, 6};
}

void read_apic(TomlTable& root, MachineCpuModel& cpu) {
  cpu.apic = root.choice<ApicGeneration>("apic", {{"82489dx", ApicGeneration::i82489dx},
                                                  {"p6", ApicGeneration::p6},
                                                  {"xapic", ApicGeneration::xapic}})
                 .value_or(ApicGeneration::xapic);
  const ApicLimits limits = limits_of(cpu.apic);
  const bool serial = cpu.apic != ApicGeneration::xapic;
  cpu.apic_version = limits.highest;
  cpu.apic_max_lvt = limits.max_lvt;
  cpu.apic_directed_eoi = !serial;
  take(root, "apic_version", cpu.apic_version, limits.lowest, limits.highest);
  take(root, "apic_max_lvt", cpu.apic_max_lvt, 2, limits.max_lvt);
  if (serial)
    cpu.apic_bus_hz = root.need_frequency("apic_bus");
  else
    take(root, "apic_directed_eoi", cpu.apic_directed_eoi);
}

/// The highest basic leaf of a processor that has fewer than what follows from other keys.
std::uint32_t read_last_leaf(TomlTable& root) {
  constexpr std::uint32_t highest = 0x1F;
  std::uint32_t leaf = highest;
  take(root, "last_leaf", leaf, 1, highest);
  return leaf;
}

void drop_leaves(MachineCpuModel& cpu, std::uint32_t last_basic, bool extended) {
  const auto absent = [&](const MachineCpuidLeaf& leaf) {
    return leaf.leaf >= kExtended ? !extended : leaf.leaf > last_basic;
  };
  cpu.cpuid.erase(std::remove_if(cpu.cpuid.begin(), cpu.cpuid.end(), absent), cpu.cpuid.end());
}

}  // namespace

MachineCpuModel load_cpu_model(const std::string& path, const std::string& name,
                               const CpuTopology& topology) {
  TomlDocument document = TomlDocument::load(path);
  TomlTable root = document.root();
  MachineCpuModel cpu;
  cpu.name = name;
  root.need_text("title");
  read_identity(root, cpu);
  read_clocks(root, cpu);
  take(root, "physical_address_bits", cpu.physical_address_bits, 32, 52);
  take(root, "linear_address_bits", cpu.linear_address_bits, 48, 48);
  read_apic(root, cpu);
  const std::uint32_t last_leaf = read_last_leaf(root);
  bool extended_leaves = true;
  take(root, "extended_leaves", extended_leaves);
  const auto counts =
      root.choice<PackageCounts>("package_counts", {{"possible", PackageCounts::possible},
                                                    {"present", PackageCounts::present}})
          .value_or(PackageCounts::possible);
  take_text(root, "timing", cpu.timing_profile, kBrandWidth);
  read_rows(root, cpu);
  document.finish();
  check_rows(root, cpu);
  add_named_rows(cpu);
  add_topology_leaf(cpu, topology);
  drop_leaves(cpu, last_leaf, extended_leaves);
  set_highest(cpu);
  if (counts == PackageCounts::present) count_present(cpu, topology);
  sort_rows(cpu);
  return cpu;
}

}  // namespace apicsim
