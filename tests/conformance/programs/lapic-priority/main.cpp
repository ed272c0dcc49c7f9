#include "runtime/modes.h"

// SDM Vol. 3 §11.8 and §11.9.

namespace {

using namespace apic;

constexpr const char* section_tpr = "Vol. 3 §11.8.3.1";
constexpr const char* section_eoi = "Vol. 3 §11.8.5";

void quiet() {
  disable_interrupts();
  drain();
  interrupt_window();
  drain();
  clear_interrupts();
}

u32 taken(u8 vector) { return this_cpu().interrupts[vector]; }

/// Every vector from 16 on goes IRR -> ISR -> handler once.
void check_every_vector() {
  unsigned pended = 0, served = 0;
  for (unsigned vector = 0x20; vector < 0xFF; ++vector) {
    send_ipi(icr::to_self | vector);
    pended += wait_until([&] { return vector_bit(reg::irr, static_cast<u8>(vector)); });
    interrupt_window();
    served += taken(static_cast<u8>(vector)) == 1 &&
              !vector_bit(reg::irr, static_cast<u8>(vector)) &&
              !vector_bit(reg::isr, static_cast<u8>(vector));
  }
  equal({"LP-01", "Vol. 3 §11.8.4", "each vector gets its bit in IRR"}, pended, 0xDF);
  equal({"LP-02", "Vol. 3 §11.8.4", "and is taken once"}, served, 0xDF);
}

/// With the handler's EOI left out.
void check_in_service() {
  quiet();
  count_interrupts(0x20, 0xFE, false);
  pend(0x51);
  interrupt_window();
  check({"LP-03", "Vol. 3 §11.8.4", "a taken vector is in ISR and no longer in IRR"},
        vector_bit(reg::isr, 0x51) && !vector_bit(reg::irr, 0x51));
  equal({"LP-04", section_tpr, "PPR is the class of the one in service"}, read(reg::ppr), 0x50);
  pend(0x5F);
  interrupt_window();
  equal({"LP-05", "Vol. 3 §11.8.3", "one of the same class waits"}, taken(0x5F), 0);
  pend(0x4F);
  pend(0x61);
  interrupt_window();
  check({"LP-06", "Vol. 3 §11.8.3", "a higher class nests, a lower one waits"},
        taken(0x61) == 1 && taken(0x4F) == 0);
  equal({"LP-07", section_tpr, "PPR is the class of the highest one in service"}, read(reg::ppr),
        0x60);
  end_interrupt();
  check({"LP-08", section_eoi, "EOI ends the highest one"},
        !vector_bit(reg::isr, 0x61) && vector_bit(reg::isr, 0x51));
  equal({"LP-09", section_tpr, "and PPR falls"}, read(reg::ppr), 0x50);
  end_interrupt();
  interrupt_window();
  check({"LP-10", "Vol. 3 §11.8.3", "then the highest that waits is next"},
        taken(0x5F) == 1 && taken(0x4F) == 0);
  end_interrupt();
  interrupt_window();
  equal({"LP-11", "Vol. 3 §11.8.3", "and at last the lower class"}, taken(0x4F), 1);
  end_interrupt();
  equal({"LP-12", section_tpr, "with nothing in service PPR is 0"}, read(reg::ppr), 0);
  end_interrupt();
  equal({"LP-13", section_eoi, "an EOI with nothing in service changes nothing"}, read(reg::ppr),
        0);
  count_interrupts(0x20, 0xFE);
}

void check_twice() {
  quiet();
  pend(0x51);
  send_ipi(icr::to_self | 0x51);
  interrupt_window();
  equal({"LP-14", "Vol. 3 §11.8.4", "two of one vector before it is taken are one"}, taken(0x51),
        1);
  quiet();
  count_interrupts(0x20, 0xFE, false);
  pend(0x51);
  interrupt_window();
  pend(0x51);
  check({"LP-15", "Vol. 3 §11.8.4", "one in service and one pending are kept"},
        vector_bit(reg::isr, 0x51) && vector_bit(reg::irr, 0x51));
  end_interrupt();
  interrupt_window();
  equal({"LP-16", "Vol. 3 §11.8.4", "and both are taken"}, taken(0x51), 2);
  end_interrupt();
  count_interrupts(0x20, 0xFE);
}

void check_order() {
  quiet();
  constexpr u8 vectors[] = {0x31, 0xE2, 0x77, 0x78, 0x30, 0x9F, 0x40, 0xFE};
  constexpr u8 order[] = {0xFE, 0xE2, 0x9F, 0x78, 0x77, 0x40, 0x31, 0x30};
  for (const u8 vector : vectors) pend(vector);
  interrupt_window();
  bool sorted = this_cpu().order_count == sizeof order;
  for (unsigned n = 0; n < sizeof order; ++n) sorted = sorted && this_cpu().order[n] == order[n];
  check({"XA-09", "Vol. 3 §11.8.4", "pending vectors are taken from the highest on"}, sorted);
}

/// Which vectors come in at each TPR.
void check_task_priority() {
  unsigned wrong = 0, first = 0;
  for (unsigned tpr = 0; tpr < 0x100; tpr += 0xF) {
    quiet();
    write(reg::tpr, tpr);
    for (unsigned vector = 0x28; vector < 0xFF; vector += 0x10) pend(static_cast<u8>(vector));
    interrupt_window();
    for (unsigned vector = 0x28; vector < 0xFF; vector += 0x10)
      if (taken(static_cast<u8>(vector)) != (vector >> 4 > tpr >> 4) && wrong++ == 0)
        first = tpr << 8 | vector;
  }
  equal({"LP-20", section_tpr, "exactly the vectors of a class above TPR[7:4] are taken"},
        wrong ? first : 0, 0);
  quiet();
}

void check_processor_priority() {
  unsigned wrong = 0;
  for (unsigned tpr = 0; tpr < 0x100; ++tpr) {
    write(reg::tpr, tpr);
    const u32 ppr = read(reg::ppr);
    wrong += ppr >> 4 != tpr >> 4 || ((ppr & 0xF) != 0 && (ppr & 0xF) != (tpr & 0xF));
  }
  equal({"XA-13", section_tpr, "with nothing in service PPR[7:4] is TPR[7:4]"}, wrong, 0);
  write(reg::tpr, 0xF);
  one_of({"XA-11", section_tpr, "PPR[3:0] is TPR[3:0] then"}, read(reg::ppr),
         {{0xF, "as TPR"}, {0, "0, as some processors"}});
  wrong = 0;
  count_interrupts(0x20, 0xFE, false);
  pend(0x81);
  interrupt_window();
  for (unsigned tpr = 0; tpr < 0x100; ++tpr) {
    write(reg::tpr, tpr);
    const u32 wanted = tpr >> 4 >= 8 ? tpr & 0xF0 : 0x80;
    wrong += (read(reg::ppr) & 0xF0) != wanted;
    wrong += tpr >> 4 < 8 && read(reg::ppr) != 0x80;
  }
  equal({"LP-21", section_tpr, "PPR is the higher one of TPR and the class in service"}, wrong, 0);
  write(reg::tpr, 0);
  end_interrupt();
  count_interrupts(0x20, 0xFE);
}

void check_cr8() {
  unsigned wrong = 0;
  for (unsigned class_ = 0; class_ < 16; ++class_) {
    write_cr8(class_);
    wrong += read(reg::tpr) != class_ << 4 || read_cr8() != class_;
    write(reg::tpr, class_ << 4 | 5);
    wrong += read_cr8() != class_ || read(reg::tpr) != (class_ << 4 | 5);
  }
  equal({"LP-22", "Vol. 3 §11.8.6", "CR8 and TPR[7:4] are one"}, wrong, 0);
  quiet();
  write_cr8(5);
  pend(0x5F);
  interrupt_window();
  const u32 before = taken(0x5F);
  enable_interrupts();
  write_cr8(4);
  cpuid(0);
  disable_interrupts();
  check({"LP-23", "Vol. 3 §11.8.6", "lowering CR8 lets a pending one in"},
        before == 0 && taken(0x5F) == 1);
  expect({"LP-24", "Vol. 3 §11.8.6", "more than 15 in CR8 is #GP(0)"},
         attempt([] { write_cr8(0x10); }), general_protection, 0);
  write_cr8(0);
}

void check_held_then_taken() {
  quiet();
  write(reg::tpr, 0x20);
  pend(0x25);
  interrupt_window();
  const u32 held = taken(0x25);
  write(reg::tpr, 0x19);
  interrupt_window();
  check({"XA-48", section_tpr, "vector 25H waits at TPR 20H and comes at 19H"},
        held == 0 && taken(0x25) == 1);
  quiet();
  pend(0x25);
  for (unsigned n = 0; n < 16; ++n) pause();
  const bool waits = vector_bit(reg::irr, 0x25) && !vector_bit(reg::isr, 0x25);
  interrupt_window();
  check({"XA-49", "Vol. 3 §6.8.1", "with IF = 0 it waits in IRR"}, waits && taken(0x25) == 1);
}

void check_trigger_mode() {
  quiet();
  pend(0x55);
  equal({"LP-30", "Vol. 3 §11.8.4", "TMR is 0 for an edge-triggered interrupt"},
        vector_bit(reg::tmr, 0x55), 0);
  interrupt_window();
  u32 all = 0;
  for (unsigned word = 0; word < 8; ++word) all |= read(reg::tmr + 16 * word);
  equal({"LP-31", "Vol. 3 §11.8.4", "no IPI sets a bit of TMR"}, all, 0);
}

/// TPR raised between acceptance and acknowledgement by an instruction that serialises neither.
void check_spurious() {
  quiet();
  constexpr u8 mine = 0xEF;
  set_handler(mine, [](Frame&) { ++this_cpu().interrupts[mine]; });
  write(reg::svr, svr_enable | mine);
  equal({"LP-40", "Vol. 3 §11.9", "SVR keeps the spurious vector"}, read(reg::svr) & 0xFF, mine);
  pend(0x41);
  write(reg::tpr, 0x50);
  interrupt_window();
  one_of({"LP-41", "Vol. 3 §11.9",
          "TPR raised over a pending vector: it waits, or a spurious one comes"},
         u64{taken(mine)} << 8 | taken(0x41), {{0, "waits"}, {0x100, "spurious"}});
  check({"LP-42", "Vol. 3 §11.9", "a spurious interrupt is not in ISR"},
        !vector_bit(reg::isr, mine));
  write(reg::tpr, 0);
  interrupt_window();
  equal({"LP-43", "Vol. 3 §11.9", "the vector itself comes when TPR is lowered"}, taken(0x41), 1);
  count_interrupts(mine, mine);
  enable();
}

void rules() {
  quiet();
  check_every_vector();
  check_in_service();
  check_twice();
  check_order();
  check_task_priority();
  check_processor_priority();
  check_cr8();
  check_held_then_taken();
  check_trigger_mode();
  check_spurious();
  quiet();
}

}  // namespace

void program() {
  count_interrupts(0x20, 0xFE);
  in_both_modes(rules);
  finish("lapic-priority");
}
