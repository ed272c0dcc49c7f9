#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/scenario/machine_parts.h"
#include "sim/scenario/toml_take.h"

namespace apicsim {

namespace {

constexpr std::uint32_t kMostCpus = 4096;
/// Largest id that an xAPIC and a MADT local APIC structure hold; 255 is the broadcast.
constexpr std::uint32_t kLastXapicId = 254;

enum class Numbering { threads_last, apic_id };
enum class UidRule { apic_id, number };

void read_shape(TomlTable& table, CpuTopology& shape) {
  shape.sockets = static_cast<std::uint32_t>(table.need_number("sockets", 1, 64));
  shape.cores_per_socket =
      static_cast<std::uint32_t>(table.need_number("cores_per_socket", 1, 256));
  shape.threads_per_core = static_cast<std::uint32_t>(table.need_number("threads_per_core", 1, 2));
}

std::uint32_t bits_for(std::uint32_t count) {
  std::uint32_t bits = 0;
  while ((std::uint32_t{1} << bits) < count) ++bits;
  return bits;
}

/// The smallest field widths (SDM Vol. 3 §9.9.1) unless the file gives wider ones.
void read_shifts(TomlTable& table, CpuTopology& shape) {
  shape.core_shift = bits_for(shape.threads_per_core);
  take(table, "core_shift", shape.core_shift, 0, 8);
  shape.socket_shift = shape.core_shift + bits_for(shape.cores_per_socket);
  take(table, "socket_shift", shape.socket_shift, 0, 16);
}

void apply_override(TomlTable& table, std::uint32_t cpus, CpuTopology& shape) {
  const bool variable = table.flag("variable").value_or(false);
  if (cpus == 0) return;
  if (!variable) {
    throw ScenarioError(table.place(),
                        "this machine has a fixed number of CPUs; remove 'cpus' from the scenario, "
                        "or choose a machine whose topology is variable");
  }
  const std::uint32_t per_core = shape.sockets * shape.threads_per_core;
  if (cpus % per_core != 0 || cpus > kMostCpus) {
    throw ScenarioError(
        table.place(),
        fmt::format("{} CPUs do not divide into {} sockets with {} threads per "
                    "core; allowed: multiples of {} up to {}",
                    cpus, shape.sockets, shape.threads_per_core, per_core, kMostCpus));
  }
  shape.cores_per_socket = cpus / per_core;
}

std::vector<MachineCpu> enumerate(const CpuTopology& shape) {
  std::vector<MachineCpu> cpus;
  for (std::uint32_t thread = 0; thread < shape.threads_per_core; ++thread) {
    for (std::uint32_t socket = 0; socket < shape.sockets; ++socket) {
      for (std::uint32_t core = 0; core < shape.cores_per_socket; ++core) {
        MachineCpu cpu;
        cpu.apic_id = socket << shape.socket_shift | core << shape.core_shift | thread;
        cpu.node = socket;
        cpu.socket = socket;
        cpu.core = core;
        cpu.thread = thread;
        cpus.push_back(cpu);
      }
    }
  }
  return cpus;
}

/// Explicit ids, for a machine whose firmware numbers its CPUs in another way.
void take_apic_ids(TomlTable& table, std::vector<MachineCpu>& cpus) {
  if (!table.has("apic_ids")) return;
  const auto ids = table.numbers("apic_ids", 0, 0xFFFFFFFE);
  if (ids.size() != cpus.size()) {
    table.fail("apic_ids",
               fmt::format("has {} ids; the topology has {} CPUs", ids.size(), cpus.size()));
  }
  for (std::size_t i = 0; i < ids.size(); ++i) cpus[i].apic_id = static_cast<std::uint32_t>(ids[i]);
}

void check_apic_ids(TomlTable& table, const std::vector<MachineCpu>& cpus) {
  const std::string key = table.has("apic_ids") ? "apic_ids" : "core_shift";
  std::map<std::uint32_t, std::uint32_t> owners;
  for (const MachineCpu& cpu : cpus) {
    const auto [owner, fresh] = owners.emplace(cpu.apic_id, cpu.number);
    if (!fresh) {
      const std::string cure = key == "apic_ids" ? "give each CPU an id of its own"
                                                 : "make 'core_shift' or 'socket_shift' larger";
      const std::string what = fmt::format("CPUs {} and {} both have APIC id {:#x}; {}",
                                           owner->second, cpu.number, cpu.apic_id, cure);
      if (table.has(key)) table.fail(key, what);
      table.fail(what);
    }
  }
}

void number(std::vector<MachineCpu>& cpus, Numbering numbering, UidRule uids) {
  if (numbering == Numbering::apic_id) {
    std::stable_sort(cpus.begin(), cpus.end(), [](const MachineCpu& a, const MachineCpu& b) {
      return a.apic_id < b.apic_id;
    });
  }
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    cpus[i].number = static_cast<std::uint32_t>(i);
    cpus[i].bootstrap = i == 0;
    cpus[i].uid = uids == UidRule::apic_id ? cpus[i].apic_id : cpus[i].number;
  }
}

}  // namespace

void read_topology(TomlTable& root, std::uint32_t cpus, Machine& machine) {
  TomlTable table = root.need_table("topology");
  CpuTopology& shape = machine.topology;
  read_shape(table, shape);
  apply_override(table, cpus, shape);
  read_shifts(table, shape);
  machine.cpus = enumerate(shape);
  take_apic_ids(table, machine.cpus);
  const auto numbering =
      table
          .choice<Numbering>("numbering", {{"threads-last", Numbering::threads_last},
                                           {"apic-id", Numbering::apic_id}})
          .value_or(Numbering::threads_last);
  const auto uids =
      table.choice<UidRule>("uid", {{"apic-id", UidRule::apic_id}, {"number", UidRule::number}})
          .value_or(UidRule::number);
  number(machine.cpus, numbering, uids);
  check_apic_ids(table, machine.cpus);
  if (machine.cpus[0].apic_id > kLastXapicId) {
    table.fail(fmt::format("the bootstrap processor has APIC id {:#x}; allowed: up to {:#x}",
                           machine.cpus[0].apic_id, kLastXapicId));
  }
}

}  // namespace apicsim
