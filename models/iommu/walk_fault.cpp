#include "models/iommu/walk_fault.h"

#include "models/iommu/first_level_walk.h"

namespace apicsim {

using vtd::DmaFaultReason;

namespace {

DmaFaultReason permission_fault(bool scalable, bool write) {
  if (scalable)
    return write ? DmaFaultReason::sm_no_write_permission : DmaFaultReason::sm_no_read_permission;
  return write ? DmaFaultReason::no_write_permission : DmaFaultReason::no_read_permission;
}

DmaFaultReason scalable_second_level_fault(const WalkFailure& failure, bool write) {
  switch (failure.end) {
    case WalkEnd::root_not_readable:
      return DmaFaultReason::second_root_not_readable;
    case WalkEnd::not_present:
      return DmaFaultReason::second_no_permission;
    case WalkEnd::no_permission:
      return permission_fault(true, write);
    case WalkEnd::reserved:
      return DmaFaultReason::second_reserved;
    case WalkEnd::update_not_snooped:
      return DmaFaultReason::second_update_not_snooped;
    case WalkEnd::beyond_width:
      return DmaFaultReason::second_beyond_width;
    default:
      return DmaFaultReason::second_not_readable;
  }
}

}  // namespace

DmaFaultReason second_level_fault(const WalkFailure& failure, bool scalable, bool write) {
  if (scalable) return scalable_second_level_fault(failure, write);
  switch (failure.end) {
    case WalkEnd::not_present:
    case WalkEnd::no_permission:
      return permission_fault(false, write);
    case WalkEnd::reserved:
      return DmaFaultReason::entry_reserved;
    case WalkEnd::beyond_width:
      return DmaFaultReason::address_beyond_width;
    default:
      return DmaFaultReason::table_not_readable;
  }
}

DmaFaultReason first_level_fault(const WalkFailure& failure, bool write) {
  switch (failure.end) {
    case WalkEnd::root_not_readable:
      return DmaFaultReason::first_root_not_readable;
    case WalkEnd::not_present:
      return DmaFaultReason::first_not_present;
    case WalkEnd::reserved:
      return DmaFaultReason::first_reserved;
    case WalkEnd::update_not_snooped:
      return DmaFaultReason::first_update_not_snooped;
    case WalkEnd::update_failed:
      return DmaFaultReason::first_update_failed;
    case WalkEnd::beyond_width:
      return DmaFaultReason::nested_beyond_width;
    case WalkEnd::nested_root_no_read:
      return DmaFaultReason::nested_root_no_read;
    case WalkEnd::nested_no_read:
      return DmaFaultReason::nested_no_read;
    case WalkEnd::nested_no_write:
      return DmaFaultReason::nested_no_write;
    case WalkEnd::second_failed:
      return scalable_second_level_fault({failure.second}, write);
    default:
      return DmaFaultReason::first_not_readable;
  }
}

DmaFaultReason rights_fault(const TranslationContext& context, const PageRights& rights,
                            const PageAccess& access) {
  FirstLevelVerdict verdict;
  if (context.has_first()) verdict = judge(context.first, rights, access.privileged);
  if (!verdict.user_page) return DmaFaultReason::no_user_permission;
  const bool may_write = rights.write && verdict.write;
  if (access.any) {
    const bool some = rights.read || may_write;
    return some ? DmaFaultReason::none : permission_fault(context.scalable, !access.read);
  }
  if (access.execute && !verdict.execute) return DmaFaultReason::no_execute_permission;
  if (access.write && !may_write) return permission_fault(context.scalable, true);
  if (access.read && !rights.read) return permission_fault(context.scalable, false);
  return DmaFaultReason::none;
}

}  // namespace apicsim
