#pragma once

#include "sim/scenario/machine.h"

namespace apicsim {

/// How the board of a machine is wired, from the MADT and the FADT of its description.
BoardWiring wiring_of(const Machine& machine);

}  // namespace apicsim
