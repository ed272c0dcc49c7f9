#include "runtime/apic.h"

// SDM Vol. 3 §11.4.3, §11.4.4, §11.12.5.

namespace {

using namespace apic;

constexpr u64 mode_bits = base_enable | base_extended;

u64 base_with(u64 bits) { return (read_msr(base_msr) & ~mode_bits) | bits; }
bool apic_flag() { return cpuid(1).edx >> 9 & 1; }

struct Transition {
  const char* id;
  Mode from;
  u64 to;  ///< EN and EXTD
  bool allowed;
  const char* text;
};

/// Figure 11-27. What leads out of x2APIC mode or needs it is for processors that have it.
constexpr Transition transitions[] = {
    {"AB-01", Mode::disabled, 0, true, "disabled to disabled"},
    {"X2-28", Mode::disabled, base_enable, true, "disabled to xAPIC"},
    {"X2-26", Mode::disabled, base_extended, false, "disabled to EXTD alone is #GP(0)"},
    {"X2-27", Mode::disabled, mode_bits, false, "disabled to x2APIC is #GP(0)"},
    {"AB-02", Mode::xapic, 0, true, "xAPIC to disabled"},
    {"AB-03", Mode::xapic, base_enable, true, "xAPIC to xAPIC"},
    {"X2-29", Mode::xapic, base_extended, false, "xAPIC to EXTD alone is #GP(0)"},
    {"AB-04", Mode::xapic, mode_bits, true, "xAPIC to x2APIC"},
    {"X2-25", Mode::x2apic, 0, true, "x2APIC to disabled"},
    {"X2-24", Mode::x2apic, base_enable, false, "x2APIC to xAPIC is #GP(0)"},
    {"X2-23", Mode::x2apic, base_extended, false, "x2APIC to EXTD alone is #GP(0)"},
    {"AB-05", Mode::x2apic, mode_bits, true, "x2APIC to x2APIC"},
};

void check_transition(const Transition& transition) {
  const Rule rule{transition.id, "Vol. 3 §11.12.5", transition.text};
  if (!has_x2apic() && (transition.from == Mode::x2apic || (transition.to & base_extended)))
    return skip(rule, "no x2APIC");
  enter(transition.from);
  const u64 before = read_msr(base_msr), written = base_with(transition.to);
  const bool taken = try_write_msr(base_msr, written);
  const u64 after = read_msr(base_msr);
  check(rule, taken == transition.allowed && after == (transition.allowed ? written : before));
  enter(Mode::xapic);
}

void check_transitions() {
  for (const Transition& transition : transitions) check_transition(transition);
  const Rule without{"X2-30", "Vol. 3 §11.12.1", "EXTD is reserved without CPUID.1:ECX[21]"};
  if (has_x2apic()) return skip(without, "has x2APIC");
  check(without, !try_write_msr(base_msr, base_with(mode_bits)));
}

void check_reserved_bits() {
  const u64 base = read_msr(base_msr);
  u64 taken = 0;
  for (unsigned bit = 0; bit < 8; ++bit)
    if (try_write_msr(base_msr, base | 1ul << bit)) taken |= 1ul << bit;
  if (try_write_msr(base_msr, base | 1 << 9)) taken |= 1 << 9;
  equal({"AB-10", "Vol. 3 §11.4.4", "a one in bits 7:0 or 9 is #GP(0)"}, taken, 0);
  write_msr(base_msr, base);
  const unsigned width = cpuid(0x80000008).eax & 0xFF;
  taken = 0;
  for (unsigned bit = width; bit < 64; ++bit)
    if (try_write_msr(base_msr, base | 1ul << bit)) taken |= 1ul << bit;
  equal({"AB-11", "Vol. 3 §11.4.4", "so is one from MAXPHYADDR on"}, taken, 0);
  write_msr(base_msr, base);
  equal({"AB-12", "Vol. 3 §11.4.4", "what is refused changes nothing"}, read_msr(base_msr), base);
}

void check_relocation() {
  constexpr u64 elsewhere = 0xFED40000;
  const u64 base = read_msr(base_msr);
  const u32 version = page_register(reg::version);
  volatile u32& moved = *reinterpret_cast<volatile u32*>(elsewhere + reg::version);
  const u32 before = moved;
  write_msr(base_msr, elsewhere | (base & 0xFFF));
  equal({"XA-20", "Vol. 3 §11.4.5", "the page moves with IA32_APIC_BASE"}, moved, version);
  check({"AB-20", "Vol. 3 §11.4.5", "nothing was there before"}, before != version);
  write(reg::tpr, 0x30);
  write_msr(base_msr, base);
  equal({"AB-21", "Vol. 3 §11.4.5", "it keeps its registers"}, read(reg::tpr), 0x30);
  check({"AB-22", "Vol. 3 §11.4.5", "and leaves the other place again"}, moved != version);
  write(reg::tpr, 0);
}

/// XA-17 to XA-19.
void check_disabled() {
  const u32 version = page_register(reg::version);
  write(reg::ldr, 0x12000000);
  write(reg::lvt_lint1, lvt::nmi);
  write(reg::lvt_timer, lvt::masked | 0x41);
  volatile u32& tpr = page_register(reg::tpr);
  enter(Mode::disabled);
  equal({"XA-17", "Vol. 3 §11.4.3", "CPUID.1:EDX[9] is 0 while the APIC is disabled"}, apic_flag(),
        false);
  const u32 empty = tpr;
  tpr = ~empty;
  check({"AB-30", "Vol. 3 §11.4.3", "its page is not decoded"}, tpr == empty || tpr == ~empty);
  write_cr8(5);
  equal({"XA-18", "Vol. 3 §11.8.6", "CR8 goes on to keep its value"}, read_cr8(), 5);
  write_cr8(0);
  enter(Mode::xapic);
  equal({"AB-31", "Vol. 3 §11.4.3", "CPUID.1:EDX[9] is 1 again when it is enabled"}, apic_flag(),
        true);
  equal({"XA-19", "Vol. 3 §11.4.3", "the version is as before"}, page_register(reg::version),
        version);
  equal({"X2-49", "Vol. 3 §11.4.3", "LDR has its value of a reset"}, read(reg::ldr), 0);
  equal({"AB-32", "Vol. 3 §11.4.3", "SVR has, too"}, read(reg::svr), 0xFF);
  equal({"AB-33", "Vol. 3 §11.4.3", "LVT entries have, too"},
        read(reg::lvt_lint1) | read(reg::lvt_timer), lvt::masked);
  enable();
  write_cr8(read_cr8() ^ 0xF);
  equal({"AB-34", "Vol. 3 §11.8.6", "TPR and CR8 are one register again"}, read(reg::tpr),
        read_cr8() << 4);
  write_cr8(0);
}

/// From xAPIC to x2APIC mode registers stay, but for those that are other ones there.
void check_kept() {
  const Rule rule{"AB-40", "Vol. 3 §11.12.5.1", "going to x2APIC mode keeps the other registers"};
  if (!has_x2apic()) return skip(rule, "no x2APIC");
  enable();
  write(reg::tpr, 0x40);
  write(reg::lvt_error, lvt::masked | 0x55);
  write(reg::divide, 0xB);
  enter(Mode::x2apic);
  check(rule, read(reg::tpr) == 0x40 && read(reg::lvt_error) == (lvt::masked | 0x55) &&
                  read(reg::divide) == 0xB && read(reg::svr) == (svr_enable | spurious_vector));
  equal({"AB-41", "Vol. 3 §11.4.3", "CPUID.1:EDX[9] is 1 in x2APIC mode"}, apic_flag(), true);
  enter(Mode::disabled);
  equal({"AB-42", "Vol. 3 §11.4.3", "and 0 when disabled from there"}, apic_flag(), false);
  enter(Mode::xapic);
  equal({"AB-43", "Vol. 3 §11.12.5.1", "by way of disabled the id is the initial one"},
        page_register(reg::id) >> 24, cpuid(1).ebx >> 24);
  enable();
}

/// A relocated page of one processor is its own matter.
void check_others() {
  constexpr u64 elsewhere = 0xFED50000;
  u32 own = 0, other = 0;
  run_on(1, [&] {
    write_msr(base_msr, elsewhere | base_enable);
    own = page_register(reg::id) >> 24;
  });
  other = page_register(reg::id) >> 24;
  equal({"AB-50", "Vol. 3 §11.4.5", "each processor has its own page address"}, own,
        cpus[1].apic_id);
  equal({"AB-51", "Vol. 3 §11.4.5", "others keep theirs"}, other, cpus[0].apic_id);
  u64 after = 0;
  static u64 seen;
  on_start = [] { seen = read_msr(base_msr); };
  restart_processor(1);
  on_start = nullptr;
  after = seen;
  equal({"AB-52", "Vol. 3 §11.4.7.3", "INIT does not change IA32_APIC_BASE"}, after,
        elsewhere | base_enable);
  run_on(1, [] { write_msr(base_msr, default_page | base_enable); });
}

}  // namespace

void program() {
  enter(Mode::xapic);
  start_processors();
  check_transitions();
  enable();
  check_reserved_bits();
  check_relocation();
  check_disabled();
  check_kept();
  check_others();
  finish("apic-base");
}
