#include <fmt/format.h>

#include <algorithm>

#include "models/firmware/acpi_tables.h"
#include "models/firmware/spec/fadt_fields.h"
#include "sim/scenario/machine_parts.h"
#include "sim/scenario/table_entries.h"
#include "sim/scenario/toml_take.h"

namespace apicsim {

namespace {

constexpr std::uint32_t kLastXapicId = 254;

std::uint64_t take_count(TomlTable& entry) { return entry.number("count", 1, 4096).value_or(1); }

/// What an entry of a table stands for: one structure, or one for each CPU or I/O APIC.
enum class MadtKind {
  cpus,
  io_apics,
  local_apic,
  local_x2apic,
  io_apic,
  source_override,
  nmi_source,
  local_apic_nmi,
  x2apic_nmi,
  cpus_nmi,
  local_apic_address,
  io_sapic,
  local_sapic,
  platform_interrupt,
  wakeup,
  raw
};

const std::vector<std::pair<std::string, MadtKind>> kMadtKinds = {
    {"cpus", MadtKind::cpus},
    {"io-apics", MadtKind::io_apics},
    {"local-apic", MadtKind::local_apic},
    {"local-x2apic", MadtKind::local_x2apic},
    {"io-apic", MadtKind::io_apic},
    {"override", MadtKind::source_override},
    {"nmi-source", MadtKind::nmi_source},
    {"local-apic-nmi", MadtKind::local_apic_nmi},
    {"x2apic-nmi", MadtKind::x2apic_nmi},
    {"cpus-nmi", MadtKind::cpus_nmi},
    {"local-apic-address", MadtKind::local_apic_address},
    {"io-sapic", MadtKind::io_sapic},
    {"local-sapic", MadtKind::local_sapic},
    {"platform-interrupt", MadtKind::platform_interrupt},
    {"wakeup", MadtKind::wakeup},
    {"raw", MadtKind::raw}};

bool has_wide_entry(const MachineCpu& cpu) {
  return cpu.apic_id > kLastXapicId || cpu.uid > kLastXapicId;
}

MadtEntry entry_of(const MachineCpu& cpu) {
  if (has_wide_entry(cpu)) {
    return MadtLocalX2apic{cpu.apic_id, 1, cpu.uid};
  }
  return MadtLocalApic{static_cast<std::uint8_t>(cpu.uid), static_cast<std::uint8_t>(cpu.apic_id),
                       1};
}

MadtLocalApic read_local_apic(TomlTable& entry) {
  MadtLocalApic e;
  take(entry, "uid", e.uid);
  take(entry, "apic_id", e.apic_id);
  take(entry, "flags", e.flags);
  return e;
}

MadtLocalX2apic read_local_x2apic(TomlTable& entry) {
  MadtLocalX2apic e;
  take(entry, "uid", e.uid);
  take(entry, "apic_id", e.apic_id);
  take(entry, "flags", e.flags);
  take(entry, "reserved", e.reserved);
  return e;
}

MadtIoApic read_io_apic(TomlTable& entry) {
  MadtIoApic e;
  take(entry, "reserved", e.reserved);
  take(entry, "id", e.id);
  take(entry, "address", e.address);
  take(entry, "gsi_base", e.gsi_base);
  return e;
}

MadtOverride read_override(TomlTable& entry) {
  MadtOverride e;
  take(entry, "bus", e.bus);
  e.source = static_cast<std::uint8_t>(entry.need_number("source", 0, 255));
  e.gsi = static_cast<std::uint32_t>(entry.need_number("gsi", 0, 0xFFFFFFFF));
  take(entry, "flags", e.flags);
  return e;
}

MadtNmiSource read_nmi_source(TomlTable& entry) {
  MadtNmiSource e;
  take(entry, "flags", e.flags);
  take(entry, "gsi", e.gsi);
  return e;
}

MadtLocalApicNmi read_local_apic_nmi(TomlTable& entry) {
  MadtLocalApicNmi e;
  take(entry, "uid", e.uid);
  take(entry, "flags", e.flags);
  take(entry, "lint", e.lint);
  return e;
}

MadtX2apicNmi read_x2apic_nmi(TomlTable& entry) {
  MadtX2apicNmi e;
  take(entry, "uid", e.uid);
  take(entry, "flags", e.flags);
  take(entry, "lint", e.lint);
  take(entry, "reserved", e.reserved, 0, 0xFFFFFF);
  return e;
}

MadtLocalApicAddress read_local_apic_address(TomlTable& entry) {
  MadtLocalApicAddress e;
  e.address = entry.need_number("address");
  take(entry, "reserved", e.reserved);
  return e;
}

MadtIoSapic read_io_sapic(TomlTable& entry) {
  MadtIoSapic e;
  take(entry, "id", e.id);
  take(entry, "reserved", e.reserved);
  take(entry, "gsi_base", e.gsi_base);
  take(entry, "address", e.address);
  return e;
}

MadtLocalSapic read_local_sapic(TomlTable& entry) {
  MadtLocalSapic e;
  take(entry, "uid", e.uid);
  take(entry, "id", e.id);
  take(entry, "eid", e.eid);
  take(entry, "flags", e.flags);
  take(entry, "processor_uid", e.processor_uid);
  take_text(entry, "uid_text", e.uid_text, 200);
  return e;
}

MadtPlatformInterrupt read_platform_interrupt(TomlTable& entry) {
  MadtPlatformInterrupt e;
  take(entry, "flags", e.flags);
  take(entry, "interrupt_type", e.type);
  take(entry, "processor_id", e.processor_id);
  take(entry, "processor_eid", e.processor_eid);
  take(entry, "vector", e.vector);
  take(entry, "gsi", e.gsi);
  take(entry, "source_flags", e.source_flags);
  return e;
}

MadtWakeup read_wakeup(TomlTable& entry) {
  MadtWakeup e;
  take(entry, "version", e.version);
  take(entry, "reserved", e.reserved);
  take(entry, "mailbox", e.mailbox);
  return e;
}

/// For all CPUs, in the form that reaches them: the 8-bit uid 255 means those with 8-bit entries
/// only (ACPI §5.2.12.7, §5.2.12.13).
MadtEntry read_cpus_nmi(TomlTable& entry, const Machine& machine) {
  const bool wide = std::any_of(machine.cpus.begin(), machine.cpus.end(), has_wide_entry);
  MadtX2apicNmi e;
  take(entry, "flags", e.flags);
  take(entry, "lint", e.lint, 0, 1);
  e.uid = 0xFFFFFFFF;
  if (wide) return e;
  return MadtLocalApicNmi{0xFF, e.flags, e.lint};
}

MadtEntry read_single(TomlTable& entry, MadtKind kind) {
  switch (kind) {
    case MadtKind::local_x2apic:
      return read_local_x2apic(entry);
    case MadtKind::io_apic:
      return read_io_apic(entry);
    case MadtKind::source_override:
      return read_override(entry);
    case MadtKind::nmi_source:
      return read_nmi_source(entry);
    case MadtKind::local_apic_nmi:
      return read_local_apic_nmi(entry);
    case MadtKind::x2apic_nmi:
      return read_x2apic_nmi(entry);
    case MadtKind::local_apic_address:
      return read_local_apic_address(entry);
    case MadtKind::io_sapic:
      return read_io_sapic(entry);
    case MadtKind::local_sapic:
      return read_local_sapic(entry);
    case MadtKind::platform_interrupt:
      return read_platform_interrupt(entry);
    case MadtKind::wakeup:
      return read_wakeup(entry);
    case MadtKind::raw:
      return RawEntry{entry.need_bytes("body")};
    default:
      return read_local_apic(entry);
  }
}

/// A type by its number, with the bytes behind type and length.
bool has_number(TomlTable& entry) { return entry.has("type") && !entry.is_text("type"); }

RawEntry read_numbered(TomlTable& entry) {
  const auto type = entry.need_number("type", 0, 255);
  const Bytes body = entry.need_bytes("body");
  if (body.size() > 253) entry.fail("body", "has at most 253 bytes");
  return RawEntry{raw_structure(type, body, 1)};
}

void append_single(TomlTable& entry, const MadtEntry& single, std::vector<MadtEntry>& out) {
  const auto length = entry.number("length", 0, 255);
  const MadtEntry written =
      length ? RawEntry{with_length(encode_entry(single), *length, 1)} : single;
  out.insert(out.end(), take_count(entry), written);
}

void append(TomlTable& entry, const Machine& machine, std::vector<MadtEntry>& out) {
  if (has_number(entry)) return append_single(entry, read_numbered(entry), out);
  const MadtKind kind = entry.need_choice("type", kMadtKinds);
  if (kind == MadtKind::cpus) {
    for (const MachineCpu& cpu : machine.cpus) out.push_back(entry_of(cpu));
    return;
  }
  if (kind == MadtKind::io_apics) {
    for (const IoApicDevice& io_apic : machine.devices.io_apics) {
      out.push_back(MadtIoApic{static_cast<std::uint8_t>(io_apic.id),
                               static_cast<std::uint32_t>(io_apic.address), io_apic.gsi_base});
    }
    return;
  }
  if (kind == MadtKind::cpus_nmi) {
    out.push_back(read_cpus_nmi(entry, machine));
    return;
  }
  append_single(entry, read_single(entry, kind), out);
}

enum class SratKind { cpus, local_apic, local_x2apic, memory, raw };

const std::vector<std::pair<std::string, SratKind>> kSratKinds = {
    {"cpus", SratKind::cpus},
    {"local-apic", SratKind::local_apic},
    {"local-x2apic", SratKind::local_x2apic},
    {"memory", SratKind::memory},
    {"raw", SratKind::raw}};

SratEntry srat_entry_of(const MachineCpu& cpu) {
  if (cpu.apic_id > kLastXapicId) return SratX2apic{cpu.node, cpu.apic_id, 1, 0};
  SratLocalApic e;
  e.proximity = cpu.node;
  e.apic_id = static_cast<std::uint8_t>(cpu.apic_id);
  return e;
}

void append_cpus(const Machine& machine, std::vector<SratEntry>& out) {
  std::vector<MachineCpu> cpus = machine.cpus;
  std::sort(cpus.begin(), cpus.end(),
            [](const MachineCpu& a, const MachineCpu& b) { return a.apic_id < b.apic_id; });
  for (const MachineCpu& cpu : cpus) out.push_back(srat_entry_of(cpu));
}

SratEntry read_single(TomlTable& entry, SratKind kind) {
  if (kind == SratKind::raw) return RawEntry{entry.need_bytes("body")};
  if (kind == SratKind::memory) {
    SratMemory e;
    take(entry, "proximity", e.proximity);
    e.base = entry.need_number("base");
    e.length = entry.need_size("size");
    take(entry, "flags", e.flags);
    return e;
  }
  if (kind == SratKind::local_x2apic) {
    SratX2apic e;
    take(entry, "clock_domain", e.clock_domain);
    take(entry, "proximity", e.proximity);
    take(entry, "apic_id", e.apic_id);
    take(entry, "flags", e.flags);
    return e;
  }
  SratLocalApic e;
  take(entry, "sapic_eid", e.sapic_eid);
  take(entry, "clock_domain", e.clock_domain);
  take(entry, "proximity", e.proximity);
  take(entry, "apic_id", e.apic_id);
  take(entry, "flags", e.flags);
  return e;
}

}  // namespace

MadtDescription read_madt(TomlTable& table, const Machine& machine) {
  MadtDescription madt;
  take(table, "local_apic_address", madt.local_apic_address);
  take(table, "flags", madt.flags);
  for (TomlTable& entry : table.tables("entries")) append(entry, machine, madt.entries);
  return madt;
}

SratDescription read_srat(TomlTable& table, const Machine& machine) {
  SratDescription srat;
  take(table, "table_revision", srat.table_revision);
  for (TomlTable& entry : table.tables("entries")) {
    const SratKind kind = entry.need_choice("type", kSratKinds);
    if (kind == SratKind::cpus) {
      append_cpus(machine, srat.entries);
      continue;
    }
    const SratEntry single = read_single(entry, kind);
    srat.entries.insert(srat.entries.end(), take_count(entry), single);
  }
  return srat;
}

GenericAddress read_address(TomlTable& table, const std::string& key, GenericAddress address) {
  auto value = table.table(key);
  if (!value) return address;
  const std::vector<std::pair<std::string, std::uint8_t>> spaces = {
      {"memory", 0}, {"io", 1}, {"pci", 2}};
  if (value->has("space") && !value->is_text("space"))
    address.space = static_cast<std::uint8_t>(value->need_number("space", 0, 255));
  else
    address.space = value->need_choice("space", spaces);
  address.address = value->need_number("address");
  take(*value, "bit_width", address.bit_width);
  take(*value, "bit_offset", address.bit_offset);
  take(*value, "access_size", address.access_size);
  return address;
}

FadtDescription read_fadt(TomlTable& table) {
  FadtDescription fadt;
  take(table, "facs_in_32", fadt.facs_in_32);
  take(table, "facs_in_64", fadt.facs_in_64);
  take(table, "dsdt_in_32", fadt.dsdt_in_32);
  take(table, "dsdt_in_64", fadt.dsdt_in_64);
  for (const fadt::Field& field : fadt::fields) {
    const std::uint64_t max = (std::uint64_t{1} << (8 * field.width)) - 1;
    take(table, field.name, fadt.*field.member, 0, max);
  }
  for (const fadt::AddressField& field : fadt::address_fields) {
    fadt.*field.member = read_address(table, field.name, fadt.*field.member);
  }
  take(table, "hypervisor_vendor", fadt.hypervisor_vendor);
  return fadt;
}

}  // namespace apicsim
