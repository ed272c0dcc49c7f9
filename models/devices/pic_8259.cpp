#include "models/devices/pic_8259.h"

#include "models/devices/register_bytes.h"

namespace apicsim {

Pic8259Pair::Pic8259Pair(const sc_core::sc_module_name& name, const Timebase& timebase,
                         InterruptLine* output)
    : sc_module(name),
      master("master", timebase, *this,
             {&Pic8259Pair::read_master, &Pic8259Pair::write_master, &Pic8259Pair::peek_master}),
      slave("slave", timebase, *this,
            {&Pic8259Pair::read_slave, &Pic8259Pair::write_slave, &Pic8259Pair::peek_slave}),
      trigger(
          "trigger", timebase, *this,
          {&Pic8259Pair::read_trigger, &Pic8259Pair::write_trigger, &Pic8259Pair::peek_trigger}),
      m_output(output) {
  for (unsigned irq = 0; irq < m_lines.size(); ++irq) {
    m_lines[irq].pair = this;
    m_lines[irq].irq = irq;
  }
}

void Pic8259Pair::set_input(unsigned irq, bool high, Cycle at) {
  if (irq == pic::cascade) return;
  if (irq < pic::inputs)
    m_master.set_input(irq, high);
  else
    m_slave.set_input(irq - pic::inputs, high);
  propagate(at);
}

/// The slave's output is an input of the master, whose output leaves the pair.
void Pic8259Pair::propagate(Cycle at) {
  m_master.set_input(pic::cascade, m_slave.output());
  if (m_output != nullptr) m_output->set(m_master.output(), at);
}

std::uint8_t Pic8259Pair::acknowledge(Cycle at) {
  const unsigned input = m_master.acknowledge();
  std::uint8_t vector = m_master.vector(input);
  if (input == pic::cascade) vector = m_slave.vector(m_slave.acknowledge());
  // INT falls with the first INTA pulse and rises again for the next request (data sheet, "INTA
  // Sequence" timing): an edge-triggered input behind sees each request. So does the cascade.
  m_master.set_input(pic::cascade, false);
  if (m_output != nullptr) m_output->set(false, at);
  propagate(at);
  return vector;
}

std::uint64_t Pic8259Pair::read_master(std::uint64_t offset, unsigned, Cycle now) {
  const std::uint8_t value = m_master.read(static_cast<unsigned>(offset & 1));
  propagate(now);
  return value;
}

void Pic8259Pair::write_master(std::uint64_t offset, unsigned, std::uint64_t value, Cycle now) {
  m_master.write(static_cast<unsigned>(offset & 1), static_cast<std::uint8_t>(value));
  propagate(now);
}

std::uint64_t Pic8259Pair::peek_master(std::uint64_t offset, unsigned, Cycle) const {
  return m_master.peek(static_cast<unsigned>(offset & 1));
}

std::uint64_t Pic8259Pair::read_slave(std::uint64_t offset, unsigned, Cycle now) {
  const std::uint8_t value = m_slave.read(static_cast<unsigned>(offset & 1));
  propagate(now);
  return value;
}

void Pic8259Pair::write_slave(std::uint64_t offset, unsigned, std::uint64_t value, Cycle now) {
  m_slave.write(static_cast<unsigned>(offset & 1), static_cast<std::uint8_t>(value));
  propagate(now);
}

std::uint64_t Pic8259Pair::peek_slave(std::uint64_t offset, unsigned, Cycle) const {
  return m_slave.peek(static_cast<unsigned>(offset & 1));
}

std::uint64_t Pic8259Pair::peek_trigger(std::uint64_t offset, unsigned, Cycle) const {
  const auto both = static_cast<std::uint64_t>(m_slave.trigger() << 8 | m_master.trigger());
  return part_of(both, offset, 2);
}

std::uint64_t Pic8259Pair::read_trigger(std::uint64_t offset, unsigned size, Cycle now) {
  return peek_trigger(offset, size, now);
}

void Pic8259Pair::write_trigger(std::uint64_t offset, unsigned size, std::uint64_t value,
                                Cycle now) {
  const std::uint64_t both = merged(peek_trigger(0, 2, now), offset, size, value);
  m_master.set_trigger(static_cast<std::uint8_t>(both) & pic::elcr_master_writable);
  m_slave.set_trigger(static_cast<std::uint8_t>(both >> 8) & pic::elcr_slave_writable);
  propagate(now);
}

}  // namespace apicsim
