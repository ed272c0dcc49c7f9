#pragma once

// Says that `cpu` is being started, as one of a line for each node. `current_node` is -1 at first.
void announce_cpu(int cpu, int* current_node);
// Ends the line of the last one.
void end_announcement();
