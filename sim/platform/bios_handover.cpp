#include "sim/platform/bios_handover.h"

#include "models/apic/spec/local_apic_registers.h"

namespace apicsim {

namespace {

struct PortWrite {
  std::uint16_t port;
  std::uint8_t value;
};

// Counter 0 divides by 65536, low byte first, mode 2: 18.2 interrupts per second.
constexpr PortWrite kTimer[] = {{0x43, 0x34}, {0x40, 0}, {0x40, 0}};

// ICW1 to ICW4 of both, then the masks: open are the timer, keyboard, cascade, diskette and, behind
// the cascade, clock, mouse, coprocessor and disk. PCI has the level-triggered inputs 10 and 11.
constexpr PortWrite kInterruptControllers[] = {
    {0x20, 0x11}, {0xA0, 0x11}, {0x21, 0x08}, {0xA1, 0x70}, {0x21, 0x04},  {0xA1, 0x02},
    {0x21, 0x01}, {0xA1, 0x01}, {0x21, 0xB8}, {0xA1, 0x8E}, {0x4D1, 0x0C},
};

struct ApicWrite {
  std::uint32_t offset;
  std::uint32_t value;
};

// SDM Vol. 3 §11.5.1: LINT0 is ExtINT, LINT1 NMI, both open and with the trigger mode bit set,
// which counts for neither.
constexpr ApicWrite kLocalApic[] = {{lapic::reg::lvt_lint0, 0x8700},
                                    {lapic::reg::lvt_lint1, 0x8400}};

}  // namespace

BiosHandover::BiosHandover(const sc_core::sc_module_name& name, LocalApic& bootstrap)
    : sc_module(name), ports("ports"), m_apic(bootstrap) {}

/// ICW1 forgets the edge with which the timer's output rises (8259A data sheet, "Initialization
/// Command Words 1 and 2").
void BiosHandover::start_of_simulation() {
  program_timer();
  program_interrupt_controllers();
  program_local_apic();
}

void BiosHandover::program_timer() {
  for (const PortWrite& write : kTimer) out(write.port, write.value);
}

void BiosHandover::program_interrupt_controllers() {
  for (const PortWrite& write : kInterruptControllers) out(write.port, write.value);
}

/// Firmware may leave the APIC in x2APIC mode, where the registers are MSRs (SDM Vol. 3
/// §11.12.1.2).
void BiosHandover::program_local_apic() {
  const std::uint32_t enabled = lapic::svr::enable | lapic::svr::vector;
  write_local_apic(lapic::reg::svr, m_apic.peek(lapic::reg::svr, 0) | enabled);
  for (const ApicWrite& write : kLocalApic) write_local_apic(write.offset, write.value);
}

void BiosHandover::write_local_apic(std::uint32_t offset, std::uint32_t value) {
  constexpr unsigned size = 4;
  if (m_apic.x2apic_mode())
    m_apic.write_msr(lapic::msr_x2apic_first + offset / 16, value, 0);
  else
    m_apic.write_page(offset, size, value, 0);
}

void BiosHandover::out(std::uint16_t port, std::uint8_t value) {
  tlm::tlm_generic_payload payload;
  sc_core::sc_time delay;
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  payload.set_address(port);
  payload.set_data_ptr(&value);
  payload.set_data_length(1);
  payload.set_streaming_width(1);
  payload.set_extension(&m_initiator);
  ports->b_transport(payload, delay);
  payload.clear_extension(&m_initiator);
}

}  // namespace apicsim
