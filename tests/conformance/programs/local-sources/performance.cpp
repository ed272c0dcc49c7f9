#include "counter.h"

// SDM Vol. 3 §20.2 and §11.5.1: a counter's overflow and its entry.

namespace sources {

void stop_counters() {
  write_msr(select0, 0);
  if (performance_version() < 2) return;
  write_msr(fixed_control, 0);
  write_msr(overflow_control, read_msr(global_status));
  write_msr(global_control, 1);
}

void overflow(u64 flags, u32 before) {
  write_msr(select0, 0);
  write_msr(pmc0, static_cast<u32>(-before));
  write_msr(select0, instructions | of_system | counts | flags);
  for (unsigned n = 0; n < 1000; ++n) pause();
  write_msr(select0, 0);
}

namespace {

using namespace apic;

constexpr const char* counters = "Vol. 3 §20.2.1.1";
constexpr const char* version2 = "Vol. 3 §20.2.2";
constexpr const char* entry = "Vol. 3 §11.5.1";

bool requested() { return vector_bit(reg::irr, vector); }

void prepare(u32 lvt) {
  stop_counters();
  quiet();
  performance.set(lvt);
}

void check_counter() {
  prepare(lvt::masked | vector);
  write_msr(pmc0, 0x80000000);
  equal({"PM-01", counters, "a counter that is written takes bit 31 into all above it"},
        read_msr(pmc0), 0xFFFFFFFF80000000 & counter_mask());
  write_msr(pmc0, 0);
  write_msr(select0, instructions | of_user | counts);
  for (unsigned n = 0; n < 100; ++n) pause();
  write_msr(select0, 0);
  equal({"PM-02", counters, "with USR alone nothing of level 0 counts"}, read_msr(pmc0), 0);
  overflow(0);
  const u64 value = read_msr(pmc0);
  check({"PM-03", counters, "with OS it does, and the counter goes on behind its overflow"},
        value > 100 && value < 100'000);
  u32 low, high;
  asm volatile("rdpmc" : "=a"(low), "=d"(high) : "c"(0));
  equal({"PM-04", "Vol. 2 RDPMC", "RDPMC reads the same"}, u64{high} << 32 | low, value);
}

void check_request() {
  prepare(vector);
  overflow(0);
  check({"PM-10", counters, "an overflow without INT asks for nothing"},
        !requested() && !performance.masked());
  prepare(vector);
  overflow(on_overflow);
  check({"PM-11", counters, "with INT it raises the entry's vector"}, requested());
  check({"PM-12", entry, "which sets the entry's mask"}, performance.masked());
  equal({"PM-13", entry, "and leaves the rest of it"}, performance.get() & ~lvt::masked, vector);
  equal({"PM-14", entry, "the request is edge-triggered"}, vector_bit(reg::tmr, vector), 0);
  interrupt_window();
  equal({"PM-15", entry, "it is taken once"}, taken(vector), 1);
  overflow(on_overflow);
  check({"PM-16", entry, "masked so, the next overflow raises nothing"}, !requested());
  performance.set(vector);
  delay(soon);
  check({"PM-17", entry, "and is not kept until the mask is cleared"}, !requested());
  overflow(on_overflow);
  check({"PM-18", entry, "but the one after that comes"}, requested());
  interrupt_window();
}

void check_priority() {
  prepare(vector);
  write(reg::tpr, 0x70);
  overflow(on_overflow);
  interrupt_window();
  check({"PM-20", "Vol. 3 §11.8.3.1", "TPR of a higher class holds it in IRR"},
        requested() && taken(vector) == 0);
  write(reg::tpr, 0);
  interrupt_window();
  equal({"PM-21", "Vol. 3 §11.8.3.1", "it comes with TPR 0"}, taken(vector), 1);
  static volatile bool served;
  set_handler(vector, [](Frame&) {
    served = vector_bit(reg::isr, vector) && !vector_bit(reg::irr, vector);
    end_interrupt();
  });
  prepare(vector);
  served = false;
  overflow(on_overflow);
  interrupt_window();
  check({"PM-22", "Vol. 3 §11.8.4", "its handler finds it in ISR, not in IRR"}, served);
  count_interrupts(vector, vector);
}

void check_other_modes() {
  prepare(lvt::nmi | vector);
  overflow(on_overflow);
  delay(soon);
  check({"PM-30", entry, "as NMI it comes at IF = 0, once, as vector 2"},
        taken(nmi_vector) == 1 && !requested());
  check({"PM-31", entry, "and sets the mask, too"}, performance.masked());
  prepare(vector);
  write(reg::svr, spurious_vector);
  overflow(on_overflow);
  check({"PM-32", "Vol. 3 §11.4.7.2", "software disable keeps it away"}, !requested());
  enable();
  const Rule as_smi{"PM-33", entry, "as SMI it enters SMM, and leaves IRR alone"};
  if (!can_see_smi()) return skip(as_smi, "no counter of SMIs");
  prepare(2 << 8);
  const u64 before = smi_count();
  overflow(on_overflow);
  delay(soon);
  check(as_smi, smi_count() == before + 1 && performance.masked() && !requested());
}

/// The handler starts the next period, as a profiler's does.
void check_sampling() {
  static volatile u32 samples;
  samples = 0;
  prepare(vector);
  set_handler(vector, [](Frame&) {
    samples = samples + 1;
    write_msr(pmc0, static_cast<u32>(-1000));
    performance.set(vector);
    end_interrupt();
  });
  write_msr(pmc0, static_cast<u32>(-1000));
  write_msr(select0, instructions | of_system | counts | on_overflow);
  enable_interrupts();
  for (unsigned n = 0; n < 20'000; ++n) pause();
  disable_interrupts();
  write_msr(select0, 0);
  check({"PM-34", counters, "periods of 1000 instructions come one after the other"},
        samples >= 10 && samples <= 1000);
  count_interrupts(vector, vector);
}

void check_global() {
  prepare(lvt::masked | vector);
  overflow(0);
  equal({"PM-40", version2, "the overflow is in IA32_PERF_GLOBAL_STATUS, also without INT"},
        read_msr(global_status) & 1, 1);
  write_msr(overflow_control, 1);
  equal({"PM-41", version2, "IA32_PERF_GLOBAL_OVF_CTRL clears it"}, read_msr(global_status) & 1, 0);
  write_msr(global_control, 0);
  write_msr(pmc0, 0);
  write_msr(select0, instructions | of_system | counts);
  for (unsigned n = 0; n < 100; ++n) pause();
  equal({"PM-42", version2, "without its bit in IA32_PERF_GLOBAL_CTRL a counter stands"},
        read_msr(pmc0), 0);
  if ((cpuid(0xA).edx & 0x1F) == 0) return;
  prepare(vector);
  write_msr(global_control, u64{1} << 32);
  write_msr(fixed0, counter_mask() - 50);
  write_msr(fixed_control, 9);
  for (unsigned n = 0; n < 1000; ++n) pause();
  write_msr(fixed_control, 0);
  check({"PM-43", version2, "a fixed counter with PMI raises the entry's vector"}, requested());
  equal({"PM-44", version2, "its overflow is bit 32 of IA32_PERF_GLOBAL_STATUS"},
        read_msr(global_status), u64{1} << 32);
  interrupt_window();
}

}  // namespace

void check_performance() {
  if (!counts_instructions() || highest_lvt() < 4)
    return skip({"PM-00", counters, "the rules on performance counters"}, "no such counters");
  check_counter();
  check_request();
  check_priority();
  check_other_modes();
  check_sampling();
  if (performance_version() >= 2) check_global();
  stop_counters();
  performance.set(lvt::masked);
}

void check_freeze() {
  constexpr const char* freeze = "Vol. 3 §18.4.7";
  const Rule stops{"PM-50", freeze, "with FREEZE_PERFMON_ON_PMI the interrupt stops all counters"};
  if (!counts_instructions() || performance_version() < 2 || performance_version() > 3)
    return skip(stops, "not of this version");
  prepare(vector);
  write_msr(debug_control, 1 << 12);
  write_msr(pmc0, static_cast<u32>(-20));
  write_msr(select0, instructions | of_system | counts | on_overflow);
  for (unsigned n = 0; n < 1000; ++n) pause();
  const u64 value = read_msr(pmc0);
  check(stops, read_msr(global_control) == 0 && value < 200 && read_msr(pmc0) == value);
  write_msr(debug_control, 0);
  stop_counters();
  interrupt_window();
  performance.set(lvt::masked);
}

}  // namespace sources
