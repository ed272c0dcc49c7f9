#include "models/devices/edu.h"

#include <algorithm>

#include "models/fabric/notify_at.h"

namespace apicsim {
namespace {

PciIdentity identity_of(const Edu::Config& config) {
  PciIdentity identity;
  identity.vendor_id = edu::vendor_id;
  identity.device_id = edu::device_id;
  identity.revision = edu::revision;
  identity.class_code = edu::class_code;
  identity.subsystem_vendor_id = config.subsystem_vendor_id;
  identity.subsystem_id = config.subsystem_id;
  identity.interrupt_pin = 1;
  return identity;
}

/// n! modulo 2^32; zero from 34! on, which has 32 factors of two.
std::uint32_t factorial_of(std::uint32_t n) {
  std::uint32_t product = 1;
  for (; n > 1 && product != 0; --n) product *= n;
  return product;
}

bool within_buffer(std::uint64_t address, std::uint64_t length) {
  if (address < edu::buffer_address) return false;
  const std::uint64_t offset = address - edu::buffer_address;
  return offset <= edu::buffer_size && length <= edu::buffer_size - offset;
}

}  // namespace

Edu::Edu(const sc_core::sc_module_name& name, const Timebase& timebase, const PciAddress& address,
         const Config& config, const PciWiring& wiring)
    : PciFunction(name, address, identity_of(config), wiring),
      registers("registers", timebase, *this, {&Edu::read, &Edu::write, &Edu::peek}),
      dma("dma", address.requester_id()),
      m_timebase(timebase),
      m_config(config),
      m_msi(PciFunction::config()) {
  declare_bar(0, BarKind::memory32, edu::bar_size);
  SC_METHOD(finish_factorial);
  sensitive << m_factorial_event;
  dont_initialize();
  SC_METHOD(move_data);
  sensitive << m_dma_event;
  dont_initialize();
  SC_METHOD(finish_dma);
  sensitive << m_done_event;
  dont_initialize();
}

std::uint64_t Edu::peek(std::uint64_t offset, unsigned size, Cycle now) const {
  // QEMU splits unaligned accesses, answers narrow ones, which its memory region does not allow,
  // with zero and those that the device does not take with all ones.
  if (size < 4) return 0;
  if (offset % size != 0) {
    const unsigned half = size / 2;
    const std::uint64_t low = peek(offset, half, now) & 0xFFFFFFFF;
    return low | peek(offset + half, half, now) << (8 * half);
  }
  if (size == 8 && offset < edu::wide_registers) return ~std::uint64_t{0};
  switch (offset) {
    case edu::identification:
      return edu::identification_value;
    case edu::liveness:
      return m_liveness;
    case edu::factorial:
      return m_factorial;
    case edu::status:
      return m_status;
    case edu::interrupt_status:
      return m_interrupt_status;
    case edu::dma_source:
      return m_source;
    case edu::dma_destination:
      return m_destination;
    case edu::dma_count:
      return m_count;
    case edu::dma_command:
      return m_command;
    default:
      return ~std::uint64_t{0};
  }
}

std::uint64_t Edu::read(std::uint64_t offset, unsigned size, Cycle now) {
  return peek(offset, size, now);
}

void Edu::write(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  if (size < 4) return;
  if (offset % size != 0) {
    const unsigned half = size / 2;
    write(offset, half, value & 0xFFFFFFFF, now);
    write(offset + half, half, value >> (8 * half), now);
    return;
  }
  if (offset >= edu::wide_registers) return write_dma(offset, value, now);
  if (size != 4) return;
  const auto value32 = static_cast<std::uint32_t>(value);
  switch (offset) {
    case edu::liveness:
      m_liveness = ~value32;
      break;
    case edu::factorial:
      start_factorial(value32, now);
      break;
    case edu::status:
      m_status = (m_status & ~edu::status_interrupt_when_done) |
                 (value32 & edu::status_interrupt_when_done);
      break;
    case edu::interrupt_raise:
      raise(value32, now);
      break;
    case edu::interrupt_ack:
      acknowledge(value32, now);
      break;
    default:
      break;
  }
}

void Edu::write_dma(std::uint64_t offset, std::uint64_t value, Cycle now) {
  if ((m_command & edu::command_run) != 0) return;
  switch (offset) {
    case edu::dma_source:
      m_source = value;
      break;
    case edu::dma_destination:
      m_destination = value;
      break;
    case edu::dma_count:
      m_count = value;
      break;
    case edu::dma_command:
      if ((value & edu::command_run) == 0) break;
      m_command = value;
      notify_at(m_timebase, m_dma_event, now + m_config.dma_time);
      break;
    default:
      break;
  }
}

void Edu::start_factorial(std::uint32_t value, Cycle now) {
  if ((m_status & edu::status_computing) != 0) return;
  m_factorial = value;
  m_status |= edu::status_computing;
  notify_at(m_timebase, m_factorial_event, now + m_config.factorial_time);
}

void Edu::finish_factorial() {
  m_factorial = factorial_of(m_factorial);
  m_status &= ~edu::status_computing;
  if ((m_status & edu::status_interrupt_when_done) != 0)
    raise(edu::factorial_interrupt, m_timebase.now());
}

void Edu::move_data() {
  if ((m_command & edu::command_run) == 0) return;
  sc_core::sc_time delay;
  transfer(delay);
  if (delay == sc_core::SC_ZERO_TIME) return finish_dma();
  if (delay == sc_core::SC_ZERO_TIME) return finish_dma();
  notify_at(m_timebase, m_done_event, m_timebase.now(delay));
}

void Edu::finish_dma() {
  m_command &= ~edu::command_run;
  if ((m_command & edu::command_interrupt) != 0) raise(edu::dma_interrupt, m_timebase.now());
}

void Edu::transfer(sc_core::sc_time& delay) {
  const bool to_memory = (m_command & edu::command_to_memory) != 0;
  const std::uint64_t inside = to_memory ? m_source : m_destination;
  const std::uint64_t outside = to_memory ? m_destination : m_source;
  if (!within_buffer(inside, m_count)) {
    ++m_statistics.range_errors;
    return;
  }
  const std::uint64_t driven = outside & m_config.dma_mask;
  if (driven != outside) ++m_statistics.clamped_addresses;
  ++m_statistics.transfers;
  if (m_count != 0) move(driven, inside - edu::buffer_address, to_memory, delay);
}

void Edu::move(std::uint64_t memory_address, std::uint64_t buffer_offset, bool to_memory,
               sc_core::sc_time& delay) {
  std::uint8_t* const own = m_buffer.data() + buffer_offset;
  const auto length = static_cast<unsigned>(m_count);
  tlm::tlm_response_status status = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  if (bus_master_enabled())
    status = to_memory ? dma.write(memory_address, own, length, delay)
                       : dma.read(memory_address, own, length, delay);
  const bool ok = status == tlm::TLM_OK_RESPONSE;
  if (!ok)
    ++m_statistics.refused_transfers;
  else
    (to_memory ? m_statistics.bytes_to_memory : m_statistics.bytes_from_memory) += length;
  if (m_observer != nullptr)
    m_observer->dma(dma.requester_id(), memory_address, length, to_memory, ok, m_timebase.now());
}

void Edu::raise(std::uint32_t reasons, Cycle now) {
  m_interrupt_status |= reasons;
  if (m_interrupt_status == 0) return;
  if (!m_msi.enabled()) {
    set_interrupt(true, now);
    return;
  }
  if (!bus_master_enabled()) return;
  ++m_statistics.messages;
  if (const auto message = m_msi.raise(0)) send_message(*message, dma, m_timebase, now);
}

void Edu::acknowledge(std::uint32_t reasons, Cycle now) {
  m_interrupt_status &= ~reasons;
  if (m_interrupt_status == 0 && !m_msi.enabled()) set_interrupt(false, now);
}

void Edu::config_written(unsigned, unsigned, Cycle now) {
  // A function that uses MSI does not drive its pin (PCI 3.0 §6.8.2).
  if (m_msi.enabled()) set_interrupt(false, now);
}

}  // namespace apicsim
