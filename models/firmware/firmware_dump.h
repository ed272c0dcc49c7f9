#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/firmware/acpidump.h"
#include "models/firmware/firmware_description.h"
#include "models/firmware/placement.h"

namespace apicsim {

/// How a dump becomes the firmware of a described machine.
struct DumpUse {
  /// Signatures that stay as the machine describes them.
  std::vector<std::string> keep;
  /// May a table of `size` bytes lie at `address` on the described machine?
  std::function<bool(std::uint64_t address, std::uint64_t size)> usable;
};

/// Puts the tables of a dump in the place of the described ones, in the order of its XSDT (or RSDT,
/// or of the dump where it has neither); an SSDT that no root table lists was loaded later and is
/// left out. A table keeps its address where `usable` allows it and nothing else lies there; the
/// others are placed in the machine's region. What every machine needs and the dump lacks (RSDP,
/// root tables, FADT, DSDT, FACS) stays as described. Pointers of the FADT are set when the tables
/// are placed, its checksum so that its bytes add up to what they did.
void use_dump(const std::vector<DumpedTable>& dump, const DumpUse& use,
              FirmwareDescription& firmware);

/// What the placed firmware does otherwise than the dump, one sentence each: tables moved, pointers
/// rewritten, tables of the dump left out, tables that are the machine's own.
std::vector<std::string> changes_of_dump(const std::vector<DumpedTable>& dump,
                                         const FirmwareImage& image);

}  // namespace apicsim
