#pragma once

// Linux's "kernel dump test module": lkdtm.cpoint_type=NAME makes a kernel thread crash in that way
// once all CPUs are up. For the tests of everything that reports or reads crashes.
void lkdtm_run();
