#pragma once

#include <cstdint>
#include <string>

#include "sim/firmware_check/decoded_table.h"

namespace apicsim {

/// Decodes a table as far as its bytes go. Never throws and never reads beyond `bytes`, whatever
/// they are: a structure that does not fit is noted as damage, and what follows it is left out.
/// Tables without a description have their header only.
DecodedTable decode_table(std::string signature, std::string source, std::uint64_t address,
                          Bytes bytes);

/// Is the table one of those whose body is decoded?
bool has_layout(const std::string& signature);
/// "DMA remapping"; empty for a table without a description.
std::string table_title(const std::string& signature);

}  // namespace apicsim
