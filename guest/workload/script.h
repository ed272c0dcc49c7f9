// The whole script, checked before any of it runs.
#pragma once

#include "guest/workload/command.h"

/// Commands in the order of the lines, without empty lines and comments.
struct Script {
  Command* commands;
  unsigned count;
};

/// Reads the script. Every wrong line is reported with its number; false if there is any, or if the
/// script is too long.
bool read_script(Text text, Script* script);
