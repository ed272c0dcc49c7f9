#include "runtime/modes.h"

// SDM Vol. 3 §11.5.3: errors gather until a write to ESR shows them.

namespace {

using namespace apic;

constexpr u32 redirectable_ipi = 1 << 4, send_illegal = 1 << 5, receive_illegal = 1 << 6,
              illegal_register = 1 << 7;
constexpr u32 nobody = 0x7E;  ///< an id that no processor has
constexpr u8 error_vector = 0x3F;
constexpr const char* section = "Vol. 3 §11.5.3";

/// What has come since the last call.
u32 errors() {
  write(reg::esr, 0);
  return read(reg::esr);
}

void clear() {
  write(reg::esr, 0);
  write(reg::esr, 0);
}

u32 taken(u8 vector) { return this_cpu().interrupts[vector]; }

void check_empty() {
  clear();
  equal({"LE-01", section, "without an error ESR is 0"}, read(reg::esr), 0);
}

/// Vectors 0 to 15 cannot be sent by fixed messages.
void check_send() {
  u32 all = send_illegal, any = 0;
  for (u32 vector = 0; vector < 16; ++vector) {
    clear();
    send_ipi(vector, nobody);
    const u32 seen = errors();
    all &= seen;
    any |= seen;
  }
  equal({"LE-02", section, "each of vectors 0 to 15 in ICR is a send illegal vector error"}, all,
        send_illegal);
  equal({"LE-03", section, "and nothing else"}, any & ~(send_illegal | receive_illegal), 0);
  clear();
  send_ipi(0x20, nobody);
  equal({"LE-04", section, "vector 20H is none"}, errors(), 0);
}

/// Whether the message is sent all the same is not said; a self IPI may be received, too.
void check_send_to_self() {
  clear();
  send_ipi(icr::to_self | 5);
  const u32 seen = errors();
  one_of({"LE-05", section, "a self IPI with vector 5 is an error of sending, receiving or both"},
         seen & (send_illegal | receive_illegal),
         {{send_illegal, "send"},
          {receive_illegal, "receive"},
          {send_illegal | receive_illegal, "both"}});
  check({"LE-06", section, "vector 5 is not accepted"}, !vector_bit(reg::irr, 5));
}

/// A write shows the errors since the one before it; reading does not clear.
void check_protocol() {
  clear();
  send_ipi(3, nobody);
  equal({"XA-67", section, "an error shows only after a write to ESR"}, read(reg::esr), 0);
  write(reg::esr, 0);
  equal({"LE-07", section, "then it does"}, read(reg::esr) & send_illegal, send_illegal);
  equal({"LE-08", section, "reading does not clear it"}, read(reg::esr) & send_illegal,
        send_illegal);
  write(reg::esr, 0);
  equal({"LE-09", section, "the next write does"}, read(reg::esr), 0);
}

void check_modes_without_vector() {
  clear();
  send_ipi(icr::nmi | icr::assert_level, nobody);
  equal({"LE-10", section, "NMI, INIT and SIPI have no vector that could be illegal"}, errors(), 0);
}

void check_interrupt() {
  clear();
  clear_interrupts();
  write(reg::lvt_error, error_vector);
  send_ipi(1, nobody);
  wait_until([] { return vector_bit(reg::irr, error_vector); }, 1'000'000);
  interrupt_window();
  equal({"LE-11", section, "an error raises the error entry"}, taken(error_vector), 1);
  send_ipi(2, nobody);
  interrupt_window();
  one_of({"LE-12", section, "before ESR is written another one raises it again, or not"},
         taken(error_vector), {{1, "not again"}, {2, "again"}});
  clear();
  const u32 before = taken(error_vector);
  send_ipi(2, nobody);
  wait_until([] { return vector_bit(reg::irr, error_vector); }, 1'000'000);
  interrupt_window();
  equal({"LE-13", section, "after that it does"}, taken(error_vector), before + 1);
  write(reg::lvt_error, lvt::masked | error_vector);
  clear();
  send_ipi(2, nobody);
  interrupt_window();
  equal({"LE-14", section, "a masked entry raises nothing"}, taken(error_vector), before + 1);
  equal({"LE-15", section, "but ESR has the error"}, errors() & send_illegal, send_illegal);
}

/// Vector below 16 in an LVT entry.
void check_illegal_entry() {
  clear();
  write(reg::lvt_timer, 7);
  write(reg::initial_count, 1);
  wait_until([] { return read(reg::current_count) == 0; }, 100'000'000);
  delay(100'000);
  const u32 seen = errors();
  write(reg::lvt_timer, lvt::masked);
  write(reg::initial_count, 0);
  equal({"LE-16", section, "vector 7 in the timer entry is a receive illegal vector error"},
        seen & receive_illegal, receive_illegal);
}

void check_received_by_other() {
  u32 seen = 0;
  run_on(1, [] { clear(); });
  clear();
  send_ipi(icr::fixed | 9, cpus[1].apic_id);
  run_on(1, [&] {
    delay(100'000);
    seen = errors();
  });
  one_of({"LE-17", section, "the target of vector 9 sees a receive error, unless it is not sent"},
         seen, {{receive_illegal, "received"}, {0, "not sent"}});
}

/// Addresses of the page that no register has; MSRs that are not there are #GP instead.
void check_register_address() {
  if (mode() == Mode::x2apic) return;
  constexpr u32 gaps[] = {0x00, 0x40, 0x290, 0x3A0, 0x3D0, 0x3F0};
  u32 all = illegal_register;
  for (const u32 offset : gaps) {
    clear();
    static_cast<void>(u32{page_register(offset)});
    all &= errors();
  }
  equal({"LE-18", section, "a load of an address without register is an illegal register error"},
        all, illegal_register);
  all = illegal_register;
  for (const u32 offset : gaps) {
    clear();
    page_register(offset) = 0;
    all &= errors();
  }
  equal({"LE-19", section, "so is a store"}, all, illegal_register);
  clear();
  static_cast<void>(u32{page_register(reg::ppr)});
  equal({"LE-20", section, "registers are none"}, errors(), 0);
}

void check_msr_error() {
  if (mode() != Mode::x2apic) return;
  clear();
  try_write_msr(msr_of(reg::self_ipi), 4);
  one_of({"LE-21", "Vol. 3 §11.12.11",
          "SELF IPI with vector 4: an error of sending, receiving or both"},
         errors() & (send_illegal | receive_illegal),
         {{send_illegal, "send"},
          {receive_illegal, "receive"},
          {send_illegal | receive_illegal, "both"}});
  clear();
  try_read_msr(0x800);
  equal({"LE-22", "Vol. 3 §11.12.1.3", "an MSR that is not there is #GP, not an error of ESR"},
        errors(), 0);
}

/// §11.5.3, ESR bit 4: not on processors that can send lowest priority.
void check_lowest_priority() {
  clear();
  send_ipi(icr::lowest_priority | 0x61, nobody);
  one_of({"LE-23", section, "a lowest priority IPI is an error where it cannot be sent"}, errors(),
         {{redirectable_ipi, "cannot be sent"}, {0, "can be sent"}});
}

void rules() {
  disable_interrupts();
  drain();
  clear_interrupts();
  check_empty();
  check_send();
  check_send_to_self();
  check_protocol();
  check_modes_without_vector();
  check_interrupt();
  check_illegal_entry();
  check_received_by_other();
  check_register_address();
  check_msr_error();
  check_lowest_priority();
  drain();
  clear();
}

}  // namespace

void program() {
  count_interrupts(0x20, 0xFE);
  constexpr u8 illegal[] = {4, 5, 7, 9};
  for (const u8 vector : illegal) count_interrupts(vector, vector);  // where they are accepted
  start_processors();
  in_both_modes(rules);
  finish("lapic-errors");
}
