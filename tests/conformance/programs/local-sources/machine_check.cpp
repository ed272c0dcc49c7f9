#include "sources.h"

// SDM Vol. 3 §16.5: corrected machine-check errors. They come from outside; without them the rules
// about them are skipped.

namespace sources {

namespace {

using namespace apic;

constexpr u32 capabilities = 0x179, bank = 5;
constexpr u32 control2 = 0x280 + bank, status_msr = 0x401 + 4 * bank;
constexpr u64 enable_bit = 1 << 30, valid = u64{1} << 63, lost = u64{1} << 62;
constexpr const char* section = "Vol. 3 §16.5.1";
constexpr const char* counting = "Vol. 3 §16.3.2.2";
constexpr Entry cmci{reg::lvt_cmci};

u64 errors() { return read_msr(status_msr) >> 38 & 0x7FFF; }
bool requested() { return vector_bit(reg::irr, vector); }
bool comes(u64 count) {
  const bool came = wait_until([&] { return errors() == count; }, patience);
  delay(soon);
  return came;
}
void prepare(u64 control, u32 lvt) {
  quiet();
  write_msr(status_msr, 0);
  write_msr(control2, control);
  cmci.set(lvt);
}

void check_registers() {
  prepare(0, lvt::masked | vector);
  equal({"CM-01", section, "the entry is there and keeps vector and mask"}, cmci.get(),
        lvt::masked | vector);
  write_msr(control2, enable_bit | 0x7FFF);
  const u64 kept = read_msr(control2);
  check({"CM-02", "Vol. 3 §16.3.2.5", "CMCI_EN and a threshold can be written"},
        (kept & enable_bit) && (kept & 0x7FFF));
  write_msr(status_msr, 0);
  equal({"CM-03", counting, "IA32_MCi_STATUS takes nothing but 0"},
        try_write_msr(status_msr, valid), false);
  prepare(enable_bit | 1, vector);
  delay(soon);
  check({"CM-04", section, "without an error nothing comes"}, !requested());
}

void check_threshold() {
  prepare(enable_bit | 2, vector);
  const Rule rule{"CM-10", section,
                  "an error below the threshold is counted, and asks for nothing"};
  if (!comes(1)) return skip(rule, "no error comes");
  check(rule, (read_msr(status_msr) & (valid | lost)) == valid && !requested());
  const bool second = comes(2);
  check({"CM-11", section, "the one that reaches it raises the entry's vector"},
        second && requested());
  check({"CM-12", counting, "a corrected error behind another sets OVER"},
        read_msr(status_msr) & lost);
  check({"CM-13", "Vol. 3 §11.5.1", "edge-triggered, and without setting the mask"},
        !vector_bit(reg::tmr, vector) && cmci.get() == vector);
  interrupt_window();
  equal({"CM-14", section, "it is taken once"}, taken(vector), 1);
  const bool third = comes(3);
  check({"CM-15", section, "errors beyond the threshold raise no more"}, third && !requested());
}

void check_enables() {
  prepare(1, vector);
  const Rule rule{"CM-20", "Vol. 3 §16.3.2.5", "without CMCI_EN the threshold raises nothing"};
  if (!comes(1)) return skip(rule, "no error comes");
  check(rule, !requested());
  prepare(enable_bit | 1, lvt::masked | vector);
  const bool masked = comes(1);
  check({"CM-21", "Vol. 3 §11.5.1", "nor through a masked entry"}, masked && !requested());
  prepare(enable_bit | 1, lvt::nmi);
  const bool last = comes(1);
  check({"CM-22", "Vol. 3 §11.5.1", "as NMI it comes at IF = 0, once"},
        last && taken(nmi_vector) == 1);
}

}  // namespace

void check_corrected_errors() {
  const bool has_banks = cpuid(1).edx >> 14 & 1;
  const u64 described = has_banks ? read_msr(capabilities) : 0;
  if (!(described & 1 << 10) || (described & 0xFF) <= bank || highest_lvt() < 6)
    return skip({"CM-00", section, "the rules on corrected errors"}, "no CMCI");
  check_registers();
  check_threshold();
  check_enables();
  prepare(0, lvt::masked);
}

}  // namespace sources
