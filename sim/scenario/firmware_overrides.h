#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/firmware/acpidump.h"
#include "sim/scenario/firmware_defects.h"
#include "sim/scenario/machine.h"
#include "sim/scenario/memory_map_edit.h"
#include "sim/scenario/place.h"
#include "sim/scenario/toml_reader.h"

namespace apicsim {

/// What a [firmware] section of a scenario changes of its machine's tables, in this order.
struct FirmwareOverrides {
  /// Keys of the machine's file below `firmware` and `smbios`, instead of or beside its own;
  /// nullptr: none.
  std::shared_ptr<const TomlNode> described;
  std::vector<MemoryMapEdit> memory_map;
  struct File {
    std::filesystem::path path;
    Place place;
  };
  std::optional<File> acpidump;   ///< all tables, from a dump
  std::vector<std::string> keep;  ///< but these, as the machine describes them
  Place keep_place;
  struct RawFile {
    std::string signature;  ///< of the table whose place the bytes take
    File file;
  };
  std::vector<File> replace;        ///< single tables, by signature
  std::vector<RawFile> files;       ///< bytes as they are, whatever they hold
  std::vector<std::string> remove;  ///< signatures
  Place remove_place;
  std::vector<ChosenDefect> defects;
  ChecksumRule checksums = ChecksumRule::must_be_right;
};

/// Reads the section; files are relative to `folder`. Throws ScenarioError.
FirmwareOverrides read_firmware_overrides(TomlTable table, const std::filesystem::path& folder);

/// Whether there is anything to change.
bool changes_tables(const FirmwareOverrides& overrides);

/// Changes the machine's firmware and notes in `machine.firmware_changes` what is otherwise than in
/// the dump. Throws ScenarioError.
void override_firmware(const FirmwareOverrides& overrides, Machine& machine);

}  // namespace apicsim
