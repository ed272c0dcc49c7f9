#include "sim/platform/isa_interrupts.h"

namespace apicsim {

namespace {

// Where a PC has the pair and its edge/level registers (82371AB §4.1.2).
constexpr std::uint64_t kMasterPorts = 0x20;
constexpr std::uint64_t kSlavePorts = 0xA0;
constexpr std::uint64_t kTriggerPorts = 0x4D0;
constexpr std::uint32_t kTimerIrq = 0;
constexpr std::uint32_t kCascadeIrq = 2;
constexpr std::uint32_t kPicGsi = 0;
constexpr unsigned kLint0 = 0;

}  // namespace

IsaInterrupts::IsaInterrupts(const Machine& machine, const Timebase& timebase, AddressSpaces spaces,
                             InterruptWiring& wiring, LocalApic& bootstrap)
    : m_lint0(bootstrap, kLint0) {
  if (machine.devices.pic) add_pic(timebase, spaces, wiring);
  for (std::uint32_t irq = 0; irq < m_lines.size(); ++irq) {
    if (irq == kCascadeIrq) continue;
    if (m_pic) m_lines[irq].add(&m_pic->line(irq));
    // Pin 0 belongs to the 8259 pair: a timer that no override moves to another pin is not wired.
    InterruptLine* pin = wiring.isa(irq);
    if (irq != kTimerIrq || pin != wiring.gsi(kPicGsi) || !m_pic) m_lines[irq].add(pin);
  }
}

void IsaInterrupts::add_pic(const Timebase& timebase, AddressSpaces spaces,
                            InterruptWiring& wiring) {
  m_pic_output.add(&m_lint0);
  m_pic_output.add(wiring.gsi(kPicGsi));
  m_pic = std::make_unique<Pic8259Pair>("pic", timebase, &m_pic_output);
  AddressSpaces::place(spaces.ports, m_pic->master.socket, kMasterPorts, 2, "8259 master");
  AddressSpaces::place(spaces.ports, m_pic->slave.socket, kSlavePorts, 2, "8259 slave");
  AddressSpaces::place(spaces.ports, m_pic->trigger.socket, kTriggerPorts, 2, "8259 triggers");
}

}  // namespace apicsim
