#pragma once

#include <cstdint>

namespace apicsim::vtd {

/// CAP_REG, VT-d 3.0 §10.4.2. The defaults describe a unit without any capability.
struct Capability {
  std::uint8_t domains = 0;         ///< ND, 3 bits: 2^(4 + 2 ND) domains
  bool advanced_fault_log = false;  ///< AFL
  bool write_buffer_flush = false;  ///< RWBF
  bool protected_low = false;       ///< PLMR
  bool protected_high = false;      ///< PHMR
  bool caching_mode = false;        ///< CM
  std::uint8_t page_walks = 0;      ///< SAGAW, 5 bits: bit 1 3-level, bit 2 4-level
  std::uint8_t guest_width = 0;     ///< MGAW, 6 bits: width - 1
  bool zero_length_read = false;    ///< ZLR
  std::uint16_t fault_offset = 0;   ///< FRO, 10 bits, units of 16 bytes
  std::uint8_t large_pages = 0;     ///< SLLPS, 4 bits: bit 0 2 MiB, bit 1 1 GiB
  bool page_selective = false;      ///< PSI
  std::uint8_t fault_records = 0;   ///< NFR: number - 1
  std::uint8_t address_mask = 0;    ///< MAMV, 6 bits
  bool drain_writes = false;        ///< DWD
  bool drain_reads = false;         ///< DRD
  bool first_level_1g = false;      ///< FL1GP
  bool posted_interrupts = false;   ///< PI
  bool first_level_5 = false;       ///< FL5LP
  std::uint64_t reserved = 0;       ///< bits without a field, in place

  std::uint64_t encode() const;
  static Capability decode(std::uint64_t value);
};

/// ECAP_REG, VT-d 3.0 §10.4.3.
struct ExtendedCapability {
  bool coherent = false;             ///< C
  bool queued_invalidation = false;  ///< QI
  bool device_tlb = false;           ///< DT
  bool interrupt_remapping = false;  ///< IR
  bool extended_interrupt = false;   ///< EIM: 32-bit APIC ids (x2APIC)
  bool pass_through = false;         ///< PT
  bool snoop_control = false;        ///< SC
  std::uint16_t iotlb_offset = 0;    ///< IRO, 10 bits, units of 16 bytes
  std::uint8_t handle_mask = 0;      ///< MHMV, 4 bits
  std::uint64_t reserved = 0;        ///< all other bits, in place (later and withdrawn features)

  std::uint64_t encode() const;
  static ExtendedCapability decode(std::uint64_t value);
};

}  // namespace apicsim::vtd
