#include "sim/scenario/firmware_overrides.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/firmware/acpi_header.h"
#include "models/firmware/acpi_tables.h"
#include "models/firmware/dump_file.h"
#include "models/firmware/firmware_dump.h"
#include "models/firmware/firmware_error.h"
#include "sim/scenario/machine_parts.h"
#include "sim/scenario/nearest.h"

namespace apicsim {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> signatures_of(const Machine& machine) {
  std::vector<std::string> names;
  for (const AcpiTable& table : machine.firmware.tables)
    if (std::find(names.begin(), names.end(), table.signature) == names.end())
      names.push_back(table.signature);
  return names;
}

[[noreturn]] void fail_unknown(const Place& place, const char* key, const std::string& name,
                               const std::vector<std::string>& known) {
  const auto close = nearest_name(name, known);
  throw ScenarioError(place, fmt::format("key 'firmware.{}': there is no table '{}'; allowed: {}{}",
                                         key, name, join_names(known),
                                         close ? fmt::format("; did you mean '{}'?", *close) : ""));
}

std::vector<DumpedTable> read_dump(const FirmwareOverrides::File& file, const char* key,
                                   ChecksumRule checksums) {
  try {
    return read_acpidump(file.path.string(), checksums);
  } catch (const FirmwareError& error) {
    throw ScenarioError(file.place, fmt::format("key 'firmware.{}': {}", key, error.what()));
  }
}

/// May firmware's tables lie there? In memory that exists and that the map keeps from the operating
/// system's general use.
bool is_firmware_memory(const Machine& machine, std::uint64_t address, std::uint64_t size) {
  if (size == 0 || address + size < address || !is_ram(machine, address, size)) return false;
  return std::any_of(machine.memory_map.begin(), machine.memory_map.end(),
                     [&](const MemoryMapEntry& entry) {
                       return entry.type != MemoryType::ram && entry.type != MemoryType::unusable &&
                              address >= entry.base && address + size <= entry.base + entry.size;
                     });
}

void check_kept(const FirmwareOverrides& overrides, const Machine& machine) {
  std::vector<std::string> known = signatures_of(machine);
  known.insert(known.end(), {"DSDT", "FACS"});
  for (const std::string& name : overrides.keep)
    if (std::find(known.begin(), known.end(), name) == known.end())
      fail_unknown(overrides.keep_place, "keep", name, known);
}

void put_dump(const FirmwareOverrides& overrides, const std::vector<DumpedTable>& dump,
              Machine& machine) {
  check_kept(overrides, machine);
  DumpUse use;
  use.keep = overrides.keep;
  use.usable = [&machine](std::uint64_t address, std::uint64_t size) {
    return is_firmware_memory(machine, address, size);
  };
  use_dump(dump, use, machine.firmware);
}

void replace_dsdt(const DumpedTable& table, DsdtTable& dsdt) {
  if (table.bytes.size() > dsdt.dump.size()) dsdt.address = 0;
  dsdt.header = parse_header(table.bytes);
  dsdt.dump = table.bytes;
}

/// A table of the machine keeps its address if the new one is no longer.
void replace_listed(const std::string& signature, const Bytes& bytes,
                    std::vector<AcpiTable>& tables) {
  const auto find = [&] {
    return std::find_if(tables.begin(), tables.end(), [&](const AcpiTable& candidate) {
      return candidate.signature == signature;
    });
  };
  const bool fits = find() != tables.end() && bytes.size() <= build_table(*find()).size();
  replace_table(tables, signature, bytes);
  if (!fits) find()->address = 0;
}

/// Tables that other tables decide about.
bool is_derived(const std::string& signature) {
  return signature == "FACS" || signature == "RSDT" || signature == "XSDT" ||
         signature == "RSD PTR ";
}

void replace_tables(const FirmwareOverrides::File& file, ChecksumRule checksums, Machine& machine) {
  for (const DumpedTable& table : read_dump(file, "replace", checksums)) {
    const std::string& name = table.signature;
    if (name == "DSDT")
      replace_dsdt(table, machine.firmware.dsdt);
    else if (is_derived(name))
      throw ScenarioError(file.place,
                          fmt::format("key 'firmware.replace': {}: a table '{}' follows from the "
                                      "others and cannot be replaced",
                                      file.path.string(), name));
    else
      replace_listed(name, table.bytes, machine.firmware.tables);
  }
}

void put_raw_file(const FirmwareOverrides::RawFile& raw, Machine& machine) {
  const std::string key = "key 'firmware.files." + raw.signature + "': ";
  if (raw.signature.size() != 4 || is_derived(raw.signature) || raw.signature == "DSDT")
    throw ScenarioError(raw.file.place,
                        key + "allowed: signatures of tables that the root table lists");
  try {
    replace_listed(raw.signature, read_raw_table(raw.file.path.string()), machine.firmware.tables);
  } catch (const FirmwareError& error) {
    throw ScenarioError(raw.file.place, key + error.what());
  }
}

void remove_tables(const FirmwareOverrides& overrides, Machine& machine) {
  auto& tables = machine.firmware.tables;
  for (const std::string& name : overrides.remove) {
    const auto end = std::remove_if(tables.begin(), tables.end(), [&](const AcpiTable& table) {
      return table.signature == name;
    });
    if (end == tables.end())
      fail_unknown(overrides.remove_place, "remove", name, signatures_of(machine));
    tables.erase(end, tables.end());
  }
}

/// Of a table's section: a file is relative to the scenario, not to the machine.
void anchor_file(TomlNode& section, const fs::path& folder) {
  TomlNode* file = section.kind == TomlNode::Kind::table ? section.child("file") : nullptr;
  if (file != nullptr && file->kind == TomlNode::Kind::string)
    file->text = fs::absolute(folder / file->text).string();
}

/// What the section says as a machine's file would.
std::shared_ptr<const TomlNode> described_parts(TomlTable& table, const fs::path& folder) {
  auto firmware = std::make_unique<TomlNode>();
  firmware->place = table.place();
  for (const std::string& key : description_keys())
    if (auto part = table.subtree(key)) {
      anchor_file(*part, folder);
      firmware->put(key, std::move(part));
    }
  auto smbios = table.subtree("smbios");
  if (firmware->children.empty() && !smbios) return nullptr;
  auto root = std::make_shared<TomlNode>();
  root->place = table.place();
  root->put("firmware", std::move(firmware));
  if (smbios) root->put("smbios", std::move(smbios));
  return root;
}

std::vector<FirmwareOverrides::File> files_of(TomlTable& table, const std::string& key,
                                              const fs::path& folder) {
  std::vector<FirmwareOverrides::File> files;
  for (const std::string& name : table.texts(key))
    files.push_back({folder / name, table.place(key)});
  return files;
}

std::vector<FirmwareOverrides::RawFile> raw_files(TomlTable& firmware, const fs::path& folder) {
  std::vector<FirmwareOverrides::RawFile> files;
  auto table = firmware.table("files");
  if (!table) return files;
  for (const std::string& signature : table->keys())
    files.push_back({signature, {folder / table->need_text(signature), table->place(signature)}});
  return files;
}

/// What is otherwise than in the dump, before defects are put on it.
void note_changes(const FirmwareOverrides& overrides, const std::vector<DumpedTable>& dump,
                  Machine& machine) {
  try {
    machine.firmware_changes = changes_of_dump(dump, place_firmware(machine.firmware));
  } catch (const FirmwareError& error) {
    throw ScenarioError(overrides.acpidump->place,
                        fmt::format("key 'firmware.acpidump': {}", error.what()));
  }
}

}  // namespace

