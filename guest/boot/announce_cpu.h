#pragma once

// Says that `cpu` is being started, as one of a line for each node. `current_node` is -1 at first.
// The last line is ended by whatever is said next.
void announce_cpu(int cpu, int* current_node);
