#pragma once

#include <cstdint>
#include <deque>
#include <systemc>

#include "models/devices/byte_sink.h"
#include "models/fabric/interrupt_line.h"
#include "models/fabric/register_target.h"

namespace apicsim {

/// A 16550A serial port: 8 byte-wide registers, transmit and receive FIFOs of 16.
///
/// The other end of the line is always ready (CTS, DSR and DCD asserted). Wider accesses than one
/// byte touch the following registers in turn. Divisor and line format are kept and do not change
/// the time of a byte; that is `byte_time`.
class Uart16550 final : public RegisterTarget {
 public:
  SC_HAS_PROCESS(Uart16550);

  struct Config {
    /// Cycles that the line needs per byte; 0: a byte is gone at once.
    Cycle byte_time = 0;
  };

  /// `line` may be nullptr (not wired). Neither is owned.
  Uart16550(const sc_core::sc_module_name& name, const Timebase& timebase, const Config& config,
            ByteSink& sink, InterruptLine* line);

  /// A byte arrives from the line at cycle `at`; the oldest stay when the FIFO is full (overrun).
  void receive(std::uint8_t byte, Cycle at);

  std::uint64_t bytes_sent() const { return m_bytes_sent; }
  /// Bytes written while the transmit FIFO was full; they are lost, as on the chip.
  std::uint64_t bytes_lost() const { return m_bytes_lost; }

 private:
  std::uint64_t read_register(std::uint64_t offset, unsigned size, Cycle now) override;
  void write_register(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) override;
  std::uint64_t peek_register(std::uint64_t offset, unsigned size, Cycle now) const override;

  std::uint8_t read_byte(std::uint64_t offset, Cycle now);
  std::uint8_t peek_byte(std::uint64_t offset, Cycle now) const;
  void write_byte(std::uint64_t offset, std::uint8_t value, Cycle now);
  void transmit(std::uint8_t byte, Cycle now);
  void write_fifo_control(std::uint8_t value);
  std::uint8_t line_status(Cycle now) const;
  std::uint8_t modem_status() const;
  std::uint8_t interrupt_id(Cycle now) const;
  bool divisor_selected() const;
  unsigned capacity() const;
  Cycle thr_empty_at() const;
  void update_line(Cycle now);
  void transmitter_became_empty();

  Config m_config;
  ByteSink& m_sink;
  InterruptLine* m_line;
  sc_core::sc_event m_empty_event;

  std::uint8_t m_ier = 0;
  std::uint8_t m_fcr = 0;
  std::uint8_t m_lcr = 0;
  std::uint8_t m_mcr = 0;
  std::uint8_t m_scr = 0;
  std::uint16_t m_divisor = 0;
  bool m_overrun = false;
  bool m_thr_empty_pending = false;  ///< THR empty interrupt not yet seen in IIR
  bool m_line_active = false;
  Cycle m_transmit_done = 0;  ///< end of the last byte's transmission
  std::deque<std::uint8_t> m_received;
  std::uint64_t m_bytes_sent = 0;
  std::uint64_t m_bytes_lost = 0;
};

}  // namespace apicsim
