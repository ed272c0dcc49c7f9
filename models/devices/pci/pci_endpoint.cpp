#include "models/devices/pci/pci_endpoint.h"

#include <cstring>

namespace apicsim {
namespace {

PciIdentity express(PciIdentity identity) {
  identity.express = true;
  return identity;
}

}  // namespace

MsixShape msix_in_own_bar(unsigned bar, std::uint64_t bar_size, unsigned vectors) {
  MsixShape shape;
  shape.vectors = vectors;
  shape.table_bar = shape.pending_bar = bar;
  shape.table_offset = 0;
  shape.pending_offset = static_cast<std::uint32_t>(bar_size / 2);
  return shape;
}

PciEndpoint::PciEndpoint(const sc_core::sc_module_name& name, const Timebase& timebase,
                         const PciAddress& address, const PciIdentity& identity,
                         const EndpointInterrupts& interrupts, const PciWiring& wiring)
    : PciFunction(name, address, express(identity), wiring),
      dma("dma", address.requester_id()),
      m_timebase(timebase) {
  if (interrupts.msi) m_msi.emplace(config(), interrupts.msi_shape);
  if (interrupts.msix) {
    m_msix_shape = *interrupts.msix;
    m_msix.emplace(config(), m_msix_shape);
  }
  add_express_capability();
}

void PciEndpoint::add_express_capability() {
  m_express = config().add_capability(pci::express_capability_id, pci::express_length);
  config().set(m_express + pci::express_capabilities, 2, pci::express_version_2);
  config().set(m_express + pci::express_device, 4,
               pci::express_role_based_errors | pci::express_function_reset);
  config().set_writable(m_express + pci::express_device_control, 2, pci::express_control_writable);
  config().set(m_express + pci::express_device_control, 2, pci::express_control_default);
  config().set_write_1_clears(m_express + pci::express_device_status, 2,
                              pci::express_status_write_1_clears);
  config().set(m_express + pci::express_link, 4, pci::express_link_2_5_by_1);
  config().set(m_express + pci::express_link_status, 2, pci::express_link_2_5_by_1);
}

void PciEndpoint::assign_bus_master(bool enabled) {
  const std::uint32_t command = config().read(pci::command, 2);
  const std::uint32_t bit = pci::command_bus_master;
  config().set(pci::command, 2, enabled ? command | bit : command & ~bit);
}

// --- memory --------------------------------------------------------------------------------------

sc_core::sc_time PciEndpoint::delay_until(Cycle at) const {
  const sc_core::sc_time start = m_timebase.to_sc_time(at);
  const sc_core::sc_time present = sc_core::sc_time_stamp();
  return start > present ? start - present : sc_core::SC_ZERO_TIME;
}

bool PciEndpoint::may_master() {
  if (bus_master_enabled()) return true;
  ++m_statistics.blocked;
  return false;
}

void PciEndpoint::book_error(tlm::tlm_response_status status) {
  ++m_statistics.refused;
  const std::uint16_t abort = status == tlm::TLM_ADDRESS_ERROR_RESPONSE
                                  ? pci::status_received_master_abort
                                  : pci::status_received_target_abort;
  config().set(pci::status, 2, config().read(pci::status, 2) | abort);
}

bool PciEndpoint::book_read(tlm::tlm_response_status status, unsigned length) {
  if (status != tlm::TLM_OK_RESPONSE) {
    book_error(status);
    return false;
  }
  ++m_statistics.reads;
  m_statistics.bytes_read += length;
  return true;
}

bool PciEndpoint::book_write(tlm::tlm_response_status status, unsigned length) {
  if (status != tlm::TLM_OK_RESPONSE) {
    ++m_statistics.refused;
    return false;
  }
  ++m_statistics.writes;
  m_statistics.bytes_written += length;
  return true;
}

bool PciEndpoint::read_memory(std::uint64_t address, void* to, unsigned length, Cycle& at) {
  return read_memory(dma, address, to, length, at);
}

bool PciEndpoint::write_memory(std::uint64_t address, const void* from, unsigned length,
                               Cycle& at) {
  return write_memory(dma, address, from, length, at);
}

bool PciEndpoint::read_memory(DmaPort& port, std::uint64_t address, void* to, unsigned length,
                              Cycle& at) {
  bool answered = false;
  if (may_master()) {
    sc_core::sc_time delay = delay_until(at);
    answered = book_read(port.read(address, to, length, delay), length);
    at = m_timebase.now(delay);
  }
  if (!answered) std::memset(to, 0xFF, length);
  return answered;
}

bool PciEndpoint::write_memory(DmaPort& port, std::uint64_t address, const void* from,
                               unsigned length, Cycle& at) {
  if (!may_master()) return false;
  sc_core::sc_time delay = delay_until(at);
  const bool accepted = book_write(port.write(address, from, length, delay), length);
  at = m_timebase.now(delay);
  return accepted;
}

// --- interrupts ----------------------------------------------------------------------------------

bool PciEndpoint::message_signaled() const { return msix_enabled() || (m_msi && m_msi->enabled()); }

void PciEndpoint::signal(unsigned vector, Cycle now) {
  std::optional<PciMessage> message;
  if (msix_enabled())
    message = m_msix->raise(vector);
  else if (m_msi)
    message = m_msi->raise(vector);
  if (message) send(*message, now);
}

void PciEndpoint::retract(unsigned vector) {
  if (m_msix) m_msix->retract(vector);
  if (m_msi) m_msi->retract(vector);
}

void PciEndpoint::send(const PciMessage& message, Cycle now) {
  if (!may_master()) return;
  const bool sent = send_message(message, dma, m_timebase, now) == tlm::TLM_OK_RESPONSE;
  ++(sent ? m_statistics.messages : m_statistics.lost_messages);
}

void PciEndpoint::release_pending(Cycle now) {
  if (m_msix && m_msix->enabled()) {
    while (const auto message = m_msix->next_released()) send(*message, now);
  } else if (m_msi) {
    while (const auto message = m_msi->next_released()) send(*message, now);
  }
}

void PciEndpoint::drive_pin(bool active, Cycle now) {
  m_pin_wanted = active;
  set_interrupt(active && !message_signaled(), now);
}

std::uint64_t PciEndpoint::peek_msix(std::uint64_t offset, unsigned size, Cycle) const {
  const std::uint64_t table = m_msix_shape.table_offset;
  const std::uint64_t pending = m_msix_shape.pending_offset;
  if (offset >= pending) return m_msix->read_pending(offset - pending, size);
  return m_msix->read_table(offset - table, size);
}

std::uint64_t PciEndpoint::read_msix(std::uint64_t offset, unsigned size, Cycle now) {
  return peek_msix(offset, size, now);
}

void PciEndpoint::write_msix(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  if (offset >= m_msix_shape.pending_offset) return;  // read-only (PCI 3.0 §6.8.2.10)
  m_msix->write_table(offset - m_msix_shape.table_offset, size, value);
  release_pending(now);
}

PciEndpoint::MsixPort::Handlers PciEndpoint::msix_handlers() {
  return {&PciEndpoint::read_msix, &PciEndpoint::write_msix, &PciEndpoint::peek_msix};
}

// --- configuration -------------------------------------------------------------------------------

/// Initiate Function Level Reset always reads zero (PCIe 3.0 §7.8.4).
bool PciEndpoint::reset_requested() {
  const unsigned at = m_express + pci::express_device_control;
  const std::uint32_t control = config().read(at, 2);
  config().set(at, 2, control & ~std::uint32_t{pci::express_control_reset});
  return (control & pci::express_control_reset) != 0;
}

void PciEndpoint::config_written(unsigned, unsigned, Cycle now) {
  if (reset_requested()) return reset_function(now);
  set_interrupt(m_pin_wanted && !message_signaled(), now);
  release_pending(now);
}

void PciEndpoint::reset_function(Cycle now) {
  ++m_statistics.resets;
  m_pin_wanted = false;
  reset_config(now);
  config().set(m_express + pci::express_device_control, 2, pci::express_control_default);
  if (m_msix) m_msix->reset();
  reset_device(now);
}

}  // namespace apicsim
