#pragma once

#include <cstdint>

/// Keys and formats of QEMU's firmware configuration device: docs/specs/fw_cfg.rst and
/// include/standard-headers/linux/qemu_fw_cfg.h.
namespace apicsim::fw_cfg {

inline constexpr std::uint16_t key_signature = 0x00;
inline constexpr std::uint16_t key_id = 0x01;
inline constexpr std::uint16_t key_uuid = 0x02;
inline constexpr std::uint16_t key_ram_size = 0x03;   ///< 8 bytes
inline constexpr std::uint16_t key_nographic = 0x04;  ///< 2 bytes
inline constexpr std::uint16_t key_cpus = 0x05;       ///< 2 bytes: present
inline constexpr std::uint16_t key_kernel_address = 0x07;
inline constexpr std::uint16_t key_kernel_size = 0x08;
inline constexpr std::uint16_t key_initrd_address = 0x0A;
inline constexpr std::uint16_t key_initrd_size = 0x0B;
inline constexpr std::uint16_t key_boot_menu = 0x0E;  ///< 2 bytes
inline constexpr std::uint16_t key_max_cpus = 0x0F;   ///< 2 bytes: largest APIC id + 1
inline constexpr std::uint16_t key_kernel_entry = 0x10;
inline constexpr std::uint16_t key_kernel_data = 0x11;
inline constexpr std::uint16_t key_initrd_data = 0x12;
inline constexpr std::uint16_t key_command_line_size = 0x14;
inline constexpr std::uint16_t key_command_line_data = 0x15;
inline constexpr std::uint16_t key_directory = 0x19;
inline constexpr std::uint16_t key_first_file = 0x20;
inline constexpr std::uint16_t key_irq0_override = 0x8002;  ///< 4 bytes; x86

inline constexpr char signature[] = {'Q', 'E', 'M', 'U'};
inline constexpr std::uint32_t id_traditional = 1u << 0;
inline constexpr std::uint32_t id_dma = 1u << 1;

/// A directory entry: size (4, big-endian), key (2, big-endian), reserved (2), name (56).
inline constexpr unsigned entry_size = 64;
inline constexpr unsigned name_size = 56;

/// What the DMA address register reads as, in memory order.
inline constexpr char dma_signature[] = {'Q', 'E', 'M', 'U', ' ', 'C', 'F', 'G'};
inline constexpr unsigned dma_request_size = 16;
inline constexpr std::uint32_t dma_error = 1u << 0;
inline constexpr std::uint32_t dma_read = 1u << 1;
inline constexpr std::uint32_t dma_skip = 1u << 2;
inline constexpr std::uint32_t dma_select = 1u << 3;  ///< key in bits 31:16
inline constexpr std::uint32_t dma_write = 1u << 4;

}  // namespace apicsim::fw_cfg
