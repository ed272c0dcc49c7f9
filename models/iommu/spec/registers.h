#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "models/fabric/spec/register_table.h"
#include "models/fabric/spec/register_word.h"
#include "models/iommu/spec/capabilities.h"

/// The register file of a VT-d remapping unit. Source: Intel Virtualization Technology for Directed
/// I/O, Architecture Specification, revision 3.0 (June 2018), §10.4; sections are those of it
/// unless another revision is named.
namespace apicsim::vtd {

inline constexpr std::uint32_t ver = 0x00;
inline constexpr std::uint32_t cap = 0x08;
inline constexpr std::uint32_t ecap = 0x10;
inline constexpr std::uint32_t gcmd = 0x18;
inline constexpr std::uint32_t gsts = 0x1C;
inline constexpr std::uint32_t rtaddr = 0x20;
inline constexpr std::uint32_t ccmd = 0x28;
inline constexpr std::uint32_t fsts = 0x34;
inline constexpr std::uint32_t fectl = 0x38;
inline constexpr std::uint32_t fedata = 0x3C;
inline constexpr std::uint32_t feaddr = 0x40;
inline constexpr std::uint32_t feuaddr = 0x44;
inline constexpr std::uint32_t aflog = 0x58;
inline constexpr std::uint32_t pmen = 0x64;
inline constexpr std::uint32_t plmbase = 0x68;
inline constexpr std::uint32_t plmlimit = 0x6C;
inline constexpr std::uint32_t phmbase = 0x70;
inline constexpr std::uint32_t phmlimit = 0x78;
inline constexpr std::uint32_t iqh = 0x80;
inline constexpr std::uint32_t iqt = 0x88;
inline constexpr std::uint32_t iqa = 0x90;
inline constexpr std::uint32_t ics = 0x9C;
inline constexpr std::uint32_t iectl = 0xA0;
inline constexpr std::uint32_t iedata = 0xA4;
inline constexpr std::uint32_t ieaddr = 0xA8;
inline constexpr std::uint32_t ieuaddr = 0xAC;
inline constexpr std::uint32_t iqercd = 0xB0;
inline constexpr std::uint32_t irta = 0xB8;
inline constexpr std::uint32_t pqh = 0xC0;
inline constexpr std::uint32_t pqt = 0xC8;
inline constexpr std::uint32_t pqa = 0xD0;
inline constexpr std::uint32_t prs = 0xDC;
inline constexpr std::uint32_t pectl = 0xE0;
inline constexpr std::uint32_t pedata = 0xE4;
inline constexpr std::uint32_t peaddr = 0xE8;
inline constexpr std::uint32_t peuaddr = 0xEC;

// Relative to ECAP.IRO x 16 and to CAP.FRO x 16.
inline constexpr std::uint32_t iva = 0;
inline constexpr std::uint32_t iotlb = 8;
inline constexpr std::uint32_t fault_record_size = 16;
inline constexpr std::uint32_t placement_unit = 16;

// Bits of GCMD (§10.4.4); the same positions report in GSTS (§10.4.5).
inline constexpr std::uint32_t translation_enable = 1u << 31;
inline constexpr std::uint32_t set_root_table = 1u << 30;
inline constexpr std::uint32_t set_fault_log = 1u << 29;
inline constexpr std::uint32_t advanced_fault_log_enable = 1u << 28;
inline constexpr std::uint32_t write_buffer_flush = 1u << 27;
inline constexpr std::uint32_t queued_invalidation_enable = 1u << 26;
inline constexpr std::uint32_t interrupt_remapping_enable = 1u << 25;
inline constexpr std::uint32_t set_interrupt_table = 1u << 24;
inline constexpr std::uint32_t compatibility_interrupts = 1u << 23;

// RTADDR (§10.4.6): TTM, 2 bits; before revision 3.0 bit 11 alone, RTT.
inline constexpr unsigned table_mode_shift = 10;
inline constexpr std::uint64_t table_mode_mask = 3;

// CCMD (§10.4.7) and IOTLB (§10.4.8.1): request bit, requested and actual granularity.
inline constexpr std::uint64_t invalidate_context = 1ull << 63;
inline constexpr unsigned context_requested_shift = 61;
inline constexpr unsigned context_actual_shift = 59;
inline constexpr unsigned context_source_shift = 16;
inline constexpr unsigned context_function_mask_shift = 32;
inline constexpr std::uint64_t invalidate_iotlb = 1ull << 63;
inline constexpr unsigned iotlb_requested_shift = 60;
inline constexpr unsigned iotlb_actual_shift = 57;
inline constexpr unsigned iotlb_domain_shift = 32;
inline constexpr std::uint64_t granularity_mask = 3;
// IVA (§10.4.8.2).
inline constexpr std::uint64_t iva_hint = 1u << 6;
inline constexpr std::uint64_t iva_mask = 0x3F;

inline constexpr std::uint32_t interrupt_mask = 1u << 31;           ///< FECTL, IECTL, PECTL: IM
inline constexpr std::uint32_t interrupt_pending = 1u << 30;        ///< the same: IP
inline constexpr std::uint32_t protected_memory_enable = 1u << 31;  ///< PMEN: EPM
inline constexpr std::uint32_t protected_memory_status = 1u << 0;   ///< PMEN: PRS
inline constexpr std::uint64_t protected_granule = 1u << 20;        ///< of the regions, bytes
inline constexpr std::uint64_t fault_record_f = 1ull << 63;         ///< FRCD, upper half: F

// IQA (§10.4.23) and PQA (§10.4.32).
inline constexpr std::uint64_t queue_size_mask = 7;          ///< 2^QS pages
inline constexpr std::uint64_t wide_descriptors = 1u << 11;  ///< DW: 256 bits

// IQERCD, VT-d 4.1 §11.4.9.9.
inline constexpr std::uint64_t queue_error_mask = 0xF;   ///< IQEI
inline constexpr unsigned time_out_source_shift = 32;    ///< ITESID
inline constexpr unsigned completion_source_shift = 48;  ///< ICESID

// ICS (§10.4.24) and PRS (§10.4.33).
inline constexpr std::uint32_t wait_completed = 1u << 0;         ///< IWC
inline constexpr std::uint32_t page_request_pending = 1u << 0;   ///< PPR
inline constexpr std::uint32_t page_request_overflow = 1u << 1;  ///< PRO

inline constexpr std::uint64_t page = ~std::uint64_t{0xFFF};

/// What a unit must have for a register or field to exist; elsewhere it is reserved.
enum class Feature : std::uint8_t {
  always,
  fault_log,         ///< CAP.AFL
  buffer_flush,      ///< CAP.RWBF
  protected_any,     ///< CAP.PLMR or PHMR
  protected_low,     ///< CAP.PLMR
  protected_high,    ///< CAP.PHMR
  drain_reads,       ///< CAP.DRD
  drain_writes,      ///< CAP.DWD
  queue,             ///< ECAP.QI
  device_tlb,        ///< ECAP.DT
  interrupts,        ///< ECAP.IR
  extended_ids,      ///< ECAP.EIM
  page_requests,     ///< ECAP.PRS
  table_mode,        ///< ECAP.SMTS or ADMS
  scalable,          ///< ECAP.SMTS
  extended_context,  ///< ECAP.ECS, and no table modes
};

bool has(const Capability& capability, const ExtendedCapability& extended, Feature feature);

/// Some bits of a register that mean one thing. Bits without a field are reserved: they read zero,
/// writes to them are dropped.
struct FieldSpec {
  std::uint8_t lsb;
  std::uint8_t width;
  const char* name;
  spec::Word word;
  Feature needs;
};

struct RegisterSpec {
  const char* name;
  std::uint32_t offset;  ///< from the unit's base, or from where CAP and ECAP place it
  std::uint8_t width;    ///< 32 or 64 bits
  Feature needs;
  std::uint64_t reset;
  const char* section;
  const FieldSpec* fields;
  std::size_t field_count;
};

/// Registers that a capability names and the model does not have.
struct UnmodelledRegisters {
  const char* name;
  std::uint32_t first, last;  ///< offsets of their first and last byte
  bool ExtendedCapability::*extended;
  bool Capability::*capability;  ///< one of the two is set
};
/// The registers of that kind at `offset` that a unit with these capabilities has; null: none.
const UnmodelledRegisters* unmodelled_at(std::uint64_t offset, const Capability& capability,
                                         const ExtendedCapability& extended);

/// What a write does, by bit. A bit in neither mask is read-only or reserved.
struct RegisterMasks {
  std::uint64_t writable = 0;  ///< keeps what is written
  std::uint64_t clears = 0;    ///< cleared by writing 1
};

/// All zero, reserved, where the unit lacks the register.
RegisterMasks masks_of(const RegisterSpec& spec, const Capability& capability,
                       const ExtendedCapability& extended);

struct RegisterList {
  const RegisterSpec* first;
  std::size_t count;

  const RegisterSpec* begin() const { return first; }
  const RegisterSpec* end() const { return first + count; }
};

/// The registers at fixed offsets, ascending. VER, CAP and ECAP come from the configuration.
RegisterList registers();
/// IVA_REG and IOTLB_REG, relative to ECAP.IRO.
RegisterList iotlb_registers();
/// The halves of a fault record, relative to CAP.FRO + 16 times its index.
RegisterList fault_record_registers();

/// The declarations as a document.
spec::RegisterTable register_table();

}  // namespace apicsim::vtd
