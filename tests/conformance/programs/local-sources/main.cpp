#include "sources.h"

// SDM Vol. 3 §11.5.1: the entries whose source is not a pin.

namespace sources {

void quiet() {
  disable_interrupts();
  delay(soon);
  apic::drain();
  interrupt_window();
  apic::drain();
  clear_interrupts();
}

namespace {

void rules() {
  apic::enable();
  check_performance();
  check_freeze();
  check_smi();
  check_thermal();
  check_corrected_errors();
}

}  // namespace

}  // namespace sources

void program() {
  sources::place_smi_handler();
  count_interrupts(0x20, 0xFE);
  count_interrupts(sources::nmi_vector, sources::nmi_vector, false);
  in_both_modes(sources::rules);
  finish("local-sources");
}
