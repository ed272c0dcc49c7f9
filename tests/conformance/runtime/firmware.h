#pragma once

/// Reads the MADT: fills `cpus[].apic_id` and `cpu_count`, the processor that executes this first.
/// Without a MADT there is one processor.
void find_processors();
