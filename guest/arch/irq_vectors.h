#pragma once

#include "guest/arch/ptregs.h"

// Runs with interrupts off; signals the end of interrupt itself where there is one to signal.
using SystemVectorHandler = void (*)(pt_regs* regs);
void set_system_vector(int vector, SystemVectorHandler handler);
