#pragma once

#include "models/core/segmentation.h"

namespace apicsim {

/// Hardware task switching, SDM Vol. 3 §7.3. Not available in IA-32e mode.

/// What asks for the switch decides about busy bits, NT and the link (table 7-2).
enum class TaskSwitch : u8 {
  jump,
  call,       ///< CALL; exceptions and interrupts through a task gate
  interrupt,  ///< as `call`; faults carry EXT
  ret,        ///< IRET with NT set
};

enum class Switched : u8 {
  no,  ///< a fault is recorded, nothing changed
  yes,
  faulted,  ///< the new task runs, and the recorded fault is the first that it meets (§7.3)
};

/// Switches to the task whose TSS descriptor `descriptor` is; the caller has checked its privilege,
/// type and presence. `return_rip`: EIP that the old task goes on with.
Switched switch_task(Cpu& cpu, u16 selector, const Descriptor& descriptor, TaskSwitch kind,
                     u64 return_rip);

/// The TSS descriptor that a task gate or a far pointer names: global, and available, else #GP;
/// not present: #NP. False: the fault is recorded.
bool find_available_task(Cpu& cpu, u16 selector, bool ext, Descriptor& descriptor);
/// The TSS that the current one links to, for IRET with NT: busy, else #TS (§7.4).
bool find_previous_task(Cpu& cpu, u16& selector, Descriptor& descriptor);

}  // namespace apicsim
