#pragma once

#include "apic.h"

/// Calls `rules` in xAPIC mode, and, where the processor has it, in x2APIC mode with `/x2` behind
/// the ids; all processors are in that mode.
template <class F>
void in_both_modes(F rules) {
  rules();
  if (!apic::has_x2apic()) return;
  run_on_all([] {
    apic::enter(apic::Mode::x2apic);
    apic::enable();
  });
  set_variant("/x2");
  rules();
  set_variant("");
  run_on_all([] {
    apic::enter(apic::Mode::xapic);
    apic::enable();
  });
}
