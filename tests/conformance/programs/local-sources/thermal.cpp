#include "sources.h"

// SDM Vol. 3 §15.8.2.3 and §15.8.5: the digital sensor's crossings. The heat comes from outside;
// without it the rules about it are skipped.

namespace sources {

namespace {

using namespace apic;

constexpr u32 status_msr = 0x19C, control_msr = 0x19B;
constexpr u64 hot = 1 << 0, hot_log = 1 << 1, below = 1 << 6, below_log = 1 << 7;
constexpr u64 on_high = 1 << 0, on_low = 1 << 1, on_threshold = 1 << 15, threshold = 20 << 8;
constexpr const char* section = "Vol. 3 §15.8.5";
constexpr const char* entry = "Vol. 3 §11.5.1";
constexpr Entry thermal{reg::lvt_thermal};

u64 status() { return read_msr(status_msr); }
bool requested() { return vector_bit(reg::irr, vector); }

void prepare(u64 control, u32 lvt) {
  quiet();
  write_msr(status_msr, 0);
  write_msr(control_msr, control);
  thermal.set(lvt);
}
/// The core gets hot, or cool again.
bool comes(bool heat) {
  const bool came = wait_until([&] { return (status() & hot) == heat; }, patience);
  delay(soon);
  return came;
}

void check_registers() {
  prepare(0, lvt::masked | vector);
  check({"TH-01", section, "the reading of a running core is valid"}, status() >> 31 & 1);
  equal({"TH-02", section, "reserved bits of IA32_THERM_INTERRUPT are #GP(0)"},
        try_write_msr(control_msr, u64{1} << 40), false);
  prepare(on_high | on_low | on_threshold | threshold, vector);
  delay(soon);
  check({"TH-03", section, "enabling interrupts asks for none"}, !requested());
}

void check_rise() {
  prepare(on_high, vector);
  const Rule rule{"TH-10", section, "a core that gets hot sets status and log"};
  if (!comes(true)) return skip(rule, "it stays cool");
  equal(rule, status() & (hot | hot_log), hot | hot_log);
  check({"TH-11", section, "and raises the entry's vector"}, requested());
  check({"TH-12", entry, "edge-triggered, and without setting the mask"},
        !vector_bit(reg::tmr, vector) && thermal.get() == vector);
  interrupt_window();
  interrupt_window();
  equal({"TH-13", entry, "it is taken once, however long the heat lasts"}, taken(vector), 1);
  prepare(on_high, vector);
  equal({"TH-14", section, "a log bit is cleared by writing 0, the status stays"},
        status() & (hot | hot_log), hot);
  write_msr(status_msr, hot_log);
  equal({"TH-15", section, "writing 1 does not set it"}, status() & hot_log, 0);
}

void check_fall() {
  prepare(on_low, vector);
  const Rule rule{"TH-20", section, "cooling down raises it with the low-temperature enable"};
  if (!comes(false)) return skip(rule, "it does not cool down");
  check(rule, requested());
  interrupt_window();
  prepare(on_low, vector);
  if (!comes(true)) return;
  check({"TH-21", section, "that enable does nothing for getting hot"}, !requested());
  equal({"TH-22", section, "the log says so all the same"}, status() & hot_log, hot_log);
}

void check_threshold() {
  prepare(on_threshold | threshold, vector);
  const Rule rule{"TH-30", section, "a threshold that is crossed downwards raises it"};
  if (!comes(false)) return skip(rule, "it does not cool down");
  check(rule, requested() && !(status() & below));
  prepare(on_threshold | threshold, vector);
  if (!comes(true)) return;
  check({"TH-31", section, "so does crossing it upwards, which is logged"},
        requested() && (status() & (below | below_log)) == (below | below_log));
}

void check_entry() {
  prepare(on_low, lvt::masked | vector);
  const Rule rule{"TH-40", entry, "a masked entry lets nothing through"};
  if (!comes(false)) return skip(rule, "it does not cool down");
  check(rule, !requested());
  thermal.set(vector);
  delay(soon);
  check({"TH-41", entry, "nor keeps it until the mask is cleared"}, !requested());
  prepare(on_high, lvt::nmi);
  if (!comes(true)) return;
  check({"TH-42", entry, "as NMI it comes at IF = 0, once"}, taken(nmi_vector) == 1);
  prepare(0, lvt::masked);
  comes(false);
}

}  // namespace

void check_thermal() {
  const bool sensor = cpuid(0).eax >= 6 && (cpuid(1).edx >> 22 & 1) && (cpuid(6).eax & 1);
  if (!intel() || !sensor || highest_lvt() < 5)
    return skip({"TH-00", section, "the rules on the thermal sensor"}, "no digital sensor");
  check_registers();
  check_rise();
  if (status() & hot) {
    check_fall();
    check_threshold();
    check_entry();
  }
  write_msr(control_msr, 0);
  thermal.set(lvt::masked);
}

}  // namespace sources
