#pragma once

#include <string>

#include "guest/idle/intel_idle.h"
#include "guest/idle/menu.h"

namespace guest_idle {

/// Defaults, then what the line says of idle CPUs.
void read_command_line(const std::string& line);
/// What was printed since the last call.
std::string take_log();

}  // namespace guest_idle
