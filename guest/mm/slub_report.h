// Looking at the slab caches from outside. Both functions want an idle machine: nobody stops other
// CPUs from changing what is counted.
#pragma once

/// A table of all caches that have ever had a slab: objects, slabs and where they are.
void slub_report();

/// Checks every cache: counts against free lists, every free pointer inside its slab and on an
/// object, no object free twice, lists as long as they say. Reports each fault and a sum; never
/// follows a pointer that it has not checked. Returns the number of faults.
int slub_validate();
