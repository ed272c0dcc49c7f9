#include "runtime/apic.h"
#include "runtime32/runtime.h"

// What tells the local APIC of the P6 family from an xAPIC: SDM Vol. 3 §11.1, §11.4.8, table 11-1.

namespace {

using namespace apic::reg;

constexpr u32 send_accept = 1 << 2, send_illegal = 1 << 5, illegal_register = 1 << 7;
constexpr u8 vector = 0x61;
constexpr const char* version_section = "Vol. 3 §11.4.8";
constexpr const char* registers_section = "Vol. 3 table 11-1";
constexpr const char* priority_section = "Vol. 3 §11.6.2.4";
constexpr const char* error_section = "Vol. 3 §11.5.3";

volatile u32& at(u32 offset) { return *reinterpret_cast<volatile u32*>(0xFEE00000 + offset); }

/// Family 5 and the models of family 6 up to the Pentium III talk over a serial bus.
bool on_serial_bus() {
  const u32 signature = cpuid(1).eax;
  const u32 family = signature >> 8 & 0xF;
  const u32 model = (signature >> 4 & 0xF) | (signature >> 12 & 0xF0);
  return intel() && (family == 5 || (family == 6 && model <= 0xB && model != 9));
}

/// Of CPUID.1:ECX: 21 x2APIC, 24 TSC deadline.
bool has_flag(unsigned bit) { return cpuid(1).ecx >> bit & 1; }

u32 errors() {
  at(esr) = 0;
  return at(esr);
}
void clear_errors() {
  errors();
  errors();
}
void send(u32 low, u32 destination) {
  at(icr_high) = destination << 24;
  at(icr) = low;
  while (at(icr) & apic::icr::pending) pause();
  delay(1'000'000);
}
bool requested() { return at(irr + vector / 32 * 16) >> vector % 32 & 1; }
/// IRR is not emptied: only an interrupt that is taken does that.
bool receives(u32 destination) {
  const bool before = requested();
  send(vector, destination);
  return !before && requested();
}

void check_version(bool serial) {
  check({"AG-01", version_section, "an integrated APIC has version 10H to 15H"},
        (at(version) & 0xFF) >= 0x10 && (at(version) & 0xFF) <= 0x15);
  const u32 highest = at(version) >> 16 & 0xFF;
  check({"AG-02", version_section, "P6: five entries in the LVT; later ones: six or seven"},
        serial ? highest == 4 : highest == 5 || highest == 6);
  equal({"AG-03", version_section, "bits 31:25 and 15:8 are 0, on P6 bit 24 is, too"},
        at(version) & (serial ? 0xFF00FF00 : 0xFE00FF00), 0);
}

void check_id(bool serial) {
  const u32 before = at(id);
  at(id) = 0xFFFFFFFF;
  const u32 written = at(id);
  at(id) = before;
  if (serial)
    equal({"AG-04", "Vol. 3 §11.4.6", "P6: an id of four bits, 27:24"}, written, 0x0F000000);
  else
    one_of({"AG-04", "Vol. 3 §11.4.6", "an id of eight bits, 31:24, or read-only"}, written,
           {{0xFF000000, "eight bits"}, {before, "read-only"}});
  equal({"AG-05", "Vol. 3 §11.4.6", "it is written back"}, at(id), before);
}

void check_registers(bool serial) {
  clear_errors();
  if (serial) {
    static_cast<void>(u32{at(rrd)} + u32{at(apr)});
  } else {
    at(rrd) = 0;
    at(apr) = 0;
  }
  equal({"AG-06", registers_section, "P6: APR and RRD can be read; later writing them is no error"},
        errors() & illegal_register, 0);
  static_cast<void>(u32{at(0x40)});
  equal({"AG-07", error_section, "reading a reserved register is one"}, errors(), illegal_register);
  clear_errors();
  at(lvt_thermal) = apic::lvt::masked | 0x42;
  const u32 kept = at(lvt_thermal);
  const u32 seen = errors();
  if (serial)
    equal({"AG-08", registers_section, "P6: there is no thermal entry"}, seen, illegal_register);
  else
    equal({"AG-08", registers_section, "there is a thermal entry"}, kept, apic::lvt::masked | 0x42);
  at(lvt_timer) = 3 << 17 | apic::lvt::masked;
  const bool deadline = (at(lvt_timer) >> 18 & 1) != 0;
  check({"AG-09", "Vol. 3 §11.5.1", "LVT timer bit 18 is there only with TSC deadline"},
        !deadline || has_flag(24));
  at(lvt_timer) = apic::lvt::masked;
}

void check_extended_mode() {
  const u64 base = read_msr(apic::base_msr);
  const Rule rule{"AG-10", "Vol. 3 §11.12.1", "without x2APIC its mode is refused with #GP"};
  if (has_flag(21)) return skip(rule, "x2APIC");
  equal(rule, try_write_msr32(apic::base_msr, base | apic::base_extended), false);
}

void check_errors(bool serial) {
  constexpr u32 nobody = 0xE;
  clear_errors();
  send(vector, nobody);
  equal({"AG-12", error_section,
         "P6: a message that nobody takes is a send accept error; later: none"},
        errors(), serial ? send_accept : 0);
  send(5, nobody);
  equal({"AG-13", error_section, "vector 5 is a send illegal vector error"},
        errors() & send_illegal, send_illegal);
  clear_errors();
}

/// APR: TPR if nothing else is higher, else the class of the highest request.
void check_arbitration(bool serial, u32 task, u32 wanted, const Rule& rule) {
  at(tpr) = task;
  if (serial)
    equal(rule, at(apr), wanted);
  else
    skip(rule, "not on an xAPIC");
  at(tpr) = 0;
}

void check_broadcast(bool serial) {
  check_arbitration(serial, 0x35, 0x35, {"AG-14", priority_section, "P6: APR is TPR when idle"});
  equal({"AG-15", "Vol. 3 §11.6.2.1", "P6: physical id FH is everyone; later it is one id"},
        receives(0xF), serial);
  if (!serial)
    equal({"AG-16", "Vol. 3 §11.6.2.1", "physical id FFH is everyone"}, receives(0xFF), true);
  check_arbitration(serial, 0, 0x60,
                    {"AG-17", priority_section, "P6: APR is the class of the highest request"});
  check_arbitration(serial, 0x75, 0x75,
                    {"AG-18", priority_section, "P6: a TPR of a higher class comes before it"});
}

}  // namespace

void program() {
  const bool serial = on_serial_bus();
  at(svr) = apic::svr_enable | apic::spurious_vector;
  check_version(serial);
  check_id(serial);
  check_registers(serial);
  check_extended_mode();
  check_errors(serial);
  check_broadcast(serial);
  finish("apic-generations");
}
