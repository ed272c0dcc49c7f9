#include "ids.h"

// SDM Vol. 3 §11.12.9, §11.12.10: several clusters, and ids of more than eight bits.

namespace ids {

namespace {

using namespace apic;

constexpr const char* physical = "Vol. 3 §11.12.9";
constexpr const char* logical = "Vol. 3 §11.12.10.1";
constexpr const char* derived = "Vol. 3 §11.12.10.2";
constexpr const char* lowest = "Vol. 3 §11.6.2.4";
constexpr unsigned none = ~0u;

void send_logical(u32 destination) { send_ipi(icr::logical | vector, destination); }

/// The processor with an id; `none` if there is none.
unsigned cpu_with(u32 id) {
  for (unsigned n = 0; n < cpu_count; ++n)
    if (cpus[n].apic_id == id) return n;
  return none;
}
/// The first processor whose id is at least that.
unsigned cpu_from(u32 id) {
  for (unsigned n = 0; n < cpu_count; ++n)
    if (cpus[n].apic_id >= id) return n;
  return none;
}
CpuSet set_of(unsigned cpu) { return cpu == none ? 0 : only(cpu); }

/// Sends to one of a set; it is taken by exactly one of them.
bool takes_one(CpuSet allowed, u32 destination) {
  clear_all_interrupts();
  send_ipi(icr::logical | icr::lowest_priority | vector, destination);
  wait_until([&] {
    for (unsigned n = 0; n < cpu_count; ++n)
      if (cpus[n].interrupts[vector]) return true;
    return false;
  });
  bool once = true;
  const CpuSet got = receivers(vector, 0, once);
  return once && got != 0 && (got & (got - 1)) == 0 && (got & ~allowed) == 0;
}

void check_derived_ids() {
  unsigned wrong = 0;
  for (unsigned n = 0; n < cpu_count; ++n)
    run_on(n,
           [&] { wrong += read(reg::ldr) != logical_id(n) || read(reg::id) != cpus[n].apic_id; });
  equal({"XI-60", derived, "LDR is id[31:4] above 1 << id[3:0], of every processor"}, wrong, 0);
}

void check_second_cluster(unsigned high) {
  reaches({"XI-61", logical, "all bits of the second cluster reach all of it, none of the first"},
          vector, of_cluster(high), [&] { send_logical(cluster(high) | 0xFFFF); });
  const u32 same_bit = logical_id(high) & 0xFFFF;
  reaches({"XI-62", logical, "the same bit in another cluster is another processor"}, vector,
          only(high), [&] { send_logical(cluster(high) | same_bit); });
  reaches({"XI-63", logical, "and in the first cluster it is that one's"}, vector,
          set_of(cpu_with(cpus[high].apic_id & 0xF)), [&] { send_logical(same_bit); });
  reaches({"XI-64", logical, "clusters are numbers, not bits: 3 is not 1 and 2"}, vector,
          set_of(cpu_with(0x30)), [&] { send_logical(0x30001); });
  reaches({"XI-65", logical, "the cluster FFFFH without all bits is no broadcast"}, vector, 0,
          [] { send_logical(0xFFFF0001); });
  check({"XI-66", lowest, "lowest priority chooses one of the cluster"},
        takes_one(of_cluster(high), cluster(high) | 0xFFFF));
  reaches({"XI-67", physical, "id[3:0] alone does not make a physical destination"}, vector,
          only(high), [&] { send_ipi(vector, cpus[high].apic_id); });
}

/// From a processor of the second cluster, which must not matter.
void check_from_there(unsigned high) {
  reaches({"XI-68", logical, "a sender of the second cluster reaches the first"}, vector,
          of_cluster(0), [&] { run_on(high, [] { send_logical(0xFFFF); }); });
  reaches({"XI-69", physical, "its shorthand all excluding self reaches all others"}, vector,
          everyone() & ~only(high),
          [&] { run_on(high, [] { send_ipi(icr::to_others | vector); }); });
}

}  // namespace

void check_clusters() {
  const unsigned high = cpu_from(16);
  if (high == none)
    return skip({"XI-60", derived, "the rules on several clusters"}, "no id above 15");
  check_derived_ids();
  check_second_cluster(high);
  check_from_there(high);
}

void check_high_ids() {
  const unsigned high = cpu_from(256);
  if (high == none)
    return skip({"XI-70", physical, "the rules on ids above 255"}, "no id above 255");
  const u32 id = cpus[high].apic_id;
  reaches({"XI-70", physical, "an id above 255 is a physical destination"}, vector, only(high),
          [&] { send_ipi(vector, id); });
  reaches({"XI-71", physical, "its low 8 bits are another one"}, vector,
          set_of(cpu_with(id & 0xFF)), [&] { send_ipi(vector, id & 0xFF); });
  reaches({"XI-72", logical, "its logical id reaches it"}, vector, only(high),
          [&] { send_logical(logical_id(high)); });
  reaches({"XI-73", logical, "its cluster reaches all of that"}, vector, of_cluster(high),
          [&] { send_logical(cluster(high) | 0xFFFF); });
  reaches({"XI-74", logical, "the cluster of the low 8 bits does not"}, vector,
          of_cluster(cpu_with(id & 0xFF) == none ? 0 : cpu_with(id & 0xFF)), [&] {
            const unsigned low = cpu_with(id & 0xFF);
            send_logical(cluster(low == none ? 0 : low) | 0xFFFF);
          });
  check({"XI-75", lowest, "lowest priority chooses one of its cluster"},
        takes_one(of_cluster(high), cluster(high) | 0xFFFF));
  reaches({"XI-76", physical, "it can send to id 0"}, vector, only(0),
          [&] { run_on(high, [] { send_ipi(vector, cpus[0].apic_id); }); });
  equal(
      {"XI-77", "Vol. 3 §11.12.6", "all 32 bits are in the id register, 8 in CPUID leaf 1"},
      [&] {
        u64 seen = 0;
        run_on(high, [&] { seen = u64{read(reg::id)} << 32 | cpuid(1).ebx >> 24; });
        return seen;
      }(),
      u64{id} << 32 | (id & 0xFF));
}

}  // namespace ids
