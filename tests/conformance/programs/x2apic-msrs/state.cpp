#include "msrs.h"

// Ids, and what INIT leaves.

namespace {

using namespace apic;

struct ResetValue {
  const char* id;
  u32 offset;
  u32 value;
  const char* text;
};

constexpr ResetValue after_init[] = {
    {"XM-40", reg::tpr, 0, "TPR is 0"},
    {"XM-41", reg::ppr, 0, "PPR is 0"},
    {"XM-42", reg::svr, 0xFF, "SVR is 000000FFH"},
    {"XM-43", reg::esr, 0, "ESR is 0"},
    {"XM-44", reg::icr, 0, "ICR is 0"},
    {"XM-45", reg::lvt_timer, lvt::masked, "the timer entry is masked, all else 0"},
    {"XM-46", reg::lvt_thermal, lvt::masked, "the thermal entry is masked, all else 0"},
    {"XM-47", reg::lvt_performance, lvt::masked, "the performance entry is masked, all else 0"},
    {"XM-48", reg::lvt_lint0, lvt::masked, "the LINT0 entry is masked, all else 0"},
    {"XM-49", reg::lvt_lint1, lvt::masked, "the LINT1 entry is masked, all else 0"},
    {"XM-50", reg::lvt_error, lvt::masked, "the error entry is masked, all else 0"},
    {"XM-51", reg::initial_count, 0, "the initial count is 0"},
    {"XM-52", reg::divide, 0, "the divide register is 0"},
};
constexpr unsigned reset_count = sizeof after_init / sizeof *after_init;

u64 seen[reset_count], seen_vectors, seen_id, seen_ldr, seen_base;

void look() {
  seen_base = read_msr(base_msr);
  if (!(seen_base & base_extended)) return;
  for (unsigned n = 0; n < reset_count; ++n) seen[n] = read_msr(msr_of(after_init[n].offset));
  seen_vectors = 0;
  for (u32 index = msr_of(reg::isr); index < msr_of(reg::esr); ++index)
    seen_vectors |= read_msr(index);
  seen_id = read_msr(msr_of(reg::id));
  seen_ldr = read_msr(msr_of(reg::ldr));
}

void disturb() {
  enter(Mode::x2apic);
  enable();
  disable_interrupts();
  write(reg::lvt_timer, lvt::masked | 0x41);
  write(reg::lvt_thermal, lvt::masked | 0x42);
  write(reg::lvt_performance, lvt::masked | 0x43);
  write(reg::lvt_lint0, lvt::masked | 0x44);
  write(reg::lvt_lint1, lvt::masked | lvt::nmi);
  write(reg::lvt_error, lvt::masked | 0x45);
  write(reg::divide, 0xB);
  write(reg::initial_count, 0xFFFFFFFF);
  pend(0x51);
  write(reg::tpr, 0x80);
}

u32 logical_id(u32 id) { return (id & ~0xFu) << 12 | 1u << (id & 0xF); }

}  // namespace

void check_ids() {
  enter(Mode::x2apic);
  const u32 id = read(reg::id);
  equal({"X2-32", "Vol. 3 §11.12.8", "the id is the one of CPUID.0BH:EDX"}, id, cpuid(0xB).edx);
  equal({"XM-30", "Vol. 3 §11.12.8", "its low 8 bits are CPUID.1:EBX[31:24]"}, id & 0xFF,
        cpuid(1).ebx >> 24);
  equal({"XM-31", "Vol. 3 §11.12.10.2", "the logical id is derived from it"}, read(reg::ldr),
        logical_id(id));
  enter(Mode::xapic);
  const u32 page_id = page_register(reg::id);
  page_register(reg::id) = 0x55000000;
  page_register(reg::ldr) = 0x42000000;
  enter(Mode::x2apic);
  equal({"X2-33", "Vol. 3 §11.12.5.1", "an id written in xAPIC mode is not the x2APIC id"},
        read(reg::id), id);
  equal({"XM-32", "Vol. 3 §11.12.5.1", "nor is the logical one"}, read(reg::ldr), logical_id(id));
  enter(Mode::xapic);
  page_register(reg::id) = page_id;
  page_register(reg::ldr) = 0;
  enter(Mode::x2apic);
  enable();
}

void check_init() {
  run_on(1, disturb);
  on_start = look;
  restart_processor(1);
  on_start = nullptr;
  const u32 id = cpus[1].apic_id;
  equal({"X2-48", "Vol. 3 §11.12.5.1", "INIT in x2APIC mode keeps the mode"}, seen_base,
        default_page | base_enable | base_extended);
  equal({"XM-53", "Vol. 3 §11.12.5.1", "and the id"}, seen_id, id);
  equal({"XM-54", "Vol. 3 §11.12.5.1", "and the logical id"}, seen_ldr, logical_id(id));
  for (unsigned n = 0; n < reset_count; ++n)
    equal({after_init[n].id, "Vol. 3 §11.12.5.1", after_init[n].text}, seen[n],
          after_init[n].value);
  equal({"XM-55", "Vol. 3 §11.12.5.1", "ISR, TMR and IRR are empty"}, seen_vectors, 0);
}
