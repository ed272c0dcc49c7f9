#pragma once

#include <string>

#include "models/firmware/acpi_description.h"

namespace apicsim {

/// Reads one ACPI table from a binary dump (as in /sys/firmware/acpi/tables or from acpidump -b).
/// Throws FirmwareError "file: what is wrong" when the file cannot be read, is not one whole table,
/// or (unless `signature` is empty) is a table of another signature.
Bytes read_table_dump(const std::string& path, const std::string& signature);

/// Reads a file of 1 byte to 16 MiB as it is, whatever it holds. Throws FirmwareError.
Bytes read_raw_table(const std::string& path);

/// Puts a dump in the place of the described table of the same signature, or behind the last one.
/// The dump's bytes are used as they are, checksum included.
void replace_table(std::vector<AcpiTable>& tables, const Bytes& dump);

/// The same for bytes that need not be a table: they take the place of the one with `signature`.
void replace_table(std::vector<AcpiTable>& tables, const std::string& signature,
                   const Bytes& bytes);

}  // namespace apicsim
