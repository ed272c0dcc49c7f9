#pragma once

#include "processor.h"

/// While it lives, memory from 1 to 3 GiB is mapped, too: large machines keep ACPI tables there.
class TableAccess {
 public:
  TableAccess();
  ~TableAccess();
  TableAccess(const TableAccess&) = delete;
  TableAccess& operator=(const TableAccess&) = delete;
};

/// Physical address of the ACPI table with that signature of four letters, by the XSDT or, without
/// one, the RSDT; 0 where there is none.
u64 find_table(const char* signature);

/// Reads the MADT: fills `cpus[].apic_id` and `cpu_count`, the processor that executes this first.
/// Of more than max_cpus there are the first and the last ones. Without a MADT there is one
/// processor.
void find_processors();
