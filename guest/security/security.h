// What the file layer asks of the security module.
#pragma once

#include "guest/fs/vfs.h"

extern "C" {
/// Gives a new open file its security context; 0 or -ENOMEM.
long security_file_alloc(file* f);
void security_file_free(file* f);
}
