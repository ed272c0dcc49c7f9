#pragma once

#include <array>
#include <cstdint>

/// Intel 82574L gigabit controller: the registers that are modelled, and legacy descriptors.
/// Source: Intel 82574 GbE Controller Family Datasheet (321080, revision 3.4); sections behind the
/// names.
namespace apicsim::nic {

inline constexpr std::uint16_t vendor_id = 0x8086;
inline constexpr std::uint16_t device_id = 0x10D3;
inline constexpr std::uint32_t class_code = 0x020000;

inline constexpr unsigned register_bar = 0;
inline constexpr unsigned port_bar = 2;
inline constexpr unsigned msix_bar = 3;
inline constexpr std::uint64_t register_bar_size = 0x20000;
inline constexpr std::uint64_t port_bar_size = 32;
inline constexpr std::uint64_t msix_bar_size = 0x4000;
inline constexpr unsigned msix_vectors = 5;
inline constexpr unsigned port_address = 0;  ///< IOADDR §10.2.1
inline constexpr unsigned port_data = 4;     ///< IODATA

// General §10.2.2
inline constexpr std::uint32_t ctrl = 0x0000;
inline constexpr std::uint32_t status = 0x0008;
inline constexpr std::uint32_t eecd = 0x0010;
inline constexpr std::uint32_t eerd = 0x0014;
inline constexpr std::uint32_t ctrl_ext = 0x0018;
inline constexpr std::uint32_t mdic = 0x0020;
// Interrupts §10.2.4
inline constexpr std::uint32_t icr = 0x00C0;
inline constexpr std::uint32_t itr = 0x00C4;
inline constexpr std::uint32_t ics = 0x00C8;
inline constexpr std::uint32_t ims = 0x00D0;
inline constexpr std::uint32_t imc = 0x00D8;
inline constexpr std::uint32_t eiac = 0x00DC;
inline constexpr std::uint32_t iam = 0x00E0;
inline constexpr std::uint32_t ivar = 0x00E4;
inline constexpr std::uint32_t eitr = 0x00E8;
// Receive §10.2.5
inline constexpr std::uint32_t rctl = 0x0100;
inline constexpr std::uint32_t pba = 0x1000;
inline constexpr std::uint32_t rdbal = 0x2800;
inline constexpr std::uint32_t rdbah = 0x2804;
inline constexpr std::uint32_t rdlen = 0x2808;
inline constexpr std::uint32_t rdh = 0x2810;
inline constexpr std::uint32_t rdt = 0x2818;
inline constexpr std::uint32_t rdtr = 0x2820;
inline constexpr std::uint32_t rxdctl = 0x2828;
inline constexpr std::uint32_t radv = 0x282C;
inline constexpr std::uint32_t rxcsum = 0x5000;
inline constexpr std::uint32_t rfctl = 0x5008;
inline constexpr std::uint32_t mta = 0x5200;
inline constexpr std::uint32_t ral = 0x5400;
inline constexpr std::uint32_t vfta = 0x5600;
inline constexpr std::uint32_t mrqc = 0x5818;
// Transmit §10.2.6
inline constexpr std::uint32_t tctl = 0x0400;
inline constexpr std::uint32_t tdbal = 0x3800;
inline constexpr std::uint32_t tdbah = 0x3804;
inline constexpr std::uint32_t tdlen = 0x3808;
inline constexpr std::uint32_t tdh = 0x3810;
inline constexpr std::uint32_t tdt = 0x3818;
inline constexpr std::uint32_t tidv = 0x3820;
inline constexpr std::uint32_t txdctl = 0x3828;
inline constexpr std::uint32_t tadv = 0x382C;
// Statistics §10.2.7: cleared by reading, all others saturate or wrap at 32 bits
inline constexpr std::uint32_t crcerrs = 0x4000;
inline constexpr std::uint32_t mpc = 0x4010;
inline constexpr std::uint32_t gprc = 0x4074;
inline constexpr std::uint32_t bprc = 0x4078;
inline constexpr std::uint32_t mprc = 0x407C;
inline constexpr std::uint32_t gptc = 0x4080;
inline constexpr std::uint32_t gorcl = 0x4088;  ///< and gorch behind it
inline constexpr std::uint32_t gotcl = 0x4090;
inline constexpr std::uint32_t rnbc = 0x40A0;
inline constexpr std::uint32_t ruc = 0x40A4;
inline constexpr std::uint32_t roc = 0x40AC;
inline constexpr std::uint32_t torl = 0x40C0;
inline constexpr std::uint32_t totl = 0x40C8;
inline constexpr std::uint32_t tpr = 0x40D0;
inline constexpr std::uint32_t tpt = 0x40D4;
inline constexpr std::uint32_t mptc = 0x40F0;
inline constexpr std::uint32_t bptc = 0x40F4;
inline constexpr std::uint32_t statistics_end = 0x4124;

// CTRL §10.2.2.1
inline constexpr std::uint32_t ctrl_master_disable = 1u << 2;
inline constexpr std::uint32_t ctrl_link_up = 1u << 6;
inline constexpr std::uint32_t ctrl_reset = 1u << 26;
inline constexpr std::uint32_t ctrl_vlan_mode = 1u << 30;
inline constexpr std::uint32_t ctrl_phy_reset = 1u << 31;
// STATUS §10.2.2.2: full duplex, 1000 Mb/s
inline constexpr std::uint32_t status_fixed = 0x00000281;
inline constexpr std::uint32_t status_link_up = 1u << 1;
inline constexpr std::uint32_t status_master_enabled = 1u << 19;
// EECD, EERD §10.2.2.4: present, auto-read done; words are read by address in 15:2
inline constexpr std::uint32_t eecd_reset = 0x00000300;
inline constexpr std::uint32_t eerd_start = 1u << 0;
inline constexpr std::uint32_t eerd_done = 1u << 1;
inline constexpr unsigned nvm_words = 64;
inline constexpr unsigned nvm_checksum_word = 0x3F;
inline constexpr std::uint16_t nvm_checksum = 0xBABA;  ///< sum of words 0 to 0x3F, §6.1.2
// CTRL_EXT §10.2.2.5
inline constexpr std::uint32_t ctrl_ext_auto_mask = 1u << 27;  ///< IAME
// MDIC §10.2.2.7 and PHY registers 0 to 3, IEEE 802.3 §22.2.4
inline constexpr std::uint32_t mdic_operation = 3u << 26;
inline constexpr std::uint32_t mdic_write = 1u << 26;
inline constexpr std::uint32_t mdic_read = 2u << 26;
inline constexpr std::uint32_t mdic_ready = 1u << 28;
inline constexpr std::uint32_t mdic_interrupt = 1u << 29;
inline constexpr std::uint32_t mdic_error = 1u << 30;
inline constexpr unsigned phy_registers = 4;
inline constexpr std::array<std::uint16_t, phy_registers> phy_reset = {0x1140, 0x7949, 0x0141,
                                                                       0x0CB1};
inline constexpr std::uint16_t phy_status_link = 0x0024;  ///< link, negotiation complete
// Causes §10.2.4.1
inline constexpr std::uint32_t cause_transmitted = 1u << 0;        ///< TXDW
inline constexpr std::uint32_t cause_transmit_empty = 1u << 1;     ///< TXQE
inline constexpr std::uint32_t cause_link = 1u << 2;               ///< LSC
inline constexpr std::uint32_t cause_receive_threshold = 1u << 4;  ///< RXDMT0
inline constexpr std::uint32_t cause_receive_overrun = 1u << 6;    ///< RXO
inline constexpr std::uint32_t cause_received = 1u << 7;           ///< RXT0
inline constexpr std::uint32_t cause_mdio = 1u << 9;               ///< MDAC
inline constexpr std::uint32_t cause_receive_queue = 1u << 20;     ///< RXQ0
inline constexpr std::uint32_t cause_transmit_queue = 1u << 22;    ///< TXQ0
inline constexpr std::uint32_t cause_other = 1u << 24;             ///< OTHER
inline constexpr std::uint32_t cause_asserted = 1u << 31;          ///< INT_ASSERTED, ICR only
inline constexpr std::uint32_t cause_all = 0x01F7D2D7;
inline constexpr std::uint32_t queue_causes =
    cause_transmitted | cause_transmit_empty | cause_received | cause_receive_threshold;
// IVAR §10.2.4.9: vector in the low three bits of a field, valid in its fourth
inline constexpr unsigned ivar_receive_shift = 0;
inline constexpr unsigned ivar_transmit_shift = 8;
inline constexpr unsigned ivar_other_shift = 16;
inline constexpr std::uint32_t ivar_vector = 7;
inline constexpr std::uint32_t ivar_valid = 8;
// Units of time: ITR §10.2.4.2, delays §10.2.5.14 and §10.2.6.10, in nanoseconds
inline constexpr std::uint64_t throttle_unit_ns = 256;
inline constexpr std::uint64_t delay_unit_ns = 1024;
inline constexpr std::uint32_t delay_mask = 0xFFFF;

// RCTL §10.2.5.1
inline constexpr std::uint32_t rctl_enable = 1u << 1;
inline constexpr std::uint32_t rctl_store_bad = 1u << 2;
inline constexpr std::uint32_t rctl_unicast_all = 1u << 3;
inline constexpr std::uint32_t rctl_multicast_all = 1u << 4;
inline constexpr std::uint32_t rctl_long_packets = 1u << 5;
inline constexpr std::uint32_t rctl_loopback = 3u << 6;
inline constexpr std::uint32_t rctl_loopback_mac = 1u << 6;
inline constexpr unsigned rctl_threshold_shift = 8;
inline constexpr std::uint32_t rctl_descriptor_type = 3u << 10;
inline constexpr unsigned rctl_multicast_shift = 12;
inline constexpr std::uint32_t rctl_broadcast = 1u << 15;
inline constexpr unsigned rctl_size_shift = 16;
inline constexpr std::uint32_t rctl_vlan_filter = 1u << 18;
inline constexpr std::uint32_t rctl_size_extension = 1u << 25;
inline constexpr std::uint32_t rctl_strip_crc = 1u << 26;
inline constexpr std::uint32_t rfctl_extended = 1u << 15;
// TCTL §10.2.6.1
inline constexpr std::uint32_t tctl_enable = 1u << 1;
inline constexpr std::uint32_t tctl_pad = 1u << 3;
// Rings: length in bytes, a multiple of 128 (§10.2.5.6)
inline constexpr std::uint32_t ring_base_low = 0xFFFFFFF0;
inline constexpr std::uint32_t ring_length = 0x000FFF80;
inline constexpr std::uint32_t ring_index = 0x0000FFFF;
inline constexpr unsigned descriptor_size = 16;
// Legacy transmit descriptor §7.2.2; bytes of the second quadword
inline constexpr unsigned tx_length = 8;    ///< 16 bits
inline constexpr unsigned tx_command = 11;  ///< 8 bits
inline constexpr unsigned tx_status = 12;   ///< 8 bits
inline constexpr std::uint8_t tx_end_of_packet = 0x01;
inline constexpr std::uint8_t tx_insert_fcs = 0x02;
inline constexpr std::uint8_t tx_insert_checksum = 0x04;
inline constexpr std::uint8_t tx_report_status = 0x08;
inline constexpr std::uint8_t tx_extended = 0x20;
inline constexpr std::uint8_t tx_vlan = 0x40;
inline constexpr std::uint8_t tx_delay = 0x80;
// Legacy receive descriptor §7.1.4
inline constexpr unsigned rx_length = 8;   ///< 16 bits
inline constexpr unsigned rx_status = 12;  ///< 8 bits
inline constexpr unsigned rx_errors = 13;  ///< 8 bits
inline constexpr std::uint8_t descriptor_done = 0x01;
inline constexpr std::uint8_t rx_end_of_packet = 0x02;
inline constexpr std::uint8_t rx_ignore_checksum = 0x04;
inline constexpr std::uint8_t rx_crc_error = 0x01;

// Frames, IEEE 802.3 §4.4.2, lengths with the check sequence
inline constexpr unsigned fcs_size = 4;
inline constexpr unsigned shortest_frame = 64;
inline constexpr unsigned longest_frame = 1522;
inline constexpr unsigned longest_long_frame = 9234;
inline constexpr unsigned longest_transmit = 16288;  // §7.2.1.2

/// A register, or `count` of them 4 bytes apart.
struct Register {
  std::uint32_t offset;
  std::uint32_t count;
  const char* name;
  std::uint32_t writable;  ///< bits that a write stores
  std::uint32_t reset;
  std::uint32_t refused;  ///< bits whose setting asks for what is not modelled
};

/// Ascending. Statistics (0x4000 to 0x4123) are not in it: read-only, cleared by reading.
inline constexpr Register registers[] = {
    {ctrl, 1, "CTRL", 0x9BFFFFFF, 0x00140241, ctrl_vlan_mode},
    {status, 1, "STATUS", 0, 0, 0},
    {eecd, 1, "EECD", 0, eecd_reset, 0},
    {eerd, 1, "EERD", 0x0000FFFC, eerd_done, 0},
    {ctrl_ext, 1, "CTRL_EXT", 0xFFFFFFFF, 0, 0},
    {mdic, 1, "MDIC", 0x23FFFFFF, 0, 0},
    {0x0028, 1, "FCAL", 0xFFFFFFFF, 0x00C28001, 0},
    {0x002C, 1, "FCAH", 0x0000FFFF, 0x00000100, 0},
    {0x0030, 1, "FCT", 0x0000FFFF, 0x00008808, 0},
    {0x0038, 1, "VET", 0x0000FFFF, 0x00008100, 0},
    {icr, 1, "ICR", 0, 0, 0},
    {itr, 1, "ITR", 0x0000FFFF, 0, 0},
    {ics, 1, "ICS", 0, 0, 0},
    {ims, 1, "IMS", 0, 0, 0},
    {imc, 1, "IMC", 0, 0, 0},
    {eiac, 1, "EIAC", 0x01F00000, 0, 0},
    {iam, 1, "IAM", 0xFFFFFFFF, 0, 0},
    {ivar, 1, "IVAR", 0x800FFFFF, 0, 0},
    {eitr, 5, "EITR", 0x0000FFFF, 0, 0},
    {rctl, 1, "RCTL", 0x07FFFFFF, 0, rctl_descriptor_type | rctl_vlan_filter},
    {0x0170, 1, "FCTTV", 0x0000FFFF, 0, 0},
    {tctl, 1, "TCTL", 0xFFFFFFFF, 0, 0},
    {0x0410, 1, "TIPG", 0x3FFFFFFF, 0x00602006, 0},
    {0x0E00, 1, "LEDCTL", 0xFFFFFFFF, 0x07061302, 0},
    {0x0F00, 1, "EXTCNF_CTRL", 0xFFFFFFFF, 0x00000008, 0},
    {pba, 1, "PBA", 0x0000003F, 0x00140014, 0},
    {0x1008, 1, "PBS", 0x0000003F, 0x00000028, 0},
    {0x2160, 1, "FCRTL", 0x8000FFF8, 0, 0},
    {0x2168, 1, "FCRTH", 0x0000FFF8, 0, 0},
    {rdbal, 1, "RDBAL0", ring_base_low, 0, 0},
    {rdbah, 1, "RDBAH0", 0xFFFFFFFF, 0, 0},
    {rdlen, 1, "RDLEN0", ring_length, 0, 0},
    {rdh, 1, "RDH0", ring_index, 0, 0},
    {rdt, 1, "RDT0", ring_index, 0, 0},
    {rdtr, 1, "RDTR", delay_mask, 0, 0},
    {rxdctl, 1, "RXDCTL0", 0x033F3F3F, 0x00010000, 0},
    {radv, 1, "RADV", delay_mask, 0, 0},
    {tdbal, 1, "TDBAL0", ring_base_low, 0, 0},
    {tdbah, 1, "TDBAH0", 0xFFFFFFFF, 0, 0},
    {tdlen, 1, "TDLEN0", ring_length, 0, 0},
    {tdh, 1, "TDH0", ring_index, 0, 0},
    {tdt, 1, "TDT0", ring_index, 0, 0},
    {tidv, 1, "TIDV", delay_mask, 0, 0},
    {txdctl, 1, "TXDCTL0", 0x037F3F3F, 0, 0},
    {tadv, 1, "TADV", delay_mask, 0, 0},
    {0x3840, 1, "TARC0", 0x7FFFFFFF, 0x00000403, 0},
    {rxcsum, 1, "RXCSUM", 0x000003FF, 0, 0},
    {rfctl, 1, "RFCTL", 0xFFFFFFFF, 0, rfctl_extended},
    {mta, 128, "MTA", 0xFFFFFFFF, 0, 0},
    {ral, 32, "RAL/RAH", 0xFFFFFFFF, 0, 0},
    {vfta, 128, "VFTA", 0xFFFFFFFF, 0, 0},
    {0x5800, 1, "WUC", 0x0000000F, 0, 0},
    {mrqc, 1, "MRQC", 0, 0, 0xFFFFFFFF},
    {0x5B00, 1, "GCR", 0xFFFFFFFF, 0, 0},
    {0x5B30, 1, "FACTPS", 0, 0, 0},
    {0x5B50, 1, "SWSM", 0x00000003, 0, 0},
    {0x5B54, 1, "FWSM", 0, 0, 0},
    {0x5B64, 1, "GCR2", 0xFFFFFFFF, 0, 0},
};

}  // namespace apicsim::nic
