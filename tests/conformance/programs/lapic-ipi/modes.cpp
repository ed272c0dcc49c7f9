#include "ipi.h"

// What is sent: vectors, NMI, INIT, start-up.

namespace ipi {

namespace {

using namespace apic;

constexpr u8 nmi_vector = 2;

struct Mark {
  volatile u8 starts;
  volatile u16 code_segment;
};

/// Real-mode code for a start-up message: counts, notes CS, halts. `page` is also that of its data.
///   lock inc byte [page * 1000H + F00H]; mov ax, cs; mov [.. + F02H], ax; cli; hlt; jmp to the hlt
void place_marker(u8 page) {
  const u32 data = (u32{page} << 12) + 0xF00;
  const u8 code[] = {0xF0,
                     0xFE,
                     0x06,
                     static_cast<u8>(data),
                     static_cast<u8>(data >> 8),
                     0x8C,
                     0xC8,
                     0xA3,
                     static_cast<u8>(data + 2),
                     static_cast<u8>(data >> 8),
                     0xFA,
                     0xF4,
                     0xEB,
                     0xFD};
  u8* const at = reinterpret_cast<u8*>(u64{page} << 12);
  for (unsigned n = 0; n < sizeof code; ++n) at[n] = code[n];
  *reinterpret_cast<volatile u32*>(u64{data}) = 0;
}

Mark& mark(u8 page) { return *reinterpret_cast<Mark*>((u64{page} << 12) + 0xF00); }

void settle() { delay(1'000'000); }

bool alive(unsigned cpu) {
  bool answered = false;
  static volatile bool flag;
  flag = false;
  begin(
      cpu, [](void*) { flag = true; }, nullptr);
  answered = wait_for(cpu, 200'000'000) && flag;
  return answered;
}

/// Whether it does not take up work that it is given, for some time.
bool stopped(unsigned cpu) {
  begin(
      cpu, [](void*) {}, nullptr);
  return !wait_for(cpu, 10'000'000);
}

void send_init(u32 destination) {
  send_ipi(icr::init | icr::assert_level, destination);
  settle();
}

void send_start_up(u8 page, u32 destination) {
  send_ipi(icr::start_up | icr::assert_level | page, destination);
}

u32 nmis(unsigned cpu) { return cpus[cpu].interrupts[nmi_vector]; }

}  // namespace

void check_vectors() {
  unsigned wrong = 0;
  for (unsigned v = 0x20; v < 0xFF; ++v) {
    cpus[1].interrupts[v] = 0;
    send_ipi(v, cpus[1].apic_id);
    wrong += !wait_until([&] { return cpus[1].interrupts[v] == 1; }, 1'000'000'000);
  }
  equal({"LI-40", "Vol. 3 §11.6.1", "every vector from 20H to FEH arrives"}, wrong, 0);
  count_interrupts(0x1F, 0x1F);
  reaches({"LI-41", "Vol. 3 §11.5.2", "vectors 16 to 31 are legal for the APIC"}, 0x1F, only(1),
          [] { send_ipi(0x1F, cpus[1].apic_id); });
  reaches({"LI-42", "Vol. 3 Table 11-3", "a level-triggered IPI is taken as an edge, once"}, vector,
          only(1),
          [] { send_ipi(icr::level_triggered | icr::assert_level | vector, cpus[1].apic_id); });
}

void check_not_accepted() {
  run_on(1, [] { write(reg::svr, spurious_vector); });
  reaches({"LI-43", "Vol. 3 §11.4.7.2", "a processor that is disabled by software takes none"},
          vector, 0, [] { send_ipi(vector, cpus[1].apic_id); });
  run_on(1, [] { enable(); });
  reaches({"LI-44", "Vol. 3 §11.4.7.2", "what came then does not come later"}, vector, 0, [] {});
  run_on(1, [] { enter(Mode::disabled); });
  reaches({"LI-45", "Vol. 3 §11.4.3", "one whose APIC is disabled is in no broadcast"}, vector,
          everyone() & ~only(1), [] { send_ipi(icr::to_all | vector); });
  run_on(1, [] {
    enter(Mode::xapic);
    enable();
  });
  run_on(1, [] { disable_interrupts(); });
}

void check_nmi() {
  count_interrupts(nmi_vector, nmi_vector, false);
  constexpr const char* section = "Vol. 3 §11.6.1";
  reaches({"LI-50", section, "an NMI arrives as vector 2, whatever ICR's vector is"}, nmi_vector,
          only(2), [] { send_ipi(icr::nmi | icr::assert_level | 0x77, cpus[2].apic_id); });
  reaches({"LI-51", section, "NMI to all others"}, nmi_vector, everyone() & ~only(0),
          [] { send_ipi(icr::nmi | icr::assert_level | icr::to_others); });
  reaches({"LI-52", section, "NMI to the own id"}, nmi_vector, only(0),
          [] { send_ipi(icr::nmi | icr::assert_level, cpus[0].apic_id); });
  run_on(3, [] { write(reg::tpr, 0xFF); });
  reaches({"LI-53", section, "TPR does not hold an NMI back"}, nmi_vector, only(3),
          [] { send_ipi(icr::nmi | icr::assert_level, cpus[3].apic_id); });
  run_on(3, [] {
    write(reg::tpr, 0);
    write(reg::svr, spurious_vector);
  });
  reaches({"LI-54", "Vol. 3 §11.4.7.2", "a processor disabled by software takes an NMI"},
          nmi_vector, only(3), [] { send_ipi(icr::nmi | icr::assert_level, cpus[3].apic_id); });
  run_on(3, [] { enable(); });
  clear_all_interrupts();
  run_on(3, [] {
    disable_interrupts();
    send_ipi(icr::nmi | icr::assert_level, this_cpu().apic_id);
    delay(100'000);
  });
  equal({"LI-55", "Vol. 3 §6.7", "IF = 0 does not hold an NMI back"}, nmis(3), 1);
}

void check_init() {
  constexpr const char* section = "Vol. 3 §11.6.1";
  send_ipi(icr::init | icr::level_triggered, cpus[1].apic_id);
  settle();
  check({"XA-56", section, "INIT level de-assert resets nobody"}, alive(1));
  place_marker(9);
  send_start_up(9, cpus[1].apic_id);
  settle();
  check({"LI-60", "Vol. 3 §8.4.3.1", "a start-up message to a running processor is ignored"},
        mark(9).starts == 0 && alive(1));
  send_init(cpus[1].apic_id);
  check({"LI-61", section, "INIT stops a processor until a start-up message"}, stopped(1));
  cpus[1].finished = cpus[1].started;
  send_ipi(vector, cpus[1].apic_id);
  settle();
  check({"LI-62", "Vol. 3 §8.4.2", "meanwhile interrupts do not start it"},
        mark(9).starts == 0 && cpus[1].finished == cpus[1].started);
  run_on(2, [] { send_start_up(9, cpus[1].apic_id); });
  check({"LI-63", "Vol. 3 §8.4.4.1", "the start-up message may come from any processor"},
        wait_until([] { return mark(9).starts != 0; }));
  wait_until([] { return mark(9).code_segment != 0; });
  equal({"LI-64", "Vol. 3 §8.4.4.1", "it begins at 000VV000H: CS is VV00H"}, mark(9).code_segment,
        0x900);
}

void check_start_up() {
  send_start_up(9, cpus[1].apic_id);
  settle();
  equal({"LI-65", "Vol. 3 §8.4.4.1", "a second start-up message is ignored"}, mark(9).starts, 1);
  place_marker(9);
  place_marker(10);
  send_init(cpus[1].apic_id);
  send_start_up(10, cpus[1].apic_id);
  check({"LI-66", "Vol. 3 §8.4.4.1", "INIT and another vector: it starts there"},
        wait_until([] { return mark(10).starts == 1; }) && mark(9).starts == 0);
  place_marker(10);
  send_ipi(icr::init | icr::assert_level | icr::to_others);
  settle();
  send_ipi(icr::start_up | icr::assert_level | icr::to_others | 10);
  const u32 others = cpu_count - 1;
  check({"XA-54", "Vol. 3 §8.4.4.1", "INIT and start-up to all others start each of them"},
        wait_until([&] { return mark(10).starts == others; }));
  settle();
  equal({"XA-39", "Vol. 3 §8.4.4.1", "once"}, mark(10).starts, others);
  start_processors();
  reaches({"LI-67", "Vol. 3 §8.4.4.1", "after that they can be started as usual"}, vector,
          everyone() & ~only(0), [] { send_ipi(icr::to_others | vector); });
}

}  // namespace ipi
