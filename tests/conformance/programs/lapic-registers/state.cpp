#include "registers.h"

// Identity, read-only registers, gaps in the page, the state after INIT.

namespace {

using namespace apic;

struct ResetValue {
  const char* id;
  u32 offset;
  u32 value;
  const char* text;
};

constexpr ResetValue after_init[] = {
    {"LR-40", reg::tpr, 0, "TPR is 0"},
    {"LR-41", reg::ppr, 0, "PPR is 0"},
    {"LR-42", reg::ldr, 0, "LDR is 0"},
    {"LR-43", reg::dfr, 0xFFFFFFFF, "DFR is all ones"},
    {"LR-44", reg::svr, 0xFF, "SVR is 000000FFH: disabled by software"},
    {"LR-45", reg::esr, 0, "ESR is 0"},
    {"LR-46", reg::icr, 0, "ICR low is 0"},
    {"LR-47", reg::icr_high, 0, "ICR high is 0"},
    {"LR-48", reg::lvt_timer, lvt::masked, "the timer entry is masked, all else 0"},
    {"LR-49", reg::lvt_thermal, lvt::masked, "the thermal entry is masked, all else 0"},
    {"LR-50", reg::lvt_performance, lvt::masked, "the performance entry is masked, all else 0"},
    {"LR-51", reg::lvt_lint0, lvt::masked, "the LINT0 entry is masked, all else 0"},
    {"LR-52", reg::lvt_lint1, lvt::masked, "the LINT1 entry is masked, all else 0"},
    {"LR-53", reg::lvt_error, lvt::masked, "the error entry is masked, all else 0"},
    {"LR-54", reg::initial_count, 0, "the initial count is 0"},
    {"LR-55", reg::current_count, 0, "the current count is 0"},
    {"LR-56", reg::divide, 0, "the divide register is 0"},
};
constexpr unsigned reset_count = sizeof after_init / sizeof *after_init;

u32 seen[reset_count], seen_id, seen_version, seen_vectors;
u64 seen_base;

void look() {
  seen_base = read_msr(base_msr);
  for (unsigned n = 0; n < reset_count; ++n) seen[n] = page_register(after_init[n].offset);
  seen_id = page_register(reg::id) >> 24;
  seen_version = page_register(reg::version);
  seen_vectors = 0;
  for (u32 offset = reg::isr; offset < reg::esr; offset += 16)
    seen_vectors |= page_register(offset);
}

/// Gives every register another value than that of the reset, and leaves vectors in IRR and ISR.
void disturb() {
  disable_interrupts();
  write(reg::lvt_timer, lvt::masked | 0x41);
  write(reg::lvt_thermal, lvt::masked | lvt::nmi | 0x42);
  write(reg::lvt_performance, lvt::masked | 0x43);
  write(reg::lvt_lint0, lvt::masked | 0x44);
  write(reg::lvt_lint1, lvt::masked | lvt::nmi);
  write(reg::lvt_error, lvt::masked | 0x45);
  write(reg::ldr, 0x10000000);
  write(reg::dfr, 0x0FFFFFFF);
  write(reg::divide, 0xB);
  write(reg::initial_count, 0xFFFFFFFF);
  pend(0x51);
  pend(0x61);
  write(reg::tpr, 0x80);
  write(reg::esr, 0);
}

bool same_vectors(const u32* before) {
  for (unsigned n = 0; n < 24; ++n)
    if (page_register(reg::isr + 16 * n) != before[n]) return false;
  return true;
}

}  // namespace

void check_identity() {
  const u32 version = page_register(reg::version);
  check({"XA-01", "Vol. 3 §11.4.8", "the version is that of an integrated APIC, 10H to 15H"},
        (version & 0xFF) >= 0x10 && (version & 0xFF) <= 0x15);
  check({"XA-02", "Vol. 3 §11.4.8", "the highest LVT entry is 3 to 6"},
        (version >> 16 & 0xFF) >= 3 && (version >> 16 & 0xFF) <= 6);
  equal({"LR-01", "Vol. 3 §11.4.8", "the other bits but 24 are 0"}, version & 0xFE00FF00, 0);
  equal({"XA-04", "Vol. 3 §11.4.6", "the id is the one of CPUID.1:EBX[31:24]"},
        page_register(reg::id) >> 24, cpuid(1).ebx >> 24);
  equal({"LR-02", "Vol. 3 §11.4.6", "bits 23:0 of the id register are 0"},
        page_register(reg::id) & 0xFFFFFF, 0);
  const u32 id = page_register(reg::id);
  page_register(reg::id) = id + (1 << 24);
  one_of({"XA-05", "Vol. 3 §11.4.6", "the id can be written, or not"}, page_register(reg::id),
         {{id, "read-only"}, {id + (1 << 24), "writable"}});
  equal({"LR-03", "Vol. 3 §11.4.6", "CPUID goes on to return the initial id"}, cpuid(1).ebx >> 24,
        id >> 24);
  page_register(reg::id) = id;
}

