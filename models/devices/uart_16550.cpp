#include "models/devices/uart_16550.h"

#include <algorithm>

#include "models/devices/spec/uart_16550.h"
#include "models/fabric/notify_at.h"

namespace apicsim {

Uart16550::Uart16550(const sc_core::sc_module_name& name, const Timebase& timebase,
                     const Config& config, ByteSink& sink, InterruptLine* line)
    : RegisterTarget(name, timebase), m_config(config), m_sink(sink), m_line(line) {
  SC_METHOD(transmitter_became_empty);
  sensitive << m_empty_event;
  dont_initialize();
}

bool Uart16550::divisor_selected() const { return (m_lcr & uart::lcr_dlab) != 0; }

unsigned Uart16550::capacity() const {
  return (m_fcr & uart::fcr_enable) != 0 ? uart::fifo_depth : 1;
}

/// THR (or the FIFO) is empty as soon as the last byte has moved on to the shift register.
Cycle Uart16550::thr_empty_at() const {
  return m_transmit_done > m_config.byte_time ? m_transmit_done - m_config.byte_time : 0;
}

std::uint64_t Uart16550::read_register(std::uint64_t offset, unsigned size, Cycle now) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) value |= std::uint64_t{read_byte(offset + i, now)} << (8 * i);
  return value;
}

std::uint64_t Uart16550::peek_register(std::uint64_t offset, unsigned size, Cycle now) const {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) value |= std::uint64_t{peek_byte(offset + i, now)} << (8 * i);
  return value;
}

void Uart16550::write_register(std::uint64_t offset, unsigned size, std::uint64_t value,
                               Cycle now) {
  for (unsigned i = 0; i < size; ++i)
    write_byte(offset + i, static_cast<std::uint8_t>(value >> (8 * i)), now);
}

std::uint8_t Uart16550::peek_byte(std::uint64_t offset, Cycle now) const {
  switch (offset) {
    case uart::rbr_thr_dll:
      if (divisor_selected()) return static_cast<std::uint8_t>(m_divisor);
      return m_received.empty() ? 0 : m_received.front();
    case uart::ier_dlm:
      return divisor_selected() ? static_cast<std::uint8_t>(m_divisor >> 8) : m_ier;
    case uart::iir_fcr: {
      const bool fifos = (m_fcr & uart::fcr_enable) != 0;
      return interrupt_id(now) | (fifos ? uart::iir_fifos_enabled : std::uint8_t{0});
    }
    case uart::lcr:
      return m_lcr;
    case uart::mcr:
      return m_mcr;
    case uart::lsr:
      return line_status(now);
    case uart::msr:
      return modem_status();
    case uart::scr:
      return m_scr;
    default:
      return 0xFF;
  }
}

std::uint8_t Uart16550::read_byte(std::uint64_t offset, Cycle now) {
  const std::uint8_t value = peek_byte(offset, now);
  if (offset == uart::rbr_thr_dll && !divisor_selected() && !m_received.empty())
    m_received.pop_front();
  if (offset == uart::iir_fcr && interrupt_id(now) == uart::iir_thr_empty)
    m_thr_empty_pending = false;
  if (offset == uart::lsr) m_overrun = false;
  update_line(now);
  return value;
}

void Uart16550::write_byte(std::uint64_t offset, std::uint8_t value, Cycle now) {
  switch (offset) {
    case uart::rbr_thr_dll:
      if (divisor_selected())
        m_divisor = static_cast<std::uint16_t>((m_divisor & 0xFF00) | value);
      else
        transmit(value, now);
      break;
    case uart::ier_dlm:
      if (divisor_selected()) {
        m_divisor = static_cast<std::uint16_t>((m_divisor & 0x00FF) | value << 8);
      } else {
        // Enabling the interrupt while THR is empty raises it (§8.7, Table IV).
        if ((value & ~m_ier & uart::ier_thr_empty) != 0) m_thr_empty_pending = true;
        m_ier = value & uart::ier_writable;
      }
      break;
    case uart::iir_fcr:
      write_fifo_control(value);
      break;
    case uart::lcr:
      m_lcr = value;
      break;
    case uart::mcr:
      m_mcr = value & uart::mcr_writable;
      break;
    case uart::scr:
      m_scr = value;
      break;
    default:
      break;
  }
  update_line(now);
}

void Uart16550::write_fifo_control(std::uint8_t value) {
  const bool toggled = ((value ^ m_fcr) & uart::fcr_enable) != 0;
  // Changing the mode clears the FIFOs; other bits count only while bit 0 is set (§8.5).
  if (toggled || (value & uart::fcr_reset_receiver) != 0) m_received.clear();
  m_fcr = (value & uart::fcr_enable) != 0 ? value : std::uint8_t{0};
}

void Uart16550::transmit(std::uint8_t byte, Cycle now) {
  if ((m_mcr & uart::mcr_loop) != 0) {
    receive(byte, now);
    m_thr_empty_pending = true;
    return;
  }
  const Cycle time = m_config.byte_time;
  if (time != 0 && m_transmit_done > now) {
    const Cycle waiting = (m_transmit_done - now + time - 1) / time - 1;
    if (waiting >= capacity()) {
      ++m_bytes_lost;
      return;
    }
  }
  m_transmit_done = std::max(m_transmit_done, now) + time;
  m_thr_empty_pending = true;
  ++m_bytes_sent;
  m_sink.put(byte, now);
  if (time != 0) notify_at(timebase(), m_empty_event, thr_empty_at());
}

void Uart16550::receive(std::uint8_t byte, Cycle at) {
  if (m_received.size() >= capacity())
    m_overrun = true;
  else
    m_received.push_back(byte);
  update_line(at);
}

std::uint8_t Uart16550::line_status(Cycle now) const {
  std::uint8_t status = 0;
  if (!m_received.empty()) status |= uart::lsr_data_ready;
  if (m_overrun) status |= uart::lsr_overrun;
  if (now >= thr_empty_at()) status |= uart::lsr_thr_empty;
  if (now >= m_transmit_done) status |= uart::lsr_transmitter_empty;
  return status;
}

std::uint8_t Uart16550::modem_status() const {
  if ((m_mcr & uart::mcr_loop) == 0) return uart::msr_cts | uart::msr_dsr | uart::msr_dcd;
  // Loopback connects the outputs to the inputs (§8.8).
  std::uint8_t status = 0;
  if ((m_mcr & uart::mcr_rts) != 0) status |= uart::msr_cts;
  if ((m_mcr & uart::mcr_dtr) != 0) status |= uart::msr_dsr;
  if ((m_mcr & uart::mcr_out1) != 0) status |= uart::msr_ri;
  if ((m_mcr & uart::mcr_out2) != 0) status |= uart::msr_dcd;
  return status;
}

std::uint8_t Uart16550::interrupt_id(Cycle now) const {
  if ((m_ier & uart::ier_line_status) != 0 && m_overrun) return uart::iir_line_status;
  if ((m_ier & uart::ier_received) != 0 && !m_received.empty()) return uart::iir_received;
  if ((m_ier & uart::ier_thr_empty) != 0 && m_thr_empty_pending && now >= thr_empty_at())
    return uart::iir_thr_empty;
  return uart::iir_none;
}

void Uart16550::update_line(Cycle now) {
  const bool active = (m_mcr & uart::mcr_out2) != 0 && interrupt_id(now) != uart::iir_none;
  if (active == m_line_active) return;
  m_line_active = active;
  if (m_line != nullptr) m_line->set(active, now);
}

void Uart16550::transmitter_became_empty() { update_line(timebase().now()); }

}  // namespace apicsim
