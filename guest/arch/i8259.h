#pragma once

// Initialises both 8259A interrupt controllers to vectors 0x30..0x3f and masks every line: all that
// comes by the APICs.
void init_8259();
