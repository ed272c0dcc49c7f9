#pragma once

#include <cstdint>

/// The type 1 header. Source: PCI-to-PCI Bridge Architecture Specification 1.2 (2003), chapter 3;
/// for Express ports PCI Express Base Specification 3.0 §7.5.3. Offsets in bytes; width in bits and
/// access behind each. Up to 0x17 and from 0x34 on it is the header of every function (spec/pci.h).
namespace apicsim::pci_bridge {

inline constexpr std::uint8_t header = 0x01;  ///< low bits of the header type, §3.2.4.9

inline constexpr unsigned primary_bus = 0x18;        ///< 8 rw §3.2.5.2
inline constexpr unsigned secondary_bus = 0x19;      ///< 8 rw §3.2.5.3
inline constexpr unsigned subordinate_bus = 0x1A;    ///< 8 rw §3.2.5.4
inline constexpr unsigned io_base = 0x1C;            ///< 8, 7:4 rw §3.2.5.6
inline constexpr unsigned io_limit = 0x1D;           ///< 8, 7:4 rw
inline constexpr unsigned secondary_status = 0x1E;   ///< 16 w1c §3.2.5.7
inline constexpr unsigned memory_base = 0x20;        ///< 16, 15:4 rw §3.2.5.8
inline constexpr unsigned memory_limit = 0x22;       ///< 16, 15:4 rw
inline constexpr unsigned prefetch_base = 0x24;      ///< 16, 15:4 rw §3.2.5.9
inline constexpr unsigned prefetch_limit = 0x26;     ///< 16, 15:4 rw
inline constexpr unsigned prefetch_base_up = 0x28;   ///< 32 rw §3.2.5.10
inline constexpr unsigned prefetch_limit_up = 0x2C;  ///< 32 rw
inline constexpr unsigned io_base_up = 0x30;         ///< 16 rw §3.2.5.11
inline constexpr unsigned io_limit_up = 0x32;        ///< 16 rw
inline constexpr unsigned control = 0x3E;            ///< 16 rw §3.2.5.17
inline constexpr unsigned bus_numbers_end = 0x1B;

inline constexpr std::uint8_t io_window = 0xF0;            ///< address bits 15:12
inline constexpr std::uint8_t io_32 = 0x01;                ///< ro: the upper halves exist
inline constexpr std::uint16_t memory_window = 0xFFF0;     ///< address bits 31:20
inline constexpr std::uint16_t prefetch_64 = 0x0001;       ///< ro: the upper halves exist
inline constexpr std::uint16_t status_clears = 0xF900;     ///< §3.2.5.7
inline constexpr std::uint16_t control_writable = 0x0043;  ///< parity, SERR#, secondary reset
inline constexpr std::uint16_t control_reset = 0x0040;     ///< secondary bus reset
inline constexpr std::uint64_t io_granule = 0x1000;        // bytes
inline constexpr std::uint64_t memory_granule = 0x100000;

}  // namespace apicsim::pci_bridge
