#include "events.h"

// SDM Vol. 3 chapter 6.

namespace events {

Interrupted taken, nmi;

namespace {

void note(Interrupted& at, const Frame& frame) {
  if (at.count == 0) {
    at.rip = frame.rip;
    at.flags = frame.rflags;
  }
  at.count = at.count + 1;
}

}  // namespace

void forget() {
  taken.rip = taken.flags = nmi.rip = nmi.flags = 0;
  taken.count = nmi.count = 0;
}

void install() {
  set_handler(vector, [](Frame& frame) {
    note(taken, frame);
    apic::end_interrupt();
  });
  set_handler(nmi_vector, [](Frame& frame) { note(nmi, frame); });
  forget();
}

}  // namespace events

void program() {
  apic::enable();
  start_processors();
  events::install();
  events::check_shadows();
  events::check_wake();
  events::check_nmi();
  events::check_order();
  finish("cpu-events");
}
