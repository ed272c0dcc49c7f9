#pragma once

#include "runtime/vtd.h"

/// All registers as a unit leaves its reset, and what capabilities say of each other.
void check_resets();
void check_capabilities();
/// Bits that keep what is written, widths.
void check_words();
/// GCMD and GSTS.
void check_commands();
