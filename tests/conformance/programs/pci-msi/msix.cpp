#include "pci.h"

// §6.8.2: MSI-X, and MSI with several vectors and masks, of apicsim's interrupt tester
// (docs/devices.md). Other machines have none.

using namespace pci;

namespace {

constexpr u32 identity = 0x1234'11EF;
constexpr u32 raise_register = 0x08, retract_register = 0x0C, sent_register = 0x40;
constexpr u32 pending_bits = 0x800;
constexpr u8 first_vector = 0x70;

Function device;
u32 msi, msix;

volatile u32& table(u32 vector, u32 offset) { return memory(device, 1, 16 * vector + offset); }
u32 pending() { return memory(device, 1, pending_bits); }
void raise(u32 vector) { memory(device, 0, raise_register) = vector; }
u8 vector_of(u32 vector) { return static_cast<u8>(first_vector + vector); }

void check_table() {
  bool masked = true;
  for (u32 n = 0; n < 32; ++n) masked &= table(n, 12) == 1;
  check({"MX-01", "PCI 3.0 §6.8.2.9", "reset masks every vector"}, masked);
  equal({"MX-02", "PCI 3.0 §6.8.2.3", "Message Control gives the size of the table"},
        read16(device, msix + 2), 31);
  table(3, 0) = 0xFFFFFFFF;
  table(3, 12) = 0xFFFFFFFF;
  check({"MX-03", "PCI 3.0 §6.8.2.7", "address bits 1:0 and reserved control bits are zero"},
        table(3, 0) == 0xFFFFFFFC && table(3, 12) == 1);
}

void arm() {
  for (u32 n = 0; n < 32; ++n) {
    table(n, 0) = 0xFEE00000 | cpus[n % cpu_count].apic_id << 12;
    table(n, 4) = 0;
    table(n, 8) = vector_of(n);
  }
  write16(device, msix + 2, 0x8000);
}

void check_vectors() {
  arm();
  clear_all_interrupts();
  bool right = true;
  for (u32 n = 0; n < 32; ++n) {
    table(n, 12) = 0;
    raise(n);
    right &= taken(vector_of(n), 1) == 1 &&
             const_cast<volatile u32&>(cpus[n % cpu_count].interrupts[vector_of(n)]) == 1;
  }
  check({"MX-04", "PCI 3.0 §6.8.2", "each vector has its own address and data"}, right);
}

void check_masks() {
  clear_all_interrupts();
  table(5, 12) = 1;
  raise(5);
  raise(5);
  check({"MX-05", "PCI 3.0 §6.8.3.4", "an event of a masked vector sets its pending bit"},
        taken(vector_of(5), 0) == 0 && pending() == 1u << 5);
  table(5, 12) = 0;
  check({"MX-06", "PCI 3.0 §6.8.3.4", "unmasking sends one message and clears it"},
        taken(vector_of(5), 1) == 1 && pending() == 0);
  table(6, 12) = 1;
  raise(6);
  memory(device, 0, retract_register) = 6;
  table(6, 12) = 0;
  check({"MX-07", "PCI 3.0 §6.8.3.4", "an event dealt with before is not sent"},
        taken(vector_of(6), 0) == 0 && pending() == 0);
  clear_all_interrupts();
  write16(device, msix + 2, 0xC000);
  raise(7);
  const bool held = taken(vector_of(7), 0) == 0 && pending() == 1u << 7;
  write16(device, msix + 2, 0x8000);
  check({"MX-08", "PCI 3.0 §6.8.2.3", "the function mask masks all vectors"},
        held && taken(vector_of(7), 1) == 1);
  memory(device, 1, pending_bits) = 0xFFFFFFFF;
  check({"MX-09", "PCI 3.0 §6.8.2.10", "pending bits are read-only"}, pending() == 0);
  write16(device, msix + 2, 0);
}

void check_several_messages() {
  clear_all_interrupts();
  write32(device, msi + 4, 0xFEE00000 | cpus[0].apic_id << 12);
  write32(device, msi + 8, 0);
  write16(device, msi + 12, first_vector);
  equal({"MX-10", "PCI 3.0 §6.8.1.3", "MSI control: 8 vectors, 64-bit address, masks"},
        read16(device, msi + 2), 0x0186);
  write16(device, msi + 2, 0x31);
  bool right = true;
  for (u32 n = 0; n < 8; ++n) {
    raise(n);
    right &= taken(vector_of(n), 1) == 1;
  }
  check({"MX-11", "PCI 3.0 §6.8.3.1", "of eight granted the low three bits are the vector"}, right);
  clear_all_interrupts();
  write16(device, msi + 2, 0x11);
  raise(2);
  raise(3);
  check({"MX-12", "PCI 3.0 §6.8.3.1", "of two granted only the low bit"},
        taken(vector_of(0), 1) == 1 && taken(vector_of(1), 1) == 1);
  write16(device, msi + 2, 0x31);
  clear_all_interrupts();
  write32(device, msi + 16, 1u << 4);
  raise(4);
  const bool held = taken(vector_of(4), 0) == 0 && read32(device, msi + 20) == 1u << 4;
  write32(device, msi + 16, 0);
  check({"MX-13", "PCI 3.0 §6.8.1.7", "mask and pending bits of MSI"},
        held && taken(vector_of(4), 1) == 1 && read32(device, msi + 20) == 0);
  write16(device, msi + 2, 0);
}

void check_malformed() {
  clear_all_interrupts();
  const auto write = [](u32 address, u32 data, u32 length) {
    memory(device, 0, 0x20) = address;
    memory(device, 0, 0x24) = 0;
    memory(device, 0, 0x28) = data;
    memory(device, 0, 0x2C) = 0;
    memory(device, 0, 0x30) = length;
  };
  const u32 me = 0xFEE00000 | cpus[0].apic_id << 12;
  write(me, first_vector, 4);
  check({"MX-14", "Vol. 3 §11.11", "4 bytes written to FEExxxxxH are an interrupt"},
        taken(first_vector, 1) == 1);
  write(me, first_vector, 1);
  write(me, first_vector, 8);
  write(me, first_vector | 3 << 8, 4);
  write(me, first_vector | 6 << 8, 4);
  check({"MX-15", "Vol. 3 §11.11", "other lengths and reserved delivery modes are none"},
        taken(first_vector, 1) == 1);
}

/// SERR#: an NMI on LINT1 where port 0x61 and port 0x70 let it through.
void check_system_error() {
  static volatile u32 nmis;
  set_handler(2, [](Frame&) { ++nmis; });
  apic::write(apic::reg::lvt_lint1, apic::lvt::nmi);
  write16(device, command, memory_space | bus_master | 0x100);
  out8(0x61, 0);
  out8(0x70, 0x0F);
  memory(device, 0, 0x10) = 1;
  wait_until([] { return nmis >= 1; }, 300'000'000);
  check({"MX-16", "ICH9 §13.7.1", "SERR# is an NMI, and bit 7 of port 0x61 tells"},
        nmis == 1 && (in8(0x61) & 0x80));
  out8(0x61, 4);
  equal({"MX-17", "ICH9 §13.7.1", "bit 2 of port 0x61 clears it"}, in8(0x61) & 0x80, 0);
  out8(0x70, 0x8F);
}

}  // namespace

void check_msix() {
  device = find(identity);
  const Rule rule = {"MX-00", "PCI 3.0 §6.8.2", "the function has MSI and MSI-X"};
  if (device == none) return skip(rule, "no interrupt tester");
  write16(device, command, memory_space | bus_master);
  msi = capability(device, 5);
  msix = capability(device, 0x11);
  check(rule, msi != 0 && msix != 0);
  check_table();
  check_vectors();
  check_masks();
  check_several_messages();
  check_malformed();
  check_system_error();
}
