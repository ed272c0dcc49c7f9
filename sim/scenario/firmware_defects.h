#pragma once

#include <string>
#include <vector>

#include "models/firmware/defects.h"
#include "sim/scenario/machine.h"
#include "sim/scenario/toml_reader.h"

namespace apicsim {

/// A defect that a scenario puts on its machine's firmware.
struct ChosenDefect {
  FirmwareDefect defect;
  DefectArguments arguments;
  Place place;
};

/// Reads `firmware.defects`: names, or tables of a name and its parameters. Throws ScenarioError.
std::vector<ChosenDefect> read_defects(TomlTable& firmware);

/// Puts it on the firmware and the memory map. Throws ScenarioError where there is nothing that it
/// could apply to.
void put_defect(const ChosenDefect& chosen, Machine& machine);

}  // namespace apicsim
