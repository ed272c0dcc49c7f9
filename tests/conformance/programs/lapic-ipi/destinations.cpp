#include "ipi.h"

// Who is meant: SDM Vol. 3 §11.6.2.

namespace ipi {

namespace {

using namespace apic;

constexpr u32 flat_model = 0xFFFFFFFF, cluster_model = 0x0FFFFFFF;

void set_logical(unsigned cpu, u32 model, u8 id) {
  run_on(cpu, [&] {
    write(reg::dfr, model);
    write(reg::ldr, u32{id} << 24);
  });
}

void send_logical(u8 destination) { send_ipi(icr::logical | vector, destination); }

bool reaches_logical(const Rule& rule, u8 destination, CpuSet wanted) {
  return reaches(rule, vector, wanted, [&] { send_logical(destination); });
}

/// Nobody is in a group.
void clear_logical() {
  for (unsigned n = 0; n < cpu_count; ++n) set_logical(n, flat_model, 0);
}

struct Match {
  const char* id;
  u8 ldr[4];
  u8 destination;
  CpuSet wanted;
  const char* text;
};

void check_matches(const Match* matches, unsigned count, u32 model, const char* section) {
  for (unsigned n = 0; n < count; ++n) {
    for (unsigned cpu = 0; cpu < cpu_count; ++cpu)
      set_logical(cpu, model, cpu < 4 ? matches[n].ldr[cpu] : 0);
    reaches_logical({matches[n].id, section, matches[n].text}, matches[n].destination,
                    matches[n].wanted);
  }
  clear_logical();
}

}  // namespace

void check_physical() {
  unsigned wrong = 0;
  for (unsigned n = 0; n < cpu_count; ++n) {
    clear_all_interrupts();
    send_ipi(vector, cpus[n].apic_id);
    bool once = true;
    wrong += receivers(vector, only(n), once) != only(n) || !once;
  }
  equal({"XA-55", "Vol. 3 §11.6.2.1", "a physical destination is the processor with that id"},
        wrong, 0);
  reaches({"LI-01", "Vol. 3 §11.6.2.1", "an id that nobody has reaches nobody"}, vector, 0,
          [] { send_ipi(vector, 0x7E); });
  reaches({"XA-28", "Vol. 3 §11.6.2.1", "physical destination FFH is everyone, the sender, too"},
          vector, everyone(), [] { send_ipi(vector, 0xFF); });
}

void check_shorthands() {
  constexpr const char* section = "Vol. 3 §11.6.1";
  reaches({"LI-02", section, "shorthand self, whatever the destination says"}, vector, only(0),
          [] { send_ipi(icr::to_self | vector, cpus[1].apic_id); });
  reaches({"LI-03", section, "shorthand all including self"}, vector, everyone(),
          [] { send_ipi(icr::to_all | vector, 0); });
  reaches({"LI-04", section, "shorthand all excluding self"}, vector, everyone() & ~only(0),
          [] { send_ipi(icr::to_others | vector, 0); });
  run_on(2, [] { send_ipi(icr::to_others | 0x62); });
  bool once = true;
  equal({"LI-05", section, "so from another processor"},
        receivers(0x62, everyone() & ~only(2), once), everyone() & ~only(2));
}

/// LDR of the processors 0 to 3, destination, who takes it.
void check_flat() {
  constexpr Match matches[] = {
      {"LI-10", {1, 2, 4, 8}, 2, 0b0010, "flat: the processor with that bit"},
      {"XA-31", {1, 2, 4, 8}, 6, 0b0110, "flat: all with one of the bits"},
      {"LI-11", {1, 2, 4, 8}, 0x10, 0, "flat: a bit of nobody reaches nobody"},
      {"LI-12", {1, 2, 4, 8}, 0, 0, "flat: destination 0 reaches nobody"},
      {"XA-32", {1, 2, 4, 8}, 0xFF, 0b1111, "flat: FFH is everyone"},
      {"XA-34", {0xC9, 0x34, 0, 0}, 0x48, 0b0001, "flat: LDR C9H takes destination 48H"},
      {"LI-13", {0xC9, 0x34, 0, 0}, 0x02, 0, "flat: neither C9H nor 34H takes 02H"},
      {"LI-14", {0x80, 0x80, 0x80, 1}, 0x80, 0b0111, "flat: processors may share a bit"},
      {"LI-15", {1, 2, 4, 0}, 0x0F, 0b0111, "flat: LDR 0 is in no group"},
  };
  check_matches(matches, sizeof matches / sizeof *matches, flat_model, "Vol. 3 §11.6.2.2");
}

void check_clusters() {
  constexpr Match matches[] = {
      {"XA-30", {0x11, 0x12, 0x21, 0x22}, 0x12, 0b0010, "cluster: the processor with that bit"},
      {"LI-20", {0x11, 0x12, 0x21, 0x22}, 0x13, 0b0011, "cluster: all with one of the bits"},
      {"LI-21", {0x11, 0x12, 0x21, 0x22}, 0x31, 0, "cluster: another cluster is not meant"},
      {"LI-22", {0x11, 0x12, 0x21, 0x22}, 0x14, 0, "cluster: a bit of nobody reaches nobody"},
      {"LI-23", {0x11, 0x12, 0x21, 0x22}, 0x10, 0, "cluster: no bit reaches nobody"},
      {"LI-24", {0x01, 0xE2, 0x24, 0xE8}, 0xEF, 0b1010, "cluster: cluster 14 is one as any other"},
      {"LI-25", {0x01, 0xE2, 0x24, 0xE8}, 0xFF, 0b1111, "cluster: FFH is everyone"},
      {"LI-26", {0x13, 0x1C, 0x21, 0x22}, 0x16, 0b0011, "cluster: LDR may have several bits"},
  };
  check_matches(matches, sizeof matches / sizeof *matches, cluster_model, "Vol. 3 §11.6.2.2");
}

/// Two processors with one id, where the id can be written.
void check_aliases() {
  const Rule rule{"XA-33", "Vol. 3 §11.6.2.1", "all processors that have the id receive"};
  bool writable = true;
  for (unsigned n = 1; n < 3; ++n)
    run_on(n, [&] {
      page_register(reg::id) = 0x55u << 24;
      writable = writable && page_register(reg::id) >> 24 == 0x55;
    });
  if (writable)
    reaches(rule, vector, 0b0110, [] { send_ipi(vector, 0x55); });
  else
    skip(rule, "the id is read-only");
  for (unsigned n = 1; n < 3; ++n)
    run_on(n, [] { page_register(reg::id) = this_cpu().apic_id << 24; });
}

void check_lowest_priority() {
  constexpr const char* section = "Vol. 3 §11.6.2.4";
  for (unsigned n = 0; n < 4; ++n) set_logical(n, flat_model, static_cast<u8>(1 << n));
  clear_all_interrupts();
  send_ipi(icr::logical | icr::lowest_priority | vector, 0x0E);
  wait_until([] {
    return cpus[1].interrupts[vector] + cpus[2].interrupts[vector] + cpus[3].interrupts[vector];
  });
  bool once = true;
  const CpuSet got = receivers(vector, 0, once);
  check({"LI-30", section, "lowest priority: one of those that are meant"},
        once && (got == 2 || got == 4 || got == 8));
  for (unsigned favoured = 1; favoured < 4; ++favoured) {
    for (unsigned n = 1; n < 4; ++n)
      run_on(n, [&] { write(reg::tpr, n == favoured ? 0x20 : 0x40); });
    constexpr const char* ids[] = {"", "LI-31", "LI-32", "LI-33"};
    reaches({ids[favoured], section, "lowest priority: the one with the lowest TPR"}, vector,
            only(favoured), [] { send_ipi(icr::logical | icr::lowest_priority | vector, 0x0E); });
  }
  for (unsigned n = 1; n < 4; ++n) run_on(n, [] { write(reg::tpr, 0); });
  clear_logical();
}

}  // namespace ipi
