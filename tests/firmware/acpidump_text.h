#pragma once

#include <fmt/format.h>

#include <string>

#include "models/firmware/acpidump.h"

namespace apicsim::test {

/// The text that acpidump (ACPICA) writes for a table.
inline std::string acpidump_text(const std::string& signature, std::uint64_t address,
                                 const Bytes& bytes) {
  std::string text = fmt::format("{} @ 0x{:016X}\n", signature, address);
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    std::string hex, characters;
    for (std::size_t i = at; i < at + 16; ++i) {
      hex += i < bytes.size() ? fmt::format(" {:02X}", bytes[i]) : "   ";
      if (i < bytes.size())
        characters += bytes[i] >= ' ' && bytes[i] <= '~' ? static_cast<char>(bytes[i]) : '.';
    }
    text += fmt::format("    {:04X}:{}  {}\n", at, hex, characters);
  }
  return text + "\n";
}

}  // namespace apicsim::test