void check_read_only() {
  disable_interrupts();
  drain();
  pend(0x51);
  u32 before[24];
  for (unsigned n = 0; n < 24; ++n) before[n] = page_register(reg::isr + 16 * n);
  for (unsigned n = 0; n < 24; ++n) page_register(reg::isr + 16 * n) = ~before[n];
  check({"LR-30", "Vol. 3 §11.8.4", "ISR, TMR and IRR cannot be written"}, same_vectors(before));
  const u32 version = page_register(reg::version);
  page_register(reg::version) = ~version;
  equal({"LR-31", "Vol. 3 §11.4.8", "nor can the version"}, page_register(reg::version), version);
  page_register(reg::ppr) = 0x70;
  equal({"LR-32", "Vol. 3 §11.8.3.1", "nor PPR"}, page_register(reg::ppr), 0);
  page_register(reg::current_count) = 1234;
  equal({"LR-33", "Vol. 3 §11.5.4", "nor the current count"}, page_register(reg::current_count), 0);
}

void check_absent() {
  const Caught c = attempt([] {
    for (u32 offset = 0; offset < 0x1000; offset += 16)
      static_cast<void>(u32{page_register(offset)});
  });
  expect_none({"LR-35", "Vol. 3 Table 11-1", "no read of the page is an exception"}, c);
  constexpr u32 gaps[] = {0x00,  0x10,  0x40,  0x50,  0x60,  0x70,  0x290, 0x2A0, 0x2B0, 0x2C0,
                          0x2D0, 0x2E0, 0x3A0, 0x3B0, 0x3C0, 0x3D0, 0x400, 0x800, 0xFF0};
  const Caught written = attempt([&] {
    for (const u32 offset : gaps) page_register(offset) = 0;
  });
  expect_none({"LR-36", "Vol. 3 Table 11-1", "nor is a write to an address without register"},
              written);
}

/// §11.4.1: less than 32 bits is model specific; nothing of it may end a program.
void check_access_width() {
  volatile u8* const tpr = reinterpret_cast<volatile u8*>(&page_register(reg::tpr));
  page_register(reg::tpr) = 0x20;
  u32 after_byte = 0;
  const Caught c = attempt([&] {
    *tpr = 0x30;
    after_byte = page_register(reg::tpr);
  });
  page_register(reg::tpr) = 0;
  if (expect_none({"XA-07", "Vol. 3 §11.4.1", "a store of 8 bits is no exception"}, c))
    one_of({"LR-38", "Vol. 3 §11.4.1", "it is dropped, or carried out"}, after_byte,
           {{0x20, "dropped"}, {0x30, "carried out"}, {0, "its register is cleared"}});
  page_register(reg::tpr) = 0;
}

void check_reset() {
  if (cpu_count < 2) return give_up("needs two processors");
  const u32 version = page_register(reg::version);
  run_on(1, disturb);
  on_start = look;
  restart_processor(1);
  on_start = nullptr;
  for (unsigned n = 0; n < reset_count; ++n)
    equal({after_init[n].id, "Vol. 3 §11.4.7.3", after_init[n].text}, seen[n], after_init[n].value);
  equal({"LR-57", "Vol. 3 §11.4.7.3", "ISR, TMR and IRR are empty"}, seen_vectors, 0);
  equal({"LR-58", "Vol. 3 §11.4.7.3", "INIT keeps the id"}, seen_id, cpus[1].apic_id);
  equal({"LR-59", "Vol. 3 §11.4.8", "both processors have the same version register"}, seen_version,
        version);
  equal({"XA-22", "Vol. 3 §11.4.4", "IA32_APIC_BASE of another processor: enabled, no BSP flag"},
        seen_base, default_page | base_enable);
  equal({"LR-60", "Vol. 3 §11.4.4", "that of the first one has the BSP flag"}, read_msr(base_msr),
        default_page | base_enable | base_bootstrap);
}
