#pragma once

#include <cstdint>

/// The agent: a PCI function of this simulator that makes whatever access it is told to. Described
/// in docs/devices.md.
namespace apicsim::agent {

inline constexpr std::uint16_t vendor_id = 0x1234;
inline constexpr std::uint16_t device_id = 0x11ED;
inline constexpr std::uint32_t class_code = 0x00FF00;
inline constexpr unsigned register_bar = 0;
inline constexpr unsigned msix_bar = 1;
inline constexpr std::uint64_t register_bar_size = 0x2000;
inline constexpr std::uint64_t msix_bar_size = 0x1000;
inline constexpr unsigned vectors = 4;
inline constexpr unsigned pasid_width = 20;
inline constexpr unsigned page_requests = 32;  ///< PRI: capacity
inline constexpr std::size_t tlb_entries = 8;

// BAR 0, dwords; those marked 64 also as quadwords
inline constexpr std::uint64_t identification = 0x00;    ///< ro
inline constexpr std::uint64_t status = 0x04;            ///< ro
inline constexpr std::uint64_t address = 0x08;           ///< 64 rw
inline constexpr std::uint64_t length = 0x10;            ///< rw
inline constexpr std::uint64_t kind = 0x14;              ///< rw
inline constexpr std::uint64_t pasid = 0x18;             ///< rw
inline constexpr std::uint64_t requester = 0x1C;         ///< rw
inline constexpr std::uint64_t count = 0x20;             ///< rw
inline constexpr std::uint64_t period = 0x24;            ///< rw, nanoseconds
inline constexpr std::uint64_t stride = 0x28;            ///< 64 rw
inline constexpr std::uint64_t start = 0x30;             ///< wo
inline constexpr std::uint64_t result = 0x34;            ///< ro
inline constexpr std::uint64_t accesses_done = 0x38;     ///< ro
inline constexpr std::uint64_t accesses_refused = 0x3C;  ///< ro
inline constexpr std::uint64_t tlb_valid = 0x40;         ///< ro
inline constexpr std::uint64_t invalidations = 0x44;     ///< ro
inline constexpr std::uint64_t behaviour = 0x48;         ///< rw
inline constexpr std::uint64_t requests_sent = 0x4C;     ///< ro
inline constexpr std::uint64_t last_response = 0x50;     ///< ro
inline constexpr std::uint64_t raise = 0x54;             ///< wo
inline constexpr std::uint64_t drop_tlb = 0x58;          ///< wo
inline constexpr std::uint64_t buffer = 0x1000;          ///< rw
inline constexpr std::uint64_t buffer_size = 0x1000;

inline constexpr std::uint32_t identification_value = 0x01004741;  // "AG", version 1
inline constexpr std::uint32_t status_busy = 1u << 0;
inline constexpr std::uint32_t status_waits = 1u << 1;
inline constexpr std::uint32_t kind_write = 1u << 0;
inline constexpr std::uint32_t kind_translate = 1u << 1;
inline constexpr std::uint32_t kind_translated = 1u << 2;
inline constexpr std::uint32_t kind_pasid = 1u << 3;
inline constexpr std::uint32_t kind_privileged = 1u << 4;
inline constexpr std::uint32_t kind_page_request = 1u << 5;
inline constexpr std::uint32_t kind_execute = 1u << 6;
inline constexpr std::uint32_t requester_valid = 1u << 31;
inline constexpr std::uint32_t behaviour_silent = 1u << 0;
inline constexpr std::uint32_t behaviour_keeps = 1u << 1;
inline constexpr std::uint32_t response_valid = 1u << 31;

enum class Result : std::uint32_t {
  none = 0,
  done = 1,
  refused = 2,
  no_translation = 3,
  page_request_failed = 4,
};

}  // namespace apicsim::agent
