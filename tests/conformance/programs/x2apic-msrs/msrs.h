#pragma once

#include "runtime/apic.h"

/// In xAPIC mode and while the APIC is disabled.
void check_other_modes();
/// The page in x2APIC mode.
void check_page();
void check_access();
void check_bits();
void check_ids();
void check_init();
