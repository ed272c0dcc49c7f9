#pragma once

#include "models/firmware/acpi_description.h"

/// Bodies of the ACPI tables: what follows the 36-byte header. Each `build` is the inverse of its
/// `parse` for every table whose structures lie within it; structures without a description, or
/// with bytes that a description cannot hold, stay raw, so that a parsed table is rebuilt byte for
/// byte.
namespace apicsim {

/// `revision` decides the length. Throws FirmwareError when a value does not fit its field.
Bytes build_fadt(const FadtDescription& fadt, std::uint8_t revision);
/// `body` of any length; fields past its end read as zero.
FadtDescription parse_fadt(const Bytes& body);

Bytes build_madt(const MadtDescription& madt);
MadtDescription parse_madt(const Bytes& body);

Bytes build_dmar(const DmarDescription& dmar);
DmarDescription parse_dmar(const Bytes& body);

/// One structure as it stands in its table.
Bytes encode_entry(const MadtEntry& entry);
Bytes encode_entry(const DmarEntry& entry);
Bytes encode_entry(const SratEntry& entry);

Bytes build_srat(const SratDescription& srat);
SratDescription parse_srat(const Bytes& body);

/// Throws FirmwareError unless the matrix is square with 10 on its diagonal and no smaller
/// distance.
Bytes build_slit(const SlitDescription& slit);
/// Empty when the matrix does not fill the table.
SlitDescription parse_slit(const Bytes& body);

Bytes build_mcfg(const McfgDescription& mcfg);
McfgDescription parse_mcfg(const Bytes& body);

Bytes build_hpet(const HpetTableDescription& hpet);
HpetTableDescription parse_hpet(const Bytes& body);

Bytes build_spcr(const SpcrDescription& spcr);
SpcrDescription parse_spcr(const Bytes& body);

/// A whole table: header, body, checksum. A raw body that is a whole table stays as it is.
Bytes build_table(const AcpiTable& table);

/// Describes a whole table; one without a description of its own becomes a raw body. Throws
/// FirmwareError when `bytes` is not one whole table.
AcpiTable parse_table(const Bytes& bytes);

}  // namespace apicsim
