#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "models/firmware/acpi_header.h"
#include "models/firmware/dump_file.h"
#include "models/firmware/firmware_error.h"
#include "sim/scenario/machine_parts.h"
#include "sim/scenario/toml_take.h"

namespace apicsim {

namespace {

/// A creator id is a number, or the four characters that it consists of.
void take_creator(TomlTable& table, std::uint32_t& out) {
  if (!table.is_text("creator_id")) {
    take(table, "creator_id", out);
    return;
  }
  const std::string text = table.need_text("creator_id");
  if (text.size() != 4) table.fail("creator_id", "must have exactly 4 characters, or be a number");
  out = 0;
  for (std::size_t i = 0; i < 4; ++i) out |= static_cast<std::uint32_t>(text[i] & 0xFF) << (8 * i);
}

const char* const kNameKeys[] = {"revision",     "oem_id",     "oem_table_id",
                                 "oem_revision", "creator_id", "creator_revision"};

/// What the tables of one firmware have in common.
void take_names(TomlTable& table, AcpiHeader& header) {
  take(table, "revision", header.revision);
  take_text(table, "oem_id", header.oem_id, 6);
  take_text(table, "oem_table_id", header.oem_table_id, 8);
  take(table, "oem_revision", header.oem_revision);
  take_creator(table, header.creator_id);
  take(table, "creator_revision", header.creator_revision);
}

void take_header(TomlTable& table, AcpiHeader& header) {
  take_names(table, header);
  if (const auto length = table.number("length", 0, 0xFFFFFFFF))
    header.stated_length = static_cast<std::uint32_t>(*length);
  take(table, "checksum_error", header.checksum_error);
}

HpetTableDescription read_hpet(TomlTable& table) {
  HpetTableDescription hpet;
  take(table, "block_id", hpet.block_id);
  hpet.address = read_address(table, "address_structure", hpet.address);
  take(table, "number", hpet.number);
  take(table, "minimum_tick", hpet.minimum_tick);
  take(table, "page_protection", hpet.page_protection);
  return hpet;
}

McfgDescription read_mcfg(TomlTable& table) {
  McfgDescription mcfg;
  take(table, "reserved", mcfg.reserved);
  for (TomlTable& entry : table.tables("allocations")) {
    McfgAllocation allocation;
    allocation.base = entry.need_number("base");
    take(entry, "segment", allocation.segment);
    take(entry, "start_bus", allocation.start_bus);
    take(entry, "end_bus", allocation.end_bus);
    take(entry, "reserved", allocation.reserved);
    mcfg.allocations.push_back(allocation);
  }
  return mcfg;
}

SlitDescription read_slit(TomlTable& table) {
  SlitDescription slit;
  for (TomlTable& row : table.tables("rows")) {
    std::vector<std::uint8_t> distances;
    for (const std::uint64_t value : row.numbers("distances", 10, 255)) {
      distances.push_back(static_cast<std::uint8_t>(value));
    }
    slit.distances.push_back(distances);
  }
  return slit;
}

SpcrDescription read_spcr(TomlTable& table) {
  SpcrDescription spcr;
  take(table, "interface_type", spcr.interface_type);
  spcr.address = read_address(table, "address_structure", spcr.address);
  take(table, "interrupt_type", spcr.interrupt_type);
  take(table, "irq", spcr.irq);
  take(table, "gsi", spcr.gsi);
  take(table, "baud_rate", spcr.baud_rate);
  take(table, "parity", spcr.parity);
  take(table, "stop_bits", spcr.stop_bits);
  take(table, "flow_control", spcr.flow_control);
  take(table, "terminal_type", spcr.terminal_type);
  take(table, "pci_device_id", spcr.pci_device_id);
  take(table, "pci_vendor_id", spcr.pci_vendor_id);
  take(table, "pci_bus", spcr.pci_bus);
  take(table, "pci_device", spcr.pci_device);
  take(table, "pci_function", spcr.pci_function);
  take(table, "pci_flags", spcr.pci_flags);
  take(table, "pci_segment", spcr.pci_segment);
  return spcr;
}

RawBody read_raw(TomlTable& table) { return RawBody{table.need_bytes("body"), false}; }

/// Signature, name of its table in the file, reader of its body.
struct TableReader {
  const char* signature;
  const char* key;
  std::function<AcpiBody(TomlTable&, const Machine&)> read;
};

std::vector<TableReader> table_readers() {
  return {
      {"FACP", "fadt", [](TomlTable& t, const Machine&) { return read_fadt(t); }},
      {"APIC", "madt", [](TomlTable& t, const Machine& m) { return read_madt(t, m); }},
      {"DMAR", "dmar", [](TomlTable& t, const Machine&) { return read_dmar(t); }},
      {"SRAT", "srat", [](TomlTable& t, const Machine& m) { return read_srat(t, m); }},
      {"SLIT", "slit", [](TomlTable& t, const Machine&) { return read_slit(t); }},
      {"MCFG", "mcfg", [](TomlTable& t, const Machine&) { return read_mcfg(t); }},
      {"HPET", "hpet", [](TomlTable& t, const Machine&) { return read_hpet(t); }},
      {"SPCR", "spcr", [](TomlTable& t, const Machine&) { return read_spcr(t); }},
      {"WAET", "waet", [](TomlTable& t, const Machine&) { return read_raw(t); }},
  };
}

AcpiTable read_table(TomlTable& firmware, const TableReader& reader, const AcpiHeader& standard,
                     const std::string& folder, const Machine& machine) {
  TomlTable table = firmware.need_table(reader.key);
  AcpiTable result;
  result.signature = reader.signature;
  take(table, "address", result.address);
  if (const auto file = table.text("file")) {
    try {
      const Bytes dump =
          read_table_dump((std::filesystem::path(folder) / *file).string(), reader.signature);
      result.header = parse_header(dump);
      result.body = RawBody{dump, true};
    } catch (const FirmwareError& error) {
      table.fail("file", error.what());
    }
    return result;
  }
  result.header = standard;
  take_header(table, result.header);
  result.body = reader.read(table, machine);
  return result;
}

bool is_listed(const Machine& machine, const std::string& signature) {
  const auto& tables = machine.firmware.tables;
  return std::any_of(tables.begin(), tables.end(),
                     [&](const AcpiTable& table) { return table.signature == signature; });
}

/// Those of `tables` in its order, then others that the section describes.
void read_tables(TomlTable& firmware, const AcpiHeader& standard, const std::string& folder,
                 Machine& machine) {
  const std::vector<TableReader> readers = table_readers();
  for (const std::string& signature : firmware.texts("tables")) {
    const auto reader = std::find_if(
        readers.begin(), readers.end(),
        [&](const TableReader& candidate) { return candidate.signature == signature; });
    if (reader == readers.end()) {
      std::string known;
      for (const TableReader& one : readers)
        known += known.empty() ? one.signature : ", " + std::string(one.signature);
      firmware.fail("tables",
                    fmt::format("no description of a table '{}'; allowed: {}", signature, known));
    }
    machine.firmware.tables.push_back(read_table(firmware, *reader, standard, folder, machine));
  }
  for (const TableReader& reader : readers)
    if (firmware.has(reader.key) && !is_listed(machine, reader.signature))
      machine.firmware.tables.push_back(read_table(firmware, reader, standard, folder, machine));
}

void read_root(TomlTable& firmware, const char* key, const AcpiHeader& standard,
               RootTableDescription& out) {
  out.header = standard;
  auto table = firmware.table(key);
  out.present = table.has_value();
  if (!table) return;
  take(*table, "address", out.address);
  take_header(*table, out.header);
}

void read_rsdp(TomlTable& firmware, RsdpDescription& rsdp) {
  TomlTable table = firmware.need_table("rsdp");
  rsdp.address = table.need_number("address", 0xE0000, 0xFFFDC);
  if (rsdp.address % 16 != 0) table.fail("address", "must be a multiple of 16 (ACPI §5.2.5.1)");
  take(table, "revision", rsdp.revision, 0, 2);
  take_text(table, "oem_id", rsdp.oem_id, 6);
  take(table, "checksum_error", rsdp.checksum_error);
}

void read_facs(TomlTable& firmware, FacsDescription& facs) {
  auto table = firmware.table("facs");
  if (!table) return;
  take(*table, "address", facs.address);
  if (facs.address % 64 != 0) table->fail("address", "must be a multiple of 64 (ACPI §5.2.10)");
  take(*table, "hardware_signature", facs.hardware_signature);
  take(*table, "flags", facs.flags);
  take(*table, "version", facs.version, 0, 2);
}

void read_dsdt_table(TomlTable& firmware, const AcpiHeader& standard, Machine& machine) {
  TomlTable table = firmware.need_table("dsdt");
  DsdtTable& dsdt = machine.firmware.dsdt;
  dsdt.header = standard;
  take(table, "address", dsdt.address);
  take_header(table, dsdt.header);
  dsdt.contents = read_dsdt(table, machine);
}

void read_region(TomlTable& firmware, FirmwareDescription& out) {
  take(firmware, "alignment", out.table_alignment, 1, 4096);
  auto region = firmware.table("region");
  if (!region) {
    if (out.region_size == 0)
      firmware.fail("needs a 'region' for the tables, or 'memory.variable'");
    return;
  }
  out.region_base = region->need_number("base");
  out.region_size = region->need_size("size", 0x1000);
}

}  // namespace

std::vector<std::string> description_keys() {
  std::vector<std::string> keys = {"region", "alignment", "tables", "rsdp",
                                   "rsdt",   "xsdt",      "facs",   "dsdt"};
  keys.insert(keys.end(), std::begin(kNameKeys), std::end(kNameKeys));
  for (const TableReader& reader : table_readers()) keys.push_back(reader.key);
  return keys;
}

std::optional<FirmwareOverrides> read_firmware(TomlTable& root, const std::string& folder,
                                               Machine& machine) {
  TomlTable firmware = root.need_table("firmware");
  AcpiHeader standard;
  take_names(firmware, standard);
  read_region(firmware, machine.firmware);
  read_rsdp(firmware, machine.firmware.rsdp);
  read_root(firmware, "rsdt", standard, machine.firmware.rsdt);
  read_root(firmware, "xsdt", standard, machine.firmware.xsdt);
  read_facs(firmware, machine.firmware.facs);
  read_dsdt_table(firmware, standard, machine);
  read_tables(firmware, standard, folder, machine);
  const auto file = firmware.text("acpidump");
  if (!file) return std::nullopt;
  FirmwareOverrides overrides;
  overrides.acpidump =
      FirmwareOverrides::File{std::filesystem::path(folder) / *file, firmware.place("acpidump")};
  for (const AcpiTable& table : machine.firmware.tables) overrides.keep.push_back(table.signature);
  return overrides;
}

}  // namespace apicsim
