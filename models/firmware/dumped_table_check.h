#pragma once

#include <vector>

#include "models/firmware/acpidump.h"

namespace apicsim {

/// Throws FirmwareError unless the bytes are one whole table of the signature that the dump gives:
/// length field, checksum (for the FACS, which has none, the length alone). ACPI §5.2.5.3, §5.2.6,
/// §5.2.10.
void check_dumped_table(const DumpedTable& table, ChecksumRule checksums);

/// Throws FirmwareError when the last table repeats one that a system has once, or is the same as
/// another one.
void check_not_doubled(const std::vector<DumpedTable>& tables);

}  // namespace apicsim
