#pragma once

#include "guest/include/types.h"

// The first serial port, 115200 baud, 8 bits, no parity. Absent hardware swallows the text.
void console_init();
void console_write(const char* text, size_t length);
// Returns when the last bit has left the port.
void console_flush();
