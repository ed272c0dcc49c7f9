#pragma once

#include <array>

#include "models/iommu/spec/dma_faults.h"

/// What follows from a fault: VT-d 3.0 §7.1.3 and §7.2.3 (column "qualified"), §4.1.2 (answers of
/// translation requests).
namespace apicsim::vtd {

/// Completion of a translation request that meets the fault.
enum class TranslationAnswer : unsigned char {
  unsupported,  ///< Unsupported Request: the device is not to ask
  abort,        ///< Completer Abort: the structures are damaged
  no_rights,    ///< success with R = W = 0: a page request may help
};

struct DmaFaultRule {
  DmaFaultReason reason;
  bool qualified;  ///< FPD of the entries found so far keeps it from being recorded
  TranslationAnswer answer;
};

namespace detail {
using R = DmaFaultReason;
using A = TranslationAnswer;
}  // namespace detail

inline constexpr std::array<DmaFaultRule, 61> dma_fault_rules{{
    {detail::R::root_not_present, false, detail::A::unsupported},
    {detail::R::context_not_present, true, detail::A::unsupported},
    {detail::R::context_invalid, true, detail::A::abort},
    {detail::R::address_beyond_width, true, detail::A::unsupported},
    {detail::R::no_write_permission, true, detail::A::no_rights},
    {detail::R::no_read_permission, true, detail::A::no_rights},
    {detail::R::table_not_readable, true, detail::A::abort},
    {detail::R::root_not_readable, false, detail::A::abort},
    {detail::R::context_not_readable, false, detail::A::abort},
    {detail::R::root_reserved, false, detail::A::abort},
    {detail::R::context_reserved, true, detail::A::abort},
    {detail::R::entry_reserved, true, detail::A::abort},
    {detail::R::type_blocked, true, detail::A::unsupported},
    {detail::R::interrupt_output, true, detail::A::abort},
    {detail::R::table_mode_invalid, false, detail::A::unsupported},
    {detail::R::pasid_in_legacy_mode, false, detail::A::unsupported},
    {detail::R::page_request_in_legacy_mode, false, detail::A::unsupported},
    {detail::R::sm_root_not_readable, false, detail::A::abort},
    {detail::R::sm_root_not_present, false, detail::A::unsupported},
    {detail::R::sm_root_reserved, false, detail::A::abort},
    {detail::R::sm_context_not_readable, false, detail::A::abort},
    {detail::R::sm_context_not_present, true, detail::A::unsupported},
    {detail::R::sm_context_reserved, true, detail::A::abort},
    {detail::R::sm_context_invalid, true, detail::A::abort},
    {detail::R::device_tlb_disabled, true, detail::A::unsupported},
    {detail::R::pasid_disabled, true, detail::A::unsupported},
    {detail::R::pasid_beyond_directory, true, detail::A::unsupported},
    {detail::R::page_requests_disabled, true, detail::A::unsupported},
    {detail::R::rid_pasid_invalid, true, detail::A::abort},
    {detail::R::directory_not_readable, false, detail::A::abort},
    {detail::R::directory_not_present, true, detail::A::unsupported},
    {detail::R::directory_reserved, true, detail::A::abort},
    {detail::R::pasid_not_readable, false, detail::A::abort},
    {detail::R::pasid_not_present, true, detail::A::unsupported},
    {detail::R::pasid_reserved, true, detail::A::abort},
    {detail::R::pasid_invalid, true, detail::A::abort},
    {detail::R::execute_requests_disabled, true, detail::A::unsupported},
    {detail::R::supervisor_requests_disabled, true, detail::A::unsupported},
    {detail::R::first_not_readable, true, detail::A::abort},
    {detail::R::first_not_present, true, detail::A::no_rights},
    {detail::R::first_reserved, true, detail::A::abort},
    {detail::R::first_root_not_readable, true, detail::A::abort},
    {detail::R::nested_beyond_width, true, detail::A::abort},
    {detail::R::nested_root_no_read, true, detail::A::no_rights},
    {detail::R::nested_no_read, true, detail::A::no_rights},
    {detail::R::nested_no_write, true, detail::A::no_rights},
    {detail::R::second_not_readable, true, detail::A::abort},
    {detail::R::second_no_permission, true, detail::A::no_rights},
    {detail::R::second_reserved, true, detail::A::abort},
    {detail::R::second_root_not_readable, true, detail::A::abort},
    {detail::R::second_update_not_snooped, true, detail::A::abort},
    {detail::R::not_canonical, true, detail::A::unsupported},
    {detail::R::no_user_permission, true, detail::A::no_rights},
    {detail::R::no_execute_permission, true, detail::A::no_rights},
    {detail::R::beyond_host_width, true, detail::A::unsupported},
    {detail::R::second_beyond_width, true, detail::A::unsupported},
    {detail::R::sm_no_write_permission, true, detail::A::no_rights},
    {detail::R::sm_no_read_permission, true, detail::A::no_rights},
    {detail::R::sm_interrupt_output, true, detail::A::abort},
    {detail::R::first_update_not_snooped, true, detail::A::abort},
    {detail::R::first_update_failed, true, detail::A::abort},
}};

}  // namespace apicsim::vtd
