#include "io_apic.h"

// §3.1, §3.2: what software reads back.

using namespace io_apic;

namespace {

void check_identity() {
  const u32 id = read(reg::id);
  write(reg::id, 0xFFFFFFFF);
  equal({"IO-01", "82093AA §3.2.1", "bits 27:24 of the ID register are writable"},
        read(reg::id) >> 24 & 0xF, 0xF);
  write(reg::id, 5u << 24);
  equal({"IO-04", "82093AA §3.2.3", "the arbitration ID follows the ID"},
        read(reg::arbitration) >> 24 & 0xF, 5);
  write(reg::arbitration, 0x0A000000);
  equal({"IA-01", "82093AA §3.2.3", "the arbitration register is read-only"},
        read(reg::arbitration) >> 24 & 0xF, 5);
  write(reg::id, id);
  const u32 version = read(reg::version);
  write(reg::version, ~version);
  equal({"IO-02", "82093AA §3.2.2", "the version register is read-only"}, read(reg::version),
        version);
  one_of({"IA-02", "82093AA §3.2.2", "the version is that of a known chip"}, version & 0xFF,
         {{0x11, "0x11"}, {0x20, "0x20"}});
  check({"IA-03", "82093AA §3.2.2", "there are at least 16 entries"}, last_pin() >= 15);
}

void check_window() {
  at(0x00) = 0xFFFFFF01;
  equal({"IA-04", "82093AA §3.1.1", "IOREGSEL keeps bits 7:0"}, at(0x00) & 0xFF, 1);
  equal({"IA-05", "82093AA §3.1.2", "IOWIN shows the register that they name"}, at(0x10),
        read(reg::version));
  at(0x00) = reg::version;
  *reinterpret_cast<volatile u8*>(0xFEC00000ul) = reg::redirection;
  equal({"IO-09", "82093AA §3.1.1", "IOREGSEL takes a byte"}, at(0x00) & 0xFF, reg::redirection);
}

/// The bits of a masked entry that keep a one and a zero.
void check_entry_bits() {
  bool low_kept = true, high_kept = true, read_only = true;
  constexpr u64 writable = 0x0001AFFF;
  for (unsigned pin = 0; pin <= last_pin(); ++pin) {
    for (unsigned bit = 0; bit < 16; ++bit) {
      const u64 value = rte::masked | 1ul << bit;
      write_low(pin, value);
      low_kept &= (low(pin) & writable) == (value & writable);
      read_only &= !(low(pin) & (rte::remote_irr | rte::send_pending));
    }
    for (unsigned bit = 24; bit < 32; ++bit) {
      write_high(pin, 1ul << bit);
      high_kept &= high(pin) >> 24 == 1u << (bit - 24);
    }
    write_low(pin, rte::masked);
    write_high(pin, 0);
  }
  check({"IA-06", "82093AA §3.2.4", "bits 16, 15, 13 and 11:0 of every entry are writable"},
        low_kept);
  check({"IA-07", "82093AA §3.2.4", "bits 63:56 of every entry are writable"}, high_kept);
  check({"IA-08", "82093AA §3.2.4", "remote IRR and delivery status cannot be set by software"},
        read_only);
}

void check_halves() {
  program(pin_a, rte::masked | rte::to(0x12) | 0x55);
  write_low(pin_a, rte::masked | 0x66);
  const bool high_stays = high(pin_a) >> 24 == 0x12;
  write_high(pin_a, 0x34ul << 24);
  check({"IO-06", "82093AA §3.2.4", "the halves of an entry are written apart"},
        high_stays && (low(pin_a) & 0xFF) == 0x66 && high(pin_a) >> 24 == 0x34);
  quiet();
}

}  // namespace

void check_registers() {
  check_identity();
  check_window();
  check_entry_bits();
  check_halves();
}
