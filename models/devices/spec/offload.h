#pragma once

#include <cstdint>

/// The offload engine: a PCI function of this simulator with an RV32I processor that runs a
/// firmware image which its driver loads. Described in docs/devices.md.
namespace apicsim::offload {

inline constexpr std::uint16_t vendor_id = 0x1234;
inline constexpr std::uint16_t device_id = 0x11EE;
inline constexpr std::uint32_t class_code = 0x120000;
inline constexpr unsigned register_bar = 0;
inline constexpr unsigned msix_bar = 1;
inline constexpr std::uint64_t bar_size = 0x1000;
inline constexpr unsigned vectors = 2;
inline constexpr unsigned work_vector = 0;
inline constexpr unsigned error_vector = 1;

// BAR 0, aligned dwords
inline constexpr std::uint64_t identification = 0x00;    ///< ro
inline constexpr std::uint64_t state = 0x04;             ///< ro
inline constexpr std::uint64_t error = 0x08;             ///< ro
inline constexpr std::uint64_t trap_cause = 0x0C;        ///< ro
inline constexpr std::uint64_t trap_pc = 0x10;           ///< ro
inline constexpr std::uint64_t trap_value = 0x14;        ///< ro
inline constexpr std::uint64_t image_version = 0x18;     ///< ro
inline constexpr std::uint64_t image_address = 0x20;     ///< 64 rw
inline constexpr std::uint64_t image_length = 0x28;      ///< rw
inline constexpr std::uint64_t command = 0x2C;           ///< wo
inline constexpr std::uint64_t request_address = 0x30;   ///< 64 rw
inline constexpr std::uint64_t doorbell = 0x38;          ///< wo: tag
inline constexpr std::uint64_t mailbox = 0x3C;           ///< ro: bit 0 full
inline constexpr std::uint64_t reply = 0x40;             ///< ro
inline constexpr std::uint64_t replies = 0x44;           ///< ro
inline constexpr std::uint64_t interrupt_status = 0x48;  ///< rw1c
inline constexpr std::uint64_t interrupt_enable = 0x4C;  ///< rw
inline constexpr std::uint64_t instructions = 0x50;      ///< 64 ro

inline constexpr std::uint32_t identification_value = 0x0100454F;  // "OE", version 1
inline constexpr std::uint32_t command_load = 1;
inline constexpr std::uint32_t command_start = 2;
inline constexpr std::uint32_t command_reset = 3;
inline constexpr std::uint32_t interrupt_image = 1u << 0;
inline constexpr std::uint32_t interrupt_reply = 1u << 1;
inline constexpr std::uint32_t interrupt_trap = 1u << 2;

enum class State : std::uint32_t { empty = 0, loading = 1, verified = 2, running = 3, failed = 4 };

enum class Error : std::uint32_t {
  none = 0,
  not_readable = 1,
  bad_size = 2,
  bad_magic = 3,
  bad_header_version = 4,
  truncated = 5,
  bad_crc = 6,
  bad_address = 7,
  trap = 8,
};

// Image: header of 8 dwords, then the code
inline constexpr std::uint32_t header_size = 32;
inline constexpr std::uint32_t magic = 0x57465041;  // "APFW"
inline constexpr std::uint32_t header_version = 1;

// What the processor sees
inline constexpr std::uint32_t memory_size = 0x10000;  ///< from address 0
inline constexpr std::uint32_t peripherals = 0x40000000;
inline constexpr std::uint32_t peripherals_size = 0x54;
inline constexpr std::uint32_t local_mailbox = 0x00;       ///< ro: bit 0 full
inline constexpr std::uint32_t local_request_low = 0x04;   ///< ro
inline constexpr std::uint32_t local_request_high = 0x08;  ///< ro
inline constexpr std::uint32_t local_request_tag = 0x0C;   ///< ro
inline constexpr std::uint32_t local_take = 0x10;          ///< wo
inline constexpr std::uint32_t local_reply = 0x14;         ///< wo
inline constexpr std::uint32_t dma_host_low = 0x20;        ///< rw
inline constexpr std::uint32_t dma_host_high = 0x24;       ///< rw
inline constexpr std::uint32_t dma_local = 0x28;           ///< rw
inline constexpr std::uint32_t dma_length = 0x2C;          ///< rw
inline constexpr std::uint32_t dma_command = 0x30;         ///< wo
inline constexpr std::uint32_t dma_status = 0x34;          ///< ro
inline constexpr std::uint32_t time_low = 0x40;            ///< ro, nanoseconds
inline constexpr std::uint32_t time_high = 0x44;           ///< ro
inline constexpr std::uint32_t alarm = 0x48;               ///< wo, nanoseconds from now
inline constexpr std::uint32_t sleep = 0x50;               ///< wo

inline constexpr std::uint32_t dma_to_local = 1;
inline constexpr std::uint32_t dma_to_host = 2;
inline constexpr std::uint32_t dma_busy = 1u << 0;
inline constexpr std::uint32_t dma_refused = 1u << 1;

}  // namespace apicsim::offload
