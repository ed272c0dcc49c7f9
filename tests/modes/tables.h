#pragma once

#include "tests/differential/random.h"
#include "tests/modes/machine_state.h"

namespace apicsim::modes {

/// Selectors of the descriptors that every case finds: of all kinds, good and bad.
namespace selector {
enum : std::uint16_t {
  code0 = 0x08,
  data0 = 0x10,
  code3 = 0x1B,
  data3 = 0x23,
  code16 = 0x28,
  stack0 = 0x30,
  task = 0x38,
  ldt = 0x40,
  stack3 = 0x4B,
  handlers = 0x50,
  last = 0x130,
};
}  // namespace selector

/// GDT, LDT, IDT, TSS and the vector table, with contents that vary with the seed.
void write_tables(differential::Random& random, MachineState& state);
/// A selector of the tables, now and then null, in the LDT, or out of range.
std::uint16_t any_selector(differential::Random& random);

}  // namespace apicsim::modes
