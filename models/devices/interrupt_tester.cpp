#include "models/devices/interrupt_tester.h"

#include "models/devices/register_bytes.h"

namespace apicsim {

namespace spec = interrupt_tester;

namespace {

PciIdentity identity() {
  PciIdentity identity;
  identity.vendor_id = spec::vendor_id;
  identity.device_id = spec::device_id;
  identity.revision = spec::revision;
  identity.class_code = spec::class_code;
  identity.interrupt_pin = 1;
  return identity;
}

MsiShape msi_shape() {
  MsiShape shape;
  shape.vectors = spec::msi_vectors;
  shape.per_vector_mask = true;
  return shape;
}

MsixShape msix_shape() {
  MsixShape shape;
  shape.vectors = spec::msix_vectors;
  shape.table_bar = shape.pending_bar = spec::msix_bar;
  shape.table_offset = spec::table_offset;
  shape.pending_offset = spec::pending_offset;
  return shape;
}

bool is_register_access(std::uint64_t offset, unsigned size) {
  return (size == 4 || size == 8) && offset % size == 0;
}

}  // namespace

InterruptTester::InterruptTester(const sc_core::sc_module_name& name, const Timebase& timebase,
                                 const PciAddress& address, const PciWiring& wiring,
                                 InterruptLine* system_error)
    : PciFunction(name, address, identity(), wiring),
      registers("registers", timebase, *this,
                {&InterruptTester::read, &InterruptTester::write, &InterruptTester::peek}),
      msix(
          "msix", timebase, *this,
          {&InterruptTester::read_msix, &InterruptTester::write_msix, &InterruptTester::peek_msix}),
      dma("dma", address.requester_id()),
      m_timebase(timebase),
      m_system_error(system_error),
      m_msi(config(), msi_shape()),
      m_msix(config(), msix_shape()) {
  declare_bar(spec::register_bar, BarKind::memory32, spec::bar_size);
  declare_bar(spec::msix_bar, BarKind::memory32, spec::bar_size);
}

// --- BAR 0 ---------------------------------------------------------------------------------------

std::uint64_t InterruptTester::peek(std::uint64_t offset, unsigned size, Cycle) const {
  if (!is_register_access(offset, size)) return ~std::uint64_t{0};
  return quad(offset & ~std::uint64_t{7}) >> (8 * (offset & 7));
}

std::uint64_t InterruptTester::quad(std::uint64_t offset) const {
  const auto pair = [](std::uint64_t low, std::uint64_t high) { return low | high << 32; };
  switch (offset) {
    case spec::identification:
      return pair(spec::identification_value, spec::msi_vectors << 16 | spec::msix_vectors);
    case spec::write_address:
      return m_write_address;
    case spec::write_data:
      return m_write_data;
    case spec::write_length:
      return pair(0, m_write_result);
    case spec::messages_sent:
      return pair(m_statistics.sent & 0xFFFFFFFF, m_statistics.held);
    case spec::messages_refused:
      return m_statistics.refused & 0xFFFFFFFF;
    default:
      return 0;
  }
}

std::uint64_t InterruptTester::read(std::uint64_t offset, unsigned size, Cycle now) {
  return peek(offset, size, now);
}

void InterruptTester::write(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  if (!is_register_access(offset, size)) return;
  if (offset >= spec::write_address && offset < spec::write_data)
    m_write_address = merged(m_write_address, offset - spec::write_address, size, value);
  else if (offset >= spec::write_data && offset < spec::write_length)
    m_write_data = merged(m_write_data, offset - spec::write_data, size, value);
  else if (size == 4)
    command(offset, static_cast<std::uint32_t>(value), now);
}

void InterruptTester::command(std::uint64_t offset, std::uint32_t value, Cycle now) {
  switch (offset) {
    case spec::raise:
      return raise(value, now);
    case spec::retract:
      return retract(value, now);
    case spec::system_error:
      return signal_system_error(now);
    case spec::write_length:
      return write_memory(value, now);
    default:
      return;
  }
}

// --- BAR 1 ---------------------------------------------------------------------------------------

std::uint64_t InterruptTester::peek_msix(std::uint64_t offset, unsigned size, Cycle) const {
  if (offset < spec::pending_offset) return m_msix.read_table(offset - spec::table_offset, size);
  return m_msix.read_pending(offset - spec::pending_offset, size);
}

std::uint64_t InterruptTester::read_msix(std::uint64_t offset, unsigned size, Cycle now) {
  return peek_msix(offset, size, now);
}

void InterruptTester::write_msix(std::uint64_t offset, unsigned size, std::uint64_t value,
                                 Cycle now) {
  if (offset >= spec::pending_offset) return;  // read-only (PCI 3.0 §6.8.2.10)
  m_msix.write_table(offset - spec::table_offset, size, value);
  release_pending(now);
}

// --- interrupts ----------------------------------------------------------------------------------

void InterruptTester::raise(std::uint32_t vector, Cycle now) {
  m_events |= 1u << vector % 32;
  if (!m_msix.enabled() && !m_msi.enabled()) return show_pin(now);
  const auto message = m_msix.enabled() ? m_msix.raise(vector) : m_msi.raise(vector);
  if (message)
    send(*message, now);
  else if (!m_msix.enabled() || vector < m_msix.vectors())
    ++m_statistics.held;
}

void InterruptTester::retract(std::uint32_t vector, Cycle now) {
  m_events &= ~(1u << vector % 32);
  m_msix.retract(vector);
  m_msi.retract(vector);
  show_pin(now);
}

/// A function that may not master the bus cannot write its message (PCI 3.0 §6.2.2).
void InterruptTester::send(const PciMessage& message, Cycle now) {
  const bool sent =
      bus_master_enabled() && send_message(message, dma, m_timebase, now) == tlm::TLM_OK_RESPONSE;
  ++(sent ? m_statistics.sent : m_statistics.refused);
}

void InterruptTester::release_pending(Cycle now) {
  if (m_msix.enabled()) {
    while (const auto message = m_msix.next_released()) send(*message, now);
  } else {
    while (const auto message = m_msi.next_released()) send(*message, now);
  }
}

/// With MSI or MSI-X the pin is not used (PCI 3.0 §6.8.2).
void InterruptTester::show_pin(Cycle now) {
  set_interrupt(m_events != 0 && !m_msix.enabled() && !m_msi.enabled(), now);
}

void InterruptTester::config_written(unsigned, unsigned, Cycle now) {
  show_pin(now);
  release_pending(now);
}

/// SERR# is a pulse that the command register allows; the status register tells who gave it
/// (PCI 3.0 §6.2.3).
void InterruptTester::signal_system_error(Cycle now) {
  if ((config().read(pci::command, 2) & pci::command_serr) == 0) return;
  config().set(pci::status, 2, config().read(pci::status, 2) | pci::status_signaled_system_error);
  if (m_system_error == nullptr) return;
  m_system_error->set(true, now);
  m_system_error->set(false, now);
}

void InterruptTester::write_memory(std::uint32_t length, Cycle now) {
  if (length != 1 && length != 2 && length != 4 && length != 8) return;
  m_write_result = spec::result_refused;
  if (!bus_master_enabled()) return;
  const sc_core::sc_time start = m_timebase.to_sc_time(now);
  const sc_core::sc_time present = sc_core::sc_time_stamp();
  sc_core::sc_time delay = start > present ? start - present : sc_core::SC_ZERO_TIME;
  if (dma.write(m_write_address, &m_write_data, length, delay) == tlm::TLM_OK_RESPONSE)
    m_write_result = spec::result_done;
}

}  // namespace apicsim
