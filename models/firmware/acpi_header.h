#pragma once

#include <string>

#include "models/firmware/acpi_description.h"

namespace apicsim {

/// Sum of all bytes modulo 256; 0 for a whole table. ACPI §5.2.6.
std::uint8_t byte_sum(const Bytes& bytes);

/// Header, then `body`, with length and checksum. Throws FirmwareError when a name is too long.
Bytes wrap_table(const std::string& signature, const AcpiHeader& header, const Bytes& body);

/// The header of a whole table; `bytes` has at least 36 bytes.
AcpiHeader parse_header(const Bytes& bytes);

/// The signature of a whole table; `bytes` has at least 4 bytes.
std::string table_signature(const Bytes& bytes);

/// Throws FirmwareError unless `bytes` is one whole table: signature of printable characters,
/// length field equal to the number of bytes. Does not look at the checksum: real tables have wrong
/// ones.
void check_table(const Bytes& bytes);

}  // namespace apicsim
