#pragma once

#include "models/firmware/acpi_description.h"
#include "models/firmware/byte_writer.h"

namespace apicsim {

/// The 12 bytes of ACPI §5.2.3.2.
void write_generic_address(ByteWriter& out, const GenericAddress& address);
GenericAddress read_generic_address(ByteReader& in);

}  // namespace apicsim
