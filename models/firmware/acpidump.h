#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/firmware/acpi_description.h"

namespace apicsim {

/// One table of a dump. The root pointer ("RSD PTR ") and the FACS count as tables, too.
struct DumpedTable {
  std::string signature;  ///< four characters, or "RSD PTR "
  std::uint64_t address =
      0;  ///< physical, on the machine that was dumped; 0: the dump does not say
  Bytes bytes;
  std::uint32_t line = 0;  ///< of its header in the text, 1-based
};

/// A wrong checksum means a damaged dump, or firmware that really is so.
enum class ChecksumRule : std::uint8_t { must_be_right, may_be_wrong };

/// Reads the text that acpidump writes (ACPICA, and pmtools before it), tables in their order:
///
///     APIC @ 0x0000000075DCC540
///         0000: 41 50 49 43 6A 02 00 00 01 4D 48 50 20 20 20 20  APICj....MHP
///
/// Blank lines and lines that begin with '#' mean nothing. Throws FirmwareError "source:line:
/// what": a line that is neither a table's header nor its bytes, bytes outside of a table, bytes
/// that are not hexadecimal or not where the line says, a table that is shorter or longer than its
/// header says, begins with another signature, has a wrong checksum or comes twice.
std::vector<DumpedTable> parse_acpidump(const std::string& text, const std::string& source,
                                        ChecksumRule checksums);

/// Reads a file: text as above, or one table as bytes (as acpixtract and acpidump -b write it).
/// Throws FirmwareError.
std::vector<DumpedTable> read_acpidump(const std::string& path, ChecksumRule checksums);

}  // namespace apicsim
