#pragma once

#include <cstdint>

/// QEMU's educational PCI device. Source: QEMU docs/specs/edu.rst; where that is silent, the
/// behaviour of hw/misc/edu.c in QEMU 7.2.
namespace apicsim::edu {

// BAR 0; below 0x80 only accesses of 4 bytes, from there on of 4 or 8.
inline constexpr std::uint64_t identification = 0x00;    ///< ro
inline constexpr std::uint64_t liveness = 0x04;          ///< rw, reads inverted
inline constexpr std::uint64_t factorial = 0x08;         ///< rw
inline constexpr std::uint64_t status = 0x20;            ///< rw
inline constexpr std::uint64_t interrupt_status = 0x24;  ///< ro
inline constexpr std::uint64_t interrupt_raise = 0x60;   ///< wo
inline constexpr std::uint64_t interrupt_ack = 0x64;     ///< wo
inline constexpr std::uint64_t dma_source = 0x80;        ///< rw
inline constexpr std::uint64_t dma_destination = 0x88;   ///< rw
inline constexpr std::uint64_t dma_count = 0x90;         ///< rw
inline constexpr std::uint64_t dma_command = 0x98;       ///< rw

inline constexpr std::uint64_t wide_registers = 0x80;
inline constexpr std::uint64_t bar_size = 1 << 20;

inline constexpr std::uint32_t identification_value = 0x010000ED;

inline constexpr std::uint32_t status_computing = 0x01;
inline constexpr std::uint32_t status_interrupt_when_done = 0x80;

inline constexpr std::uint32_t factorial_interrupt = 0x001;
inline constexpr std::uint32_t dma_interrupt = 0x100;

inline constexpr std::uint64_t command_run = 0x1;
inline constexpr std::uint64_t command_to_memory = 0x2;
inline constexpr std::uint64_t command_interrupt = 0x4;

/// The device's own memory as DMA addresses see it; not readable through the BAR.
inline constexpr std::uint64_t buffer_address = 0x40000;
inline constexpr std::uint64_t buffer_size = 4096;

inline constexpr std::uint16_t vendor_id = 0x1234;
inline constexpr std::uint16_t device_id = 0x11E8;
inline constexpr std::uint8_t revision = 0x10;
inline constexpr std::uint32_t class_code = 0x00FF00;

}  // namespace apicsim::edu
