#pragma once

#include "guest/lib/text.h"

// What the loader's initial RAM disk holds: an archive in the format that Linux unpacks (cpio newc,
// Documentation/early-userspace/buffer-format.txt), or, where it is none, a script alone.

// Looks at it; says what is wrong with a damaged archive.
void initramfs_init();
// A file of the archive by its path without leading slash; false if there is none.
bool initramfs_find(Text path, Text* contents);
// The script: the archive's file "script", or all of what is no archive. Empty without one.
Text initramfs_script();
