#include "sim/firmware_check/table_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>

#include "models/firmware/acpidump.h"
#include "models/firmware/firmware_error.h"
#include "models/firmware/spec/acpi_layout.h"
#include "sim/firmware_check/decode.h"
#include "sim/firmware_check/smbios_table.h"

namespace apicsim {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = std::size_t{64} << 20;
constexpr std::size_t kFewestBytes = 8;

std::string read_file(const fs::path& path) {
  std::error_code error;
  std::ifstream file(path, std::ios::binary);
  if (!file || fs::is_directory(path, error))
    throw FirmwareError(path.string() + ": cannot be read");
  std::string contents;
  char buffer[65536];
  while (file.read(buffer, sizeof buffer), file.gcount() > 0) {
    contents.append(buffer, static_cast<std::size_t>(file.gcount()));
    if (contents.size() > kLargestFile)
      throw FirmwareError(
          fmt::format("{}: is larger than {} MiB", path.string(), kLargestFile >> 20));
  }
  if (contents.empty()) throw FirmwareError(path.string() + ": is empty");
  return contents;
}

Bytes bytes_of(const std::string& text) { return Bytes(text.begin(), text.end()); }

bool begins(const std::string& contents, const char* with) { return contents.rfind(with, 0) == 0; }

/// Signatures have capitals and digits (ACPI §5.2.6 lists them); some vendors' have more.
bool is_signature(const std::string& contents) {
  return contents.size() >= 4 &&
         std::all_of(contents.begin(), contents.begin() + 4,
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '!' || c == '_'; });
}

bool is_text(const std::string& contents) {
  const auto end =
      contents.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(contents.size(), 64));
  return std::none_of(contents.begin(), end, [](unsigned char c) {
    return c >= 0x7F || (c < ' ' && c != '\n' && c != '\r' && c != '\t');
  });
}

/// An entry point; in a file of dmidecode --dump-bin the structures follow where it says.
std::vector<DecodedTable> smbios_file(const std::string& contents, const std::string& source) {
  const bool wide = begins(contents, smbios_entry64);
  const std::size_t entry_size = std::min<std::size_t>(contents.size(), wide ? 24 : 31);
  std::vector<DecodedTable> tables;
  tables.push_back(decode_table(wide ? smbios_entry64 : smbios_entry32, source, 0,
                                bytes_of(contents.substr(0, entry_size))));
  const std::uint64_t at = tables[0].root.number("table_address");
  const std::uint64_t size = tables[0].root.number("table_length");
  if (at >= entry_size && at < contents.size())
    tables.push_back(decode_table(
        smbios_structures, source, 0,
        bytes_of(contents.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(size)))));
  return tables;
}

/// The structure table begins with a structure that has a plausible length; sysfs names it DMI.
bool is_structure_table(const std::string& contents, const std::string& source) {
  return fs::path(source).filename() == "DMI" && contents.size() > 4 &&
         static_cast<unsigned char>(contents[1]) >= 4;
}

std::uint32_t stated_length(const std::string& contents, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(contents[at + acpi_layout::length_offset + i]);
  return value;
}

/// Tables one behind the other; what follows a whole table and is none belongs to the last.
std::vector<DecodedTable> binary_tables(const std::string& contents, const std::string& source) {
  std::vector<DecodedTable> tables;
  for (std::size_t at = 0; at < contents.size();) {
    std::size_t size = contents.size() - at;
    if (size >= acpi_layout::header_size) {
      const std::uint32_t stated = stated_length(contents, at);
      const bool another = stated >= acpi_layout::header_size && stated + kFewestBytes <= size &&
                           is_signature(contents.substr(at + stated, 4));
      if (another) size = stated;
    }
    const std::string part = contents.substr(at, size);
    tables.push_back(decode_table(part.substr(0, 4), source, 0, bytes_of(part)));
    at += size;
  }
  return tables;
}

std::vector<DecodedTable> text_tables(const std::string& contents, const std::string& source) {
  std::vector<DecodedTable> tables;
  for (DumpedTable& table : parse_acpidump(contents, source, ChecksumRule::may_be_wrong))
    tables.push_back(decode_table(table.signature, source, table.address, std::move(table.bytes)));
  return tables;
}

