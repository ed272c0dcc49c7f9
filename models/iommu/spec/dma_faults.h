#pragma once

#include <cstdint>

/// Fault reasons of DMA requests: VT-d §7.1.3 (legacy mode 1h to Eh, scalable mode 30h to 91h).
namespace apicsim::vtd {

enum class DmaFaultReason : std::uint8_t {
  none = 0,  ///< nothing is recorded: blocked by a protected memory region (§10.4.16)

  // Legacy mode.
  root_not_present = 0x1,
  context_not_present = 0x2,
  context_invalid = 0x3,       ///< AW or TT that the unit does not have
  address_beyond_width = 0x4,  ///< above min(MGAW, AGAW), or above the host width
  no_write_permission = 0x5,
  no_read_permission = 0x6,
  table_not_readable = 0x7,
  root_not_readable = 0x8,
  context_not_readable = 0x9,
  root_reserved = 0xA,
  context_reserved = 0xB,
  entry_reserved = 0xC,
  type_blocked = 0xD,      ///< translation request or translated request against TT
  interrupt_output = 0xE,  ///< translated to the interrupt range

  // Scalable mode.
  table_mode_invalid = 0x30,    ///< RTADDR.TTM: abort, reserved or not supported
  pasid_in_legacy_mode = 0x31,  ///< request with PASID
  page_request_in_legacy_mode = 0x32,
  sm_root_not_readable = 0x38,
  sm_root_not_present = 0x39,
  sm_root_reserved = 0x3A,
  sm_context_not_readable = 0x40,
  sm_context_not_present = 0x41,
  sm_context_reserved = 0x42,
  sm_context_invalid = 0x43,
  device_tlb_disabled = 0x44,     ///< DTE clear
  pasid_disabled = 0x45,          ///< PASIDE clear
  pasid_beyond_directory = 0x46,  ///< PDTS too small
  page_requests_disabled = 0x47,  ///< PRE clear
  rid_pasid_invalid = 0x48,
  directory_not_readable = 0x50,
  directory_not_present = 0x51,
  directory_reserved = 0x52,
  pasid_not_readable = 0x58,
  pasid_not_present = 0x59,
  pasid_reserved = 0x5A,
  pasid_invalid = 0x5B,
  execute_requests_disabled = 0x5C,     ///< ERE clear
  supervisor_requests_disabled = 0x5D,  ///< SRE clear
  first_not_readable = 0x70,
  first_not_present = 0x71,
  first_reserved = 0x72,
  first_root_not_readable = 0x73,  ///< table that FLPTPTR names
  nested_beyond_width = 0x74,      ///< a first-level table's address is above the second level's
  nested_root_no_read = 0x75,      ///< second level forbids reading the table of FLPTPTR
  nested_no_read = 0x76,           ///< ... another first-level table
  nested_no_write = 0x77,          ///< ... or setting A or D in one
  second_not_readable = 0x78,
  second_no_permission = 0x79,
  second_reserved = 0x7A,
  second_root_not_readable = 0x7B,   ///< table that SLPTPTR names
  second_update_not_snooped = 0x7C,  ///< A or D to be set, but page walks do not snoop
  not_canonical = 0x80,
  no_user_permission = 0x81,
  no_execute_permission = 0x82,
  beyond_host_width = 0x83,
  second_beyond_width = 0x84,
  sm_no_write_permission = 0x85,
  sm_no_read_permission = 0x86,
  sm_interrupt_output = 0x87,
  first_update_not_snooped = 0x90,
  first_update_failed = 0x91,
};

}  // namespace apicsim::vtd
