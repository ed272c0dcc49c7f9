#pragma once

// Domain ids of a remapping unit (CAP.ND).

// The lowest that is free; -1, with a message, if none is.
int allocate_domain_id(int unit);