FirmwareOverrides read_firmware_overrides(TomlTable table, const fs::path& folder) {
  static const std::vector<std::pair<std::string, ChecksumRule>> rules = {
      {"refuse", ChecksumRule::must_be_right}, {"accept", ChecksumRule::may_be_wrong}};
  FirmwareOverrides overrides;
  overrides.described = described_parts(table, folder);
  for (TomlTable& edit : table.tables("memory_map"))
    overrides.memory_map.push_back(read_memory_map_edit(edit));
  if (const auto file = table.text("acpidump"))
    overrides.acpidump = FirmwareOverrides::File{folder / *file, table.place("acpidump")};
  overrides.keep = table.texts("keep");
  overrides.keep_place = table.place("keep");
  overrides.replace = files_of(table, "replace", folder);
  overrides.files = raw_files(table, folder);
  overrides.remove = table.texts("remove");
  overrides.remove_place = table.place("remove");
  overrides.defects = read_defects(table);
  overrides.checksums = table.choice("bad_checksums", rules).value_or(ChecksumRule::must_be_right);
  if (!overrides.keep.empty() && !overrides.acpidump)
    table.fail("keep", "has no effect without key 'firmware.acpidump'");
  return overrides;
}

bool changes_tables(const FirmwareOverrides& overrides) {
  return overrides.described || !overrides.memory_map.empty() || !overrides.defects.empty() ||
         overrides.acpidump || !overrides.replace.empty() || !overrides.files.empty() ||
         !overrides.remove.empty();
}

void override_firmware(const FirmwareOverrides& overrides, Machine& machine) {
  for (const MemoryMapEdit& edit : overrides.memory_map) edit_memory_map(edit, machine);
  std::vector<DumpedTable> dump;
  if (overrides.acpidump) {
    dump = read_dump(*overrides.acpidump, "acpidump", overrides.checksums);
    put_dump(overrides, dump, machine);
    machine.acpidump = overrides.acpidump->path.filename().string();
  }
  for (const auto& file : overrides.replace) replace_tables(file, overrides.checksums, machine);
  for (const auto& raw : overrides.files) put_raw_file(raw, machine);
  remove_tables(overrides, machine);
  if (!dump.empty()) note_changes(overrides, dump, machine);
  for (const ChosenDefect& chosen : overrides.defects) {
    put_defect(chosen, machine);
    if (!dump.empty()) machine.firmware_changes.push_back("defect " + chosen.defect.name);
  }
}

}  // namespace apicsim
