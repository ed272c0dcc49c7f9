// The contents of the file tree.
#pragma once

#include "guest/fs/vfs.h"

dentry* root_dentry();

// Parts of vfs_init().
void files_init();
void names_init();
