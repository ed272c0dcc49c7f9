#include "sources.h"

// SDM Vol. 3 chapter 32 and §11.6.1: SMIs from the ICR.

extern "C" {
extern const u8 smi_handler[], smi_handler_end[];
extern volatile u32 smis_handled, smi_message, smi_messages;
}

namespace sources {

namespace {

using namespace apic;

constexpr u32 count_msr = 0x34;  // MSR_SMI_COUNT
constexpr u64 default_entry = 0x38000;
constexpr const char* section = "Vol. 3 §11.6.1";
constexpr const char* mode_section = "Vol. 3 §32.3.1";
constexpr const char* nmi_section = "Vol. 3 §32.8";

void send_smi() {
  send_ipi(icr::smi | icr::assert_level, cpus[0].apic_id);
  delay(soon);
}

/// How many one message brings.
u64 smis_of(void (*send)()) {
  const u64 before = smi_count();
  send();
  return smi_count() - before;
}

void check_message() {
  quiet();
  equal({"SM-01", section, "an SMI message enters SMM once, and RSM goes on behind it"},
        smis_of(send_smi), 1);
  bool empty = true;
  for (unsigned word = 0; word < 8; ++word)
    empty = empty && read(reg::irr + 16 * word) == 0 && read(reg::isr + 16 * word) == 0;
  check({"SM-02", "Vol. 3 §11.8.1", "it is neither in IRR nor in ISR"}, empty);
  check({"SM-03", section, "nothing comes through the IDT"}, this_cpu().order_count == 0);
  write(reg::tpr, 0xFF);
  equal({"SM-04", "Vol. 3 §11.8.3.1", "TPR and IF = 0 do not hold it back"}, smis_of(send_smi), 1);
  write(reg::tpr, 0);
  write(reg::svr, spurious_vector);
  equal({"SM-05", "Vol. 3 §11.4.7.2", "nor does software disable"}, smis_of(send_smi), 1);
  enable();
}

void check_registers() {
  u64 first = 0x1122334455667788, last = 0x99AABBCCDDEEFF00, stack, stack_after;
  const u64 cr3 = read_cr3(), efer = read_msr(0xC0000080);
  const u64 message = cpus[0].apic_id;
  register u64 r15 asm("r15") = last;
  asm volatile("mov %%rsp, %0" : "=r"(stack));
  send_ipi(icr::smi | icr::assert_level, static_cast<u32>(message));
  asm volatile("mov $20000, %%ecx; 1: pause; dec %%ecx; jnz 1b; mov %%rsp, %2"
               : "+r"(first), "+r"(r15), "=r"(stack_after)
               :
               : "rcx", "cc");
  check({"SM-06", mode_section, "general registers, CR3 and EFER are as before"},
        first == 0x1122334455667788 && r15 == last && stack == stack_after && read_cr3() == cr3 &&
            read_msr(0xC0000080) == efer);
}

/// SMIs are not blocked while an NMI is handled.
void check_in_nmi() {
  static volatile u64 within;
  static volatile u32 nmis, nmis_within;
  within = nmis = nmis_within = 0;
  set_handler(nmi_vector, [](Frame&) {
    nmis = nmis + 1;
    if (nmis != 1) return;
    within = smis_of(send_smi);
    send_ipi(icr::nmi | icr::assert_level, cpus[0].apic_id);
    delay(soon);
    nmis_within = nmis;
  });
  send_ipi(icr::nmi | icr::assert_level, cpus[0].apic_id);
  delay(soon);
  equal({"SM-10", "Vol. 3 §6.7.1", "an SMI comes in the handler of an NMI"}, within, 1);
  check({"SM-11", nmi_section, "after RSM NMIs stay blocked there"}, nmis_within == 1 && nmis == 2);
  count_interrupts(nmi_vector, nmi_vector, false);
}

/// With a handler of our own.
void check_in_handler() {
  quiet();
  smi_message = icr::smi | icr::assert_level;
  page_register(reg::icr_high) = cpus[0].apic_id << 24;
  smi_messages = 3;
  equal({"SM-20", "Vol. 3 §32.2", "SMIs within SMM are held back, as one"}, smis_of(send_smi), 2);
  quiet();
  smi_message = icr::nmi | icr::assert_level;
  smi_messages = 3;
  send_smi();
  equal({"SM-21", nmi_section, "NMIs within SMM come after it, as one"}, taken(nmi_vector), 1);
  quiet();
  smi_message = icr::fixed | icr::assert_level | icr::to_self | vector;
  smi_messages = 1;
  enable_interrupts();
  send_smi();
  disable_interrupts();
  equal({"SM-22", "Vol. 3 §32.7", "interrupts within SMM come after it"}, taken(vector), 1);
}

}  // namespace

void place_smi_handler() {
  u8* const at = reinterpret_cast<u8*>(default_entry);
  for (const u8* from = smi_handler; from != smi_handler_end; ++from)
    at[from - smi_handler] = *from;
}

/// The register is of Nehalem and later (Vol. 4 table 2-15); else the handler has to be ours.
u64 smi_count() {
  const MsrRead counted = try_read_msr(count_msr);
  return counted.refused ? smis_handled : counted.value;
}
bool can_see_smi() {
  if (!try_read_msr(count_msr).refused) return true;
  send_smi();
  return smis_handled != 0;
}

void check_smi() {
  if (!can_see_smi()) return skip({"SM-00", section, "the rules on SMIs"}, "nothing here sees one");
  check_message();
  check_registers();
  check_in_nmi();
  const Rule own{"SM-19", "Vol. 3 §32.4", "SMBASE is 30000H until somebody moves it"};
  const u32 before = smis_handled;
  send_smi();
  one_of(own, smis_handled != before,
         {{1, "the handler at 38000H runs"}, {0, "firmware has moved it"}});
  const bool ours = smis_handled != before;
  if (ours && mode() == Mode::xapic) check_in_handler();
}

}  // namespace sources
