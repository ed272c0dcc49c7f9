#pragma once

#include <cstdint>

/// Registers of the 16550A UART. Source: National Semiconductor PC16550D data sheet (1995),
/// §8 "Registers", Table II. Offsets are from the base port; all registers are 8 bits wide.
namespace apicsim::uart {

// Offset, DLAB in brackets where it selects; read/write.
inline constexpr std::uint64_t rbr_thr_dll = 0;  ///< RBR (r, 0), THR (w, 0), DLL (rw, 1)
inline constexpr std::uint64_t ier_dlm = 1;      ///< IER (rw, 0), DLM (rw, 1)
inline constexpr std::uint64_t iir_fcr = 2;      ///< IIR (r), FCR (w)
inline constexpr std::uint64_t lcr = 3;          ///< rw
inline constexpr std::uint64_t mcr = 4;          ///< rw
inline constexpr std::uint64_t lsr = 5;          ///< r
inline constexpr std::uint64_t msr = 6;          ///< r
inline constexpr std::uint64_t scr = 7;          ///< rw

// IER §8.7
inline constexpr std::uint8_t ier_received = 0x01;
inline constexpr std::uint8_t ier_thr_empty = 0x02;
inline constexpr std::uint8_t ier_line_status = 0x04;
inline constexpr std::uint8_t ier_modem_status = 0x08;
inline constexpr std::uint8_t ier_writable = 0x0F;

// IIR §8.6, Table IV
inline constexpr std::uint8_t iir_none = 0x01;
inline constexpr std::uint8_t iir_line_status = 0x06;
inline constexpr std::uint8_t iir_received = 0x04;
inline constexpr std::uint8_t iir_thr_empty = 0x02;
inline constexpr std::uint8_t iir_fifos_enabled = 0xC0;

// FCR §8.5
inline constexpr std::uint8_t fcr_enable = 0x01;
inline constexpr std::uint8_t fcr_reset_receiver = 0x02;

// LCR §8.1
inline constexpr std::uint8_t lcr_dlab = 0x80;

// MCR §8.8
inline constexpr std::uint8_t mcr_dtr = 0x01;
inline constexpr std::uint8_t mcr_rts = 0x02;
inline constexpr std::uint8_t mcr_out1 = 0x04;
inline constexpr std::uint8_t mcr_out2 = 0x08;  ///< on a PC: gates the interrupt line
inline constexpr std::uint8_t mcr_loop = 0x10;
inline constexpr std::uint8_t mcr_writable = 0x1F;

// LSR §8.4
inline constexpr std::uint8_t lsr_data_ready = 0x01;
inline constexpr std::uint8_t lsr_overrun = 0x02;
inline constexpr std::uint8_t lsr_thr_empty = 0x20;
inline constexpr std::uint8_t lsr_transmitter_empty = 0x40;

// MSR §8.9
inline constexpr std::uint8_t msr_cts = 0x10;
inline constexpr std::uint8_t msr_dsr = 0x20;
inline constexpr std::uint8_t msr_ri = 0x40;
inline constexpr std::uint8_t msr_dcd = 0x80;

inline constexpr unsigned fifo_depth = 16;

}  // namespace apicsim::uart
