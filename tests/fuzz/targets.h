#pragma once

#include <cstddef>
#include <cstdint>

/// What is done with an input from outside: everything up to where a run would begin. Whatever the
/// bytes are, each returns, and within the memory that the input's size explains.
namespace apicsim::fuzz {

/// A scenario file as text. True when it was accepted.
bool read_scenario(const std::uint8_t* data, std::size_t size);
/// A guest image, with all that it says of itself.
bool read_elf(const std::uint8_t* data, std::size_t size);
/// An acpidump text, put in the place of a machine's tables.
bool read_acpidump(const std::uint8_t* data, std::size_t size);

}  // namespace apicsim::fuzz
