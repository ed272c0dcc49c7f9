#include "pci.h"

// §6.8.1 and SDM Vol. 3 §11.11: messages of a function with one vector.

using namespace pci;

namespace {

constexpr const char* address_format = "Vol. 3 §11.11.1";
constexpr const char* data_format = "Vol. 3 §11.11.2";
constexpr u32 window = 0xFEE00000, logical = 4, redirect = 8;

Function device;
u32 msi;

void set_message(u32 address, u16 data) {
  write32(device, msi + 4, address);
  write32(device, msi + 8, 0);
  write16(device, msi + 12, data);
}

void raise() {
  memory(device, 0, 0x60) = 1;
  memory(device, 0, 0x64) = 1;
}

u32 send(u32 address, u16 data, u32 receivers) {
  clear_all_interrupts();
  set_message(address, data);
  raise();
  return taken(msi_vector, receivers);
}

u32 of(unsigned cpu) { return const_cast<volatile u32&>(cpus[cpu].interrupts[msi_vector]); }
u32 to(u32 id) { return window | id << 12; }

void check_capability() {
  equal({"MS-01", "PCI 3.0 §6.8.1.3", "Message Control: one vector, 64-bit address, disabled"},
        read16(device, msi + 2) & 0xFF8F, 0x0080);
  write32(device, msi + 4, 0xFFFFFFFF);
  write32(device, msi + 8, 0xFFFFFFFF);
  write16(device, msi + 12, 0xFFFF);
  check({"MS-02", "PCI 3.0 §6.8.1.4", "the address is writable but for bits 1:0, data in full"},
        read32(device, msi + 4) == 0xFFFFFFFC && read32(device, msi + 8) == 0xFFFFFFFF &&
            read16(device, msi + 12) == 0xFFFF);
}

void check_enable() {
  equal({"MS-03", "PCI 3.0 §6.8.1.3", "disabled there are no messages"},
        send(to(cpus[0].apic_id), msi_vector, 0), 0);
  write16(device, msi + 2, 1);
  equal({"MS-04", "PCI 3.0 §6.8.1.3", "enabled each event is one"},
        send(to(cpus[0].apic_id), msi_vector, 1), 1);
  write16(device, command, memory_space);
  equal({"MS-05", "PCI 3.0 §6.2.2", "without bus mastering there are none"},
        send(to(cpus[0].apic_id), msi_vector, 0), 0);
  write16(device, command, memory_space | bus_master);
}

void check_destinations() {
  bool right = true;
  for (unsigned n = 0; n < cpu_count; ++n)
    right &= send(to(cpus[n].apic_id), msi_vector, 1) == 1 && of(n) == 1;
  check({"MS-06", address_format, "physical: the processor with the id of bits 19:12"}, right);
  equal({"MS-07", address_format, "physical: FFH is all of them"},
        send(to(0xFF), msi_vector, cpu_count), cpu_count);
  run_on_all([] {
    apic::write(apic::reg::dfr, 0xFFFFFFFF);
    apic::write(apic::reg::ldr, 1u << (24 + this_cpu().number));
  });
  const u32 everyone = (1u << cpu_count) - 1;
  equal({"MS-08", address_format, "logical: every processor of the set"},
        send(to(everyone) | logical, msi_vector, cpu_count), cpu_count);
  equal({"MS-09", address_format, "logical with redirection hint, lowest priority: one of them"},
        send(to(everyone) | logical | redirect, msi_vector | 0x100, 1), 1);
}

volatile u32 nmis;

void check_modes() {
  set_handler(2, [](Frame&) { ++nmis; });
  send(to(cpus[0].apic_id), 0x455, 0);
  wait_until([] { return nmis >= 1; }, 300'000'000);
  equal({"MS-10", data_format, "delivery mode 100 is NMI"}, nmis, 1);
  run_on(0, [] { apic::write(apic::reg::esr, 0); });
  disable_interrupts();
  set_message(to(cpus[0].apic_id), msi_vector | 0xC000);
  raise();
  const bool set =
      wait_until([] { return apic::vector_bit(apic::reg::irr, msi_vector); }, 300'000'000);
  const bool level = apic::vector_bit(apic::reg::tmr, msi_vector);
  enable_interrupts();
  check({"MS-11", data_format, "trigger mode 1 is recorded in TMR"}, set && level);
  taken(msi_vector, 1);
  equal({"MS-12", data_format, "trigger mode 0 clears it again"},
        send(to(cpus[0].apic_id), msi_vector, 1) == 1 &&
            !apic::vector_bit(apic::reg::tmr, msi_vector),
        1);
}

/// The edu function's engine writes what software says: 4 bytes to the window are a message.
void check_dma_write() {
  write16(device, msi + 2, 0);
  clear_all_interrupts();
  static volatile u32 data;
  data = msi_vector;
  const auto run = [](u64 from, u64 to_address, u64 direction) {
    *reinterpret_cast<volatile u64*>(&memory(device, 0, 0x80)) = from;
    *reinterpret_cast<volatile u64*>(&memory(device, 0, 0x88)) = to_address;
    *reinterpret_cast<volatile u64*>(&memory(device, 0, 0x90)) = 4;
    *reinterpret_cast<volatile u64*>(&memory(device, 0, 0x98)) = 1 | direction;
    return wait_until([] { return (memory(device, 0, 0x98) & 1) == 0; });
  };
  const bool moved = run(reinterpret_cast<u64>(&data), 0x40000, 0);
  const bool sent = run(0x40000, to(cpus[0].apic_id), 2);
  check({"MS-13", "Vol. 3 §11.11", "a device's write to FEExxxxxH is an interrupt, MSI or not"},
        moved && sent && taken(msi_vector, 1) == 1);
}

}  // namespace

void check_msi(Function edu) {
  device = edu;
  msi = capability(edu, 5);
  if (msi == 0) give_up("edu has no MSI capability");
  check_capability();
  check_enable();
  check_destinations();
  check_modes();
  check_dma_write();
}
