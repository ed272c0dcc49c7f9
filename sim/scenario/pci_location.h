#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/firmware/acpi_description.h"

namespace apicsim {

/// "dd.f" in hexadecimal: device 00..1f, function 0..7.
std::optional<DmarPathStep> parse_path_step(const std::string& text);

/// "bb:dd.f", followed in a DMAR scope by "/dd.f" for each bridge that the path goes through.
struct PciPath {
  std::uint8_t bus = 0;
  std::vector<DmarPathStep> steps;
};
std::optional<PciPath> parse_pci_path(const std::string& text);

}  // namespace apicsim
