#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/firmware/acpi_description.h"

/// Encoder of ACPI machine language, ACPI §20.2: each function returns the bytes of one term in the
/// shortest encoding, which is also what an ASL compiler chooses.
namespace apicsim::aml {

/// A name of one segment of up to four characters, or two joined by a dot, with an optional leading
/// backslash. Throws FirmwareError on anything else.
Bytes name_string(const std::string& path);
/// 0 to 2^32 - 1: a DSDT of revision 1 has 32-bit integers.
Bytes integer(std::uint32_t value);
Bytes string(const std::string& text);
/// EISA id as an integer: three capital letters, four hexadecimal digits. Throws FirmwareError.
Bytes eisa_id(const std::string& id);
/// Is `id` of the form of an EISA id?
bool is_eisa_id(const std::string& id);
Bytes name(const std::string& path, const Bytes& value);
Bytes package(const std::vector<Bytes>& elements);
Bytes buffer(const Bytes& contents);
Bytes scope(const std::string& path, const Bytes& terms);
Bytes device(const std::string& path, const Bytes& terms);
Bytes processor(const std::string& path, std::uint8_t uid, std::uint32_t pblk,
                std::uint8_t pblk_length, const Bytes& terms);

/// Resource descriptors, ACPI §6.4; `resource_template` adds the end tag and makes a buffer.
Bytes io_port(std::uint16_t base, std::uint8_t length);
Bytes irq(std::uint16_t mask);
Bytes memory32_fixed(std::uint32_t base, std::uint32_t length);
Bytes word_bus_number(std::uint16_t first, std::uint16_t last);
Bytes word_io(std::uint16_t first, std::uint16_t last);
Bytes dword_memory(std::uint32_t first, std::uint32_t last);
Bytes resource_template(const std::vector<Bytes>& descriptors);

/// The terms one after the other.
Bytes join(const std::vector<Bytes>& terms);

}  // namespace apicsim::aml
