#pragma once

#include <string>
#include <vector>

#include "sim/firmware_check/decoded_table.h"

namespace apicsim {

/// The tables of one machine.
struct TableSet {
  std::string name;  ///< where they come from, for people
  std::vector<DecodedTable> tables;
  /// Files that were found and are no tables, with the reason; one line each.
  std::vector<std::string> skipped;

  /// The first table of that signature; nullptr when there is none.
  const DecodedTable* find(const std::string& signature) const;
};

/// Reads files and folders: tables as bytes (/sys/firmware/acpi/tables, acpixtract, acpidump -b),
/// the text of acpidump, SMBIOS (/sys/firmware/dmi/tables, dmidecode --dump-bin). Damaged tables
/// are taken as they are. Files named one by one are one machine; so is a folder with those below
/// it that hold no table a second time. A folder with several tables of one kind holds several
/// machines, told apart by what stands before the kind in the file's name ("server-1.dmar.bin").
///
/// Throws FirmwareError, one line, when a file cannot be read or is no table, or when a folder
/// holds none.
std::vector<TableSet> read_table_sets(const std::vector<std::string>& paths);

/// The tables in the contents of one file. Throws FirmwareError as above.
std::vector<DecodedTable> read_tables(const std::string& contents, const std::string& source);

}  // namespace apicsim