/// Tables of which a machine has several.
bool may_repeat(const std::string& signature) {
  return signature == "SSDT" || signature == "PSDT" || signature == "UEFI" ||
         signature.rfind("OEM", 0) == 0 || signature == "FACS" || signature == smbios_entry32 ||
         signature == smbios_entry64;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// "server-1" of "folder/server-1.dmar.bin".
std::string machine_of(const DecodedTable& table) {
  const fs::path path(table.source);
  std::string stem = path.filename().string();
  const std::string kinds[] = {lower(table.signature), table.signature == "APIC" ? "madt" : "facp",
                               table.signature == "FACP" ? "fadt" : "dmi"};
  for (int cut = 0; cut < 2; ++cut) {
    const std::size_t at = stem.find_last_of(".-_");
    if (at == std::string::npos || at == 0) break;
    const std::string end = lower(stem.substr(at + 1));
    const bool kind = std::find(std::begin(kinds), std::end(kinds), end) != std::end(kinds);
    const bool extension = cut == 0 && stem[at] == '.';
    if (!kind && !extension) break;
    stem.resize(at);
    if (kind) break;
  }
  return (path.parent_path() / stem).string();
}

bool has_duplicates(const TableSet& set) {
  for (std::size_t i = 0; i < set.tables.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (set.tables[i].signature == set.tables[j].signature &&
          set.tables[i].source != set.tables[j].source && !may_repeat(set.tables[i].signature))
        return true;
  return false;
}

/// One machine, or several by the names of the files.
void add_machines(TableSet set, std::vector<TableSet>& sets) {
  if (!has_duplicates(set)) {
    sets.push_back(std::move(set));
    return;
  }
  std::map<std::string, TableSet> machines;
  for (DecodedTable& table : set.tables) {
    const std::string name = machine_of(table);
    machines[name].name = name;
    machines[name].tables.push_back(std::move(table));
  }
  machines.begin()->second.skipped = std::move(set.skipped);
  for (auto& [name, machine] : machines) sets.push_back(std::move(machine));
}

void append(std::vector<DecodedTable> tables, TableSet& set) {
  for (DecodedTable& table : tables) set.tables.push_back(std::move(table));
}

/// Reads a folder; what is no table there is left out with a note.
TableSet read_folder(const fs::path& folder) {
  TableSet set;
  set.name = folder.string();
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.is_regular_file(error)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    try {
      append(read_tables(read_file(file), file.string()), set);
    } catch (const FirmwareError& skipped) {
      set.skipped.push_back(skipped.what());
    }
  }
  return set;
}

std::vector<fs::path> folders_below(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.is_directory(error) && !entry.is_symlink(error)) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

/// /sys/firmware/acpi/tables has tables of the same machine in dynamic/ and data/: a folder whose
/// tables are none of those above it belongs to them.
void add_folder(const fs::path& folder, std::vector<TableSet>& sets) {
  TableSet own = read_folder(folder);
  for (const fs::path& below : folders_below(folder)) {
    std::vector<TableSet> nested;
    add_folder(below, nested);
    const std::string name = below.filename().string();
    const bool same = !own.tables.empty() && (name == "dynamic" || name == "data");
    if (same && nested.size() == 1)
      append(std::move(nested[0].tables), own);
    else
      for (TableSet& set : nested) sets.push_back(std::move(set));
  }
  if (!own.tables.empty()) add_machines(std::move(own), sets);
}

}  // namespace

const DecodedTable* TableSet::find(const std::string& signature) const {
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const DecodedTable& table) {
    return table.signature == signature;
  });
  return found == tables.end() ? nullptr : &*found;
}

std::vector<DecodedTable> read_tables(const std::string& contents, const std::string& source) {
  if (begins(contents, smbios_entry32) || begins(contents, smbios_entry64))
    return smbios_file(contents, source);
  if (begins(contents, "RSD PTR ") && !is_text(contents))
    return {decode_table("RSD PTR ", source, 0, bytes_of(contents))};
  if (is_structure_table(contents, source))
    return {decode_table(smbios_structures, source, 0, bytes_of(contents))};
  if (is_text(contents)) return text_tables(contents, source);
  if (!is_signature(contents) || contents.size() < kFewestBytes)
    throw FirmwareError(source +
                        ": is neither an ACPI table as bytes nor the text of acpidump nor SMBIOS");
  return binary_tables(contents, source);
}

std::vector<TableSet> read_table_sets(const std::vector<std::string>& paths) {
  std::vector<TableSet> sets;
  TableSet files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      const std::size_t before = sets.size();
      add_folder(path, sets);
      if (sets.size() == before)
        throw FirmwareError(path + ": holds no ACPI table, neither as bytes nor as acpidump text");
    } else {
      append(read_tables(read_file(path), path), files);
    }
  }
  if (files.tables.empty()) return sets;
  files.name = paths.front();
  add_machines(std::move(files), sets);
  return sets;
}

}  // namespace apicsim
