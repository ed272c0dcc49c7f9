#pragma once

#include <cstdint>

#include "models/firmware/acpi_description.h"

/// Structures of tables that are written otherwise than the specification has them.
namespace apicsim {

/// Type and length, each of `width` bytes, then `body`.
Bytes raw_structure(std::uint64_t type, const Bytes& body, std::size_t width);

/// The same bytes with another value in the length field, which stands behind the type.
Bytes with_length(Bytes structure, std::uint64_t length, std::size_t width);

}  // namespace apicsim
