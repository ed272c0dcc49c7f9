#pragma once

#include "models/firmware/acpi_description.h"
#include "models/firmware/dsdt_description.h"

namespace apicsim {

/// The definition block's terms, what follows the header of the DSDT. Throws FirmwareError on names
/// that ACPI does not allow, on windows that end before they begin or do not fit their descriptor.
Bytes build_dsdt(const DsdtDescription& dsdt);

}  // namespace apicsim
