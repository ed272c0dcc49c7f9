#pragma once

#include <cstdint>

/// NVM Express controller. Source: NVM Express Base Specification 1.4 (2019).
namespace apicsim::nvme {

inline constexpr unsigned bar = 0;
inline constexpr std::uint64_t bar_size = 0x4000;
inline constexpr std::uint32_t msix_table = 0x2000;
inline constexpr std::uint32_t msix_pending = 0x3000;
inline constexpr unsigned io_queues = 8;
inline constexpr unsigned queues = io_queues + 1;  ///< with the admin queue, number 0
inline constexpr unsigned vectors = queues;

// Controller registers §3.1
inline constexpr std::uint64_t cap = 0x00;    ///< 64 ro
inline constexpr std::uint64_t vs = 0x08;     ///< ro
inline constexpr std::uint64_t intms = 0x0C;  ///< rw1s
inline constexpr std::uint64_t intmc = 0x10;  ///< rw1c, reads the mask
inline constexpr std::uint64_t cc = 0x14;     ///< rw
inline constexpr std::uint64_t csts = 0x1C;   ///< ro
inline constexpr std::uint64_t aqa = 0x24;    ///< rw
inline constexpr std::uint64_t asq = 0x28;    ///< 64 rw
inline constexpr std::uint64_t acq = 0x30;    ///< 64 rw
inline constexpr std::uint64_t registers_end = 0x38;
inline constexpr std::uint64_t doorbells = 0x1000;

// CAP §3.1.1: 256 entries, contiguous queues, 7.5 s, NVM command set, pages of 4 to 64 KiB
inline constexpr std::uint32_t largest_queue = 256;
inline constexpr std::uint64_t cap_value =
    (largest_queue - 1) | 1u << 16 | 0x0Fu << 24 | std::uint64_t{1} << 37 | std::uint64_t{4} << 52;
inline constexpr std::uint32_t largest_page_shift = 16;
inline constexpr std::uint32_t vs_value = 0x00010400;
// CC §3.1.5, CSTS §3.1.6
inline constexpr std::uint32_t cc_writable = 0x00FFFFF1;
inline constexpr std::uint32_t cc_enable = 1u << 0;
inline constexpr std::uint32_t cc_command_set = 7u << 4;
inline constexpr std::uint32_t cc_arbitration = 7u << 11;
inline constexpr unsigned cc_page_shift = 7;
inline constexpr std::uint32_t cc_shutdown = 3u << 14;
inline constexpr unsigned cc_sq_entry_shift = 16;
inline constexpr unsigned cc_cq_entry_shift = 20;
inline constexpr std::uint32_t csts_ready = 1u << 0;
inline constexpr std::uint32_t csts_fatal = 1u << 1;
inline constexpr std::uint32_t csts_shutdown_complete = 2u << 2;
// AQA §3.1.8
inline constexpr std::uint32_t aqa_writable = 0x0FFF0FFF;
inline constexpr std::uint64_t queue_base = ~std::uint64_t{0xFFF};

inline constexpr unsigned command_size = 64;  ///< §4.2, 2^6
inline constexpr unsigned completion_size = 16;
inline constexpr unsigned command_size_shift = 6;
inline constexpr unsigned completion_size_shift = 4;

// Admin commands §5
inline constexpr std::uint8_t delete_io_sq = 0x00;
inline constexpr std::uint8_t create_io_sq = 0x01;
inline constexpr std::uint8_t get_log_page = 0x02;
inline constexpr std::uint8_t delete_io_cq = 0x04;
inline constexpr std::uint8_t create_io_cq = 0x05;
inline constexpr std::uint8_t identify = 0x06;
inline constexpr std::uint8_t abort_command = 0x08;
inline constexpr std::uint8_t set_features = 0x09;
inline constexpr std::uint8_t get_features = 0x0A;
inline constexpr std::uint8_t async_event_request = 0x0C;
inline constexpr unsigned most_async_requests = 4;  ///< AERL + 1
// NVM commands §6
inline constexpr std::uint8_t flush = 0x00;
inline constexpr std::uint8_t write = 0x01;
inline constexpr std::uint8_t read = 0x02;
inline constexpr std::uint8_t write_zeroes = 0x08;

inline constexpr unsigned feature_queues = 0x07;
inline constexpr unsigned features = 0x0C;  ///< identifiers below this are known, from 1 on
inline constexpr unsigned identify_size = 4096;
inline constexpr unsigned log_page_size = 512;
inline constexpr unsigned block_shift = 9;
inline constexpr unsigned largest_transfer_shift = 5;  ///< MDTS, in smallest pages

// Status: type in 10:8, code in 7:0 (§4.6.1); do not retry in bit 14
enum class Status : std::uint16_t {
  success = 0x0000,
  invalid_opcode = 0x0001,
  invalid_field = 0x0002,
  data_transfer_error = 0x0004,
  invalid_namespace = 0x000B,
  invalid_prp_offset = 0x0013,
  lba_out_of_range = 0x0080,
  completion_queue_invalid = 0x0100,
  invalid_queue_id = 0x0101,
  invalid_queue_size = 0x0102,
  async_limit_exceeded = 0x0105,
  invalid_vector = 0x0108,
  invalid_log_page = 0x0109,
  invalid_queue_deletion = 0x010C,
};

// Asynchronous events §5.2.1: type 2:0, information 15:8, log page 23:16
inline constexpr std::uint32_t event_invalid_doorbell = 0x00010000;
inline constexpr std::uint32_t event_invalid_doorbell_value = 0x00010100;

}  // namespace apicsim::nvme
