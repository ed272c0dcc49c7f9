#pragma once

// Parameters that Linux 6.1 as Debian builds it knows, and that mean nothing here: they are not
// told as unknown (Documentation/admin-guide/kernel-parameters.txt of that release).
bool is_known_elsewhere(const char* name);
