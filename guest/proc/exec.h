#pragma once

#include "guest/fs/vfs.h"

extern "C" {
/// Replaces the current process's program; gives `name` back in any case. 0: current_pt_regs() are
/// those of the new program.
long do_execve(filename* name, const char* const* argv, const char* const* envp);
}
