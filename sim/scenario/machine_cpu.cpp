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
  row(cpu, kExtended).eax = cpu.max_extended_leaf;
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
  take(root, "apic_version", cpu.apic_version, 0x10, 0x15);
  take(root, "apic_max_lvt", cpu.apic_max_lvt, 3, 6);
  take(root, "apic_directed_eoi", cpu.apic_directed_eoi);
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
  set_highest(cpu);
  if (counts == PackageCounts::present) count_present(cpu, topology);
  sort_rows(cpu);
  return cpu;
}

}  // namespace apicsim
