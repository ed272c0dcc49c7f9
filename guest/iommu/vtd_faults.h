#pragma once

// Takes what a unit has recorded so far out of its registers.
void clear_remapping_faults(int unit);
