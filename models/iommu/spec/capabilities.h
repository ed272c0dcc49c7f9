#pragma once

#include <cstddef>
#include <cstdint>

namespace apicsim::vtd {

/// CAP_REG, VT-d 3.0 §10.4.2; bits 63:61 are those of 4.0. The defaults describe a unit without any
/// capability.
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
  bool enhanced_commands = false;   ///< ECMDS
  bool enhanced_set_table = false;  ///< ESIRTPS: SIRTP empties the interrupt entry cache
  bool enhanced_set_root = false;   ///< ESRTPS: SRTP empties the caches of DMA remapping
  std::uint64_t reserved = 0;       ///< bits without a field, in place

  std::uint64_t encode() const;
  static Capability decode(std::uint64_t value);
};

/// ECAP_REG, VT-d 3.0 §10.4.3; bits 53:50 are those of 4.0.
struct ExtendedCapability {
  bool coherent = false;                     ///< C
  bool queued_invalidation = false;          ///< QI
  bool device_tlb = false;                   ///< DT
  bool interrupt_remapping = false;          ///< IR
  bool extended_interrupt = false;           ///< EIM: 32-bit APIC ids (x2APIC)
  bool pass_through = false;                 ///< PT
  bool snoop_control = false;                ///< SC
  std::uint16_t iotlb_offset = 0;            ///< IRO, 10 bits, units of 16 bytes
  std::uint8_t handle_mask = 0;              ///< MHMV, 4 bits
  bool extended_context = false;             ///< ECS, 2.x only: extended root and context tables
  bool memory_type = false;                  ///< MTS
  bool nested = false;                       ///< NEST
  bool page_requests = false;                ///< PRS
  bool execute_requests = false;             ///< ERS
  bool supervisor_requests = false;          ///< SRS
  bool no_write_flag = false;                ///< NWFS
  bool extended_accessed = false;            ///< EAFS
  std::uint8_t pasid_size = 0;               ///< PSS, 5 bits: width - 1
  bool pasid = false;                        ///< PASID
  bool device_tlb_throttle = false;          ///< DIT
  bool page_request_drain = false;           ///< PDS
  bool scalable_mode = false;                ///< SMTS
  bool virtual_commands = false;             ///< VCS
  bool second_level_accessed_dirty = false;  ///< SLADS
  bool second_level = false;                 ///< SLTS, of scalable mode
  bool first_level = false;                  ///< FLTS
  bool page_walk_coherency = false;          ///< SMPWCS
  bool requester_id_pasid = false;           ///< RPS
  bool performance_monitoring = false;       ///< PMS
  bool abort_mode = false;                   ///< ADMS
  bool requester_id_privilege = false;       ///< RPRIVS
  std::uint64_t reserved = 0;                ///< all other bits, in place (withdrawn features)

  std::uint64_t encode() const;
  static ExtendedCapability decode(std::uint64_t value);
};

/// One field of a capability word: the declaration behind encode() and decode(), the keys of
/// scenario files and the tables of the documentation.
template <typename Word>
struct CapabilityField {
  const char* key;     ///< name in scenario files
  const char* symbol;  ///< name in the specification
  std::uint8_t low;    ///< lowest bit
  std::uint8_t width;  ///< in bits
  /// One of these is set, by the width.
  bool Word::*flag;
  std::uint8_t Word::*byte;
  std::uint16_t Word::*half;

  std::uint64_t get(const Word& word) const;
  void put(Word& word, std::uint64_t value) const;
  /// Largest value of the field.
  std::uint64_t max() const { return (std::uint64_t{1} << width) - 1; }
};

/// A table of fields, in ascending order of their bits.
template <typename Word>
struct CapabilityFields {
  const CapabilityField<Word>* first;
  std::size_t count;

  const CapabilityField<Word>* begin() const { return first; }
  const CapabilityField<Word>* end() const { return first + count; }
};

CapabilityFields<Capability> capability_fields();
CapabilityFields<ExtendedCapability> extended_capability_fields();

}  // namespace apicsim::vtd
