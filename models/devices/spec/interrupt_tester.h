#pragma once

#include <cstdint>

/// The interrupt tester: a PCI function of this simulator that raises any interrupt a function can,
/// at the command of software. Described in docs/devices.md.
namespace apicsim::interrupt_tester {

inline constexpr std::uint16_t vendor_id = 0x1234;
inline constexpr std::uint16_t device_id = 0x11EF;
inline constexpr std::uint32_t class_code = 0x00FF00;
inline constexpr std::uint8_t revision = 1;

inline constexpr unsigned register_bar = 0;
inline constexpr unsigned msix_bar = 1;
inline constexpr std::uint64_t bar_size = 0x1000;
inline constexpr std::uint32_t table_offset = 0;
inline constexpr std::uint32_t pending_offset = 0x800;
inline constexpr unsigned msi_vectors = 8;
inline constexpr unsigned msix_vectors = 32;

// BAR 0, dwords; those marked 64 also as quadwords
inline constexpr std::uint64_t identification = 0x00;  ///< ro
inline constexpr std::uint64_t vector_counts = 0x04;   ///< ro: MSI-X 15:0, MSI 31:16
inline constexpr std::uint64_t raise = 0x08;           ///< wo: number of the vector
inline constexpr std::uint64_t retract = 0x0C;         ///< wo: its event has been dealt with
inline constexpr std::uint64_t system_error = 0x10;    ///< wo: signals SERR#
inline constexpr std::uint64_t write_address = 0x20;   ///< 64 rw
inline constexpr std::uint64_t write_data = 0x28;      ///< 64 rw
inline constexpr std::uint64_t write_length = 0x30;    ///< wo: 1, 2, 4 or 8: write that many bytes
inline constexpr std::uint64_t write_result = 0x34;    ///< ro: of the last write
inline constexpr std::uint64_t messages_sent = 0x40;   ///< ro
inline constexpr std::uint64_t messages_held = 0x44;   ///< ro: found their vector masked
inline constexpr std::uint64_t messages_refused = 0x48;  ///< ro: bus master off, or an error

inline constexpr std::uint32_t identification_value = 0x01005449;  // "IT", version 1
inline constexpr std::uint32_t result_none = 0;
inline constexpr std::uint32_t result_done = 1;
inline constexpr std::uint32_t result_refused = 2;

}  // namespace apicsim::interrupt_tester
