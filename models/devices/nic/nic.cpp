#include "models/devices/nic/nic.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/fabric/notify_at.h"

namespace apicsim {
namespace {

constexpr std::uint64_t all_ones = ~std::uint64_t{0};

EndpointInterrupts interrupts() {
  EndpointInterrupts interrupts;
  interrupts.msix = msix_in_own_bar(nic::msix_bar, nic::msix_bar_size, nic::msix_vectors);
  return interrupts;
}

}  // namespace

PciIdentity Nic::identity() {
  PciIdentity identity;
  identity.vendor_id = nic::vendor_id;
  identity.device_id = nic::device_id;
  identity.class_code = nic::class_code;
  identity.subsystem_vendor_id = nic::vendor_id;
  identity.interrupt_pin = 1;
  return identity;
}

Nic::Nic(const sc_core::sc_module_name& name, const Timebase& timebase, const PciAddress& address,
         const PciIdentity& identity, const Config& config, const PciWiring& wiring)
    : PciEndpoint(name, timebase, address, identity, interrupts(), wiring),
      registers("registers", timebase, *this, {&Nic::read, &Nic::write, &Nic::peek}),
      ports("ports", timebase, *this, {&Nic::read_port, &Nic::write_port, &Nic::peek_port}),
      msix("msix", timebase, *this, msix_handlers()),
      m_config(config),
      m_causes(m_registers) {
  declare_bar(nic::register_bar, BarKind::memory32, nic::register_bar_size);
  declare_bar(nic::port_bar, BarKind::io, nic::port_bar_size);
  declare_bar(nic::msix_bar, BarKind::memory32, nic::msix_bar_size);
  load_nvm();
  SC_METHOD(transmit_next);
  sensitive << m_transmit_event;
  dont_initialize();
  SC_METHOD(receive_next);
  sensitive << m_receive_event;
  dont_initialize();
  SC_METHOD(interrupt_due);
  sensitive << m_interrupt_event;
  dont_initialize();
}

/// Words 0 to 2 are the MAC address, the last one makes the sum right (§6.1); a reset loads the
/// address into the first exact filter (§10.2.5.20).
void Nic::load_nvm() {
  std::uint16_t sum = 0;
  for (unsigned i = 0; i < 3; ++i) {
    m_nvm[i] = static_cast<std::uint16_t>(m_config.mac[2 * i] | m_config.mac[2 * i + 1] << 8);
    sum = static_cast<std::uint16_t>(sum + m_nvm[i]);
  }
  m_nvm[nic::nvm_checksum_word] = static_cast<std::uint16_t>(nic::nvm_checksum - sum);
  m_registers.set(nic::ral, m_nvm[0] | static_cast<std::uint32_t>(m_nvm[1]) << 16);
  m_registers.set(nic::ral + 4, m_nvm[2] | 0x80000000u);
}

/// Function level reset and CTRL.RST (§4.2.1); statistics survive neither.
void Nic::reset_device(Cycle now) {
  for (std::uint32_t at = 0x4000; at < nic::statistics_end; at += 4) m_registers.set(at, 0);
  m_registers.reset();
  m_causes.reset();
  m_phy = nic::phy_reset;
  m_transmitting = m_transmit_halted = m_receive_halted = m_held_message = m_pin = false;
  m_outgoing.clear();
  m_arrived.clear();
  m_buffered = m_stored = 0;
  m_held_vectors = 0;
  m_transmit_delay = m_receive_delay = DelayedCause{};
  m_transmit_event.cancel();
  m_receive_event.cancel();
  m_interrupt_event.cancel();
  load_nvm();
  show_interrupt(now);
}

void Nic::config_written(unsigned offset, unsigned size, Cycle now) {
  PciEndpoint::config_written(offset, size, now);
  show_interrupt(now);
}

// --- BAR 0 ---------------------------------------------------------------------------------------

bool Nic::link_up() const { return (m_registers.get(nic::ctrl) & nic::ctrl_link_up) != 0; }

/// GIO Master Disable (§5.2.3.2) and the command register.
bool Nic::masters() const {
  return (m_registers.get(nic::ctrl) & nic::ctrl_master_disable) == 0 && bus_master_enabled();
}

std::uint32_t Nic::status() const {
  std::uint32_t value = nic::status_fixed;
  if (link_up()) value |= nic::status_link_up;
  if ((m_registers.get(nic::ctrl) & nic::ctrl_master_disable) == 0)
    value |= nic::status_master_enabled;
  return value;
}

std::uint32_t Nic::value_of(std::uint32_t offset) const {
  switch (offset) {
    case nic::status:
      return status();
    case nic::icr:
    case nic::ics:
      return m_causes.value();
    case nic::ims:
      return m_causes.mask();
    case nic::imc:
      return 0;
    default:
      return m_registers.get(offset);
  }
}

std::uint64_t Nic::peek(std::uint64_t offset, unsigned size, Cycle now) const {
  if (size == 8) return peek(offset, 4, now) | peek(offset + 4, 4, now) << 32;
  const auto aligned = static_cast<std::uint32_t>(offset & ~std::uint64_t{3});
  const bool known = NicRegisterFile::is_statistic(aligned) || NicRegisterFile::find(aligned);
  if (!known || (offset & 3) + size > 4) return all_ones;
  return std::uint64_t{value_of(aligned)} >> (8 * (offset & 3));
}

std::uint64_t Nic::read(std::uint64_t offset, unsigned size, Cycle now) {
  if (size == 8) return (read(offset, 4, now) & 0xFFFFFFFF) | read(offset + 4, 4, now) << 32;
  const auto aligned = static_cast<std::uint32_t>(offset & ~std::uint64_t{3});
  if (NicRegisterFile::is_statistic(aligned)) {
    return std::uint64_t{m_registers.take_statistic(aligned)} >> (8 * (offset & 3));
  }
  if (NicRegisterFile::find(aligned) == nullptr) {
    unmodelled(fmt::format("82574L register {:#x}", aligned), now);
    return all_ones;
  }
  const std::uint64_t value = peek(offset, size, now);
  if (aligned == nic::icr) {
    m_causes.read(msix_enabled());
    show_interrupt(now);
  }
  return value;
}

/// Registers are written as aligned doublewords (§10.1.1.1); other writes have no effect.
void Nic::write(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  if (size == 8) {
    write(offset, 4, value & 0xFFFFFFFF, now);
    write(offset + 4, 4, value >> 32, now);
    return;
  }
  if (size != 4 || offset % 4 != 0) return;
  const auto at = static_cast<std::uint32_t>(offset);
  if (NicRegisterFile::is_statistic(at)) return;
  const nic::Register* const declared = NicRegisterFile::find(at);
  if (declared == nullptr) return unmodelled(fmt::format("82574L register {:#x}", at), now);
  const auto value32 = static_cast<std::uint32_t>(value);
  if ((value32 & declared->refused) != 0)
    unmodelled(
        fmt::format("82574L register {}: bits {:#x}", declared->name, value32 & declared->refused),
        now);
  write_register(*declared, at, value32 & ~declared->refused, now);
}

void Nic::write_register(const nic::Register& declared, std::uint32_t offset, std::uint32_t value,
                         Cycle now) {
  if (write_interrupt_register(offset, value, now)) return;
  const std::uint32_t old = m_registers.get(offset);
  m_registers.set(offset, (old & ~declared.writable) | (value & declared.writable));
  switch (offset) {
    case nic::ctrl:
      return write_control(value, old, now);
    case nic::eerd:
      return read_nvm(value);
    case nic::mdic:
      return access_phy(value, now);
    case nic::rctl:
      if ((value & ~old & nic::rctl_enable) != 0) m_receive_halted = false;
      return start_reception();
    case nic::rdt:
      return start_reception();
    case nic::tctl:
      if ((value & ~old & nic::tctl_enable) != 0) m_transmit_halted = false;
      return start_transmission(now);
    case nic::tdt:
      return start_transmission(now);
    default:
      return;
  }
}

void Nic::write_control(std::uint32_t value, std::uint32_t old, Cycle now) {
  if ((value & nic::ctrl_reset) != 0) return reset_device(now);
  if ((value & nic::ctrl_phy_reset) != 0) m_phy = nic::phy_reset;
  if (((value ^ old) & nic::ctrl_link_up) != 0) raise(nic::cause_link, now);
}

void Nic::read_nvm(std::uint32_t value) {
  if ((value & nic::eerd_start) == 0) return;
  const std::uint32_t word = value >> 2 & 0x3FFF;
  const std::uint32_t data = word < nic::nvm_words ? m_nvm[word] : 0xFFFF;
  m_registers.set(nic::eerd, data << 16 | (value & 0xFFFC) | nic::eerd_done);
}

void Nic::access_phy(std::uint32_t value, Cycle now) {
  const std::uint32_t operation = value & nic::mdic_operation;
  const unsigned which = value >> 16 & 0x1F;
  const bool this_phy = (value >> 21 & 0x1F) == 1;  // §10.2.2.7: the PHY's address
  std::uint32_t answer = (value & 0x2FFFFFFF) | nic::mdic_ready;
  if (!this_phy || (operation != nic::mdic_read && operation != nic::mdic_write)) {
    answer |= nic::mdic_error;
  } else if (which >= nic::phy_registers) {
    unmodelled(fmt::format("82574L PHY register {}", which), now);
    answer |= nic::mdic_error;
  } else if (operation == nic::mdic_read) {
    const unsigned link = which == 1 && link_up() ? nic::phy_status_link : 0u;
    answer = (answer & 0xFFFF0000) | m_phy[which] | link;
  } else if (which == 0) {
    m_phy[0] = static_cast<std::uint16_t>(value & 0x7DC0);  // reset and restart clear themselves
  }
  m_registers.set(nic::mdic, answer);
  if ((value & nic::mdic_interrupt) != 0) raise(nic::cause_mdio, now);
}

// --- BAR 2 ---------------------------------------------------------------------------------------

std::uint64_t Nic::peek_port(std::uint64_t offset, unsigned size, Cycle now) const {
  if (offset == nic::port_address) return m_port_address;
  return offset == nic::port_data ? peek(m_port_address, size, now) : all_ones;
}

std::uint64_t Nic::read_port(std::uint64_t offset, unsigned size, Cycle now) {
  return offset == nic::port_data ? read(m_port_address, size, now) : peek_port(offset, size, now);
}

void Nic::write_port(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  if (offset == nic::port_address && size == 4)
    m_port_address = static_cast<std::uint32_t>(value) & (nic::register_bar_size - 1);
  else if (offset == nic::port_data)
    write(m_port_address, size, value, now);
}

// --- rings ---------------------------------------------------------------------------------------

std::uint32_t Nic::available(const Ring& ring) const {
  const std::uint32_t count = m_registers.get(ring.length) / nic::descriptor_size;
  const std::uint32_t head = m_registers.get(ring.head), tail = m_registers.get(ring.tail);
  if (head >= count || tail >= count) return 0;
  return (tail + count - head) % count;
}

std::uint64_t Nic::head_address(const Ring& ring) const {
  return m_registers.wide(ring.base) +
         std::uint64_t{m_registers.get(ring.head)} * nic::descriptor_size;
}

void Nic::advance(const Ring& ring) {
  const std::uint32_t count = m_registers.get(ring.length) / nic::descriptor_size;
  const std::uint32_t next = m_registers.get(ring.head) + 1;
  m_registers.set(ring.head, next >= count ? 0 : next);
}

}  // namespace apicsim
