#include "models/iommu/dma_remapping.h"

#include <algorithm>

#include "models/iommu/spec/dma_fault_rules.h"
#include "models/iommu/walk_fault.h"

namespace apicsim {
namespace {

using vtd::DmaFaultReason;
using AddressType = RequestTag::AddressType;

constexpr std::uint64_t page_size = 1u << vtd::page_shift;

const vtd::DmaFaultRule* rule_of(DmaFaultReason reason) {
  for (const vtd::DmaFaultRule& rule : vtd::dma_fault_rules)
    if (rule.reason == reason) return &rule;
  return nullptr;
}

bool is_translation_request(const DmaRequest& request) {
  return request.tag.address_type == AddressType::translation_request;
}

/// The request's address as it is.
DmaTranslation identity(const DmaRequest& request) {
  DmaTranslation translation;
  translation.address = request.address;
  translation.length = page_size - request.address % page_size;
  return translation;
}

DmaFault fault_of(const DmaRequest& request, DmaFaultReason reason) {
  DmaFault fault;
  fault.reason = reason;
  fault.page = request.address & ~(page_size - 1);
  fault.source = request.source;
  fault.write = request.write;
  fault.tag = request.tag;
  return fault;
}

constexpr std::uint64_t offset_mask(unsigned shift) { return (std::uint64_t{1} << shift) - 1; }

TableOwner owner_of(const TranslationContext& context) {
  return {context.domain, context.has_first(), context.has_first() ? context.pasid : 0};
}

IotlbEntry entry_of(const DmaRequest& request, const TranslationContext& context,
                    const MappedPage& page) {
  IotlbEntry entry;
  entry.owner = owner_of(context);
  entry.page = request.address >> page.shift;
  entry.shift = page.shift;
  entry.address = page.address;
  entry.rights = page.rights;
  entry.snoop = page.snoop;
  entry.may_write = page.may_write;
  return entry;
}

/// Of a remembered absence, whose first request may have had the other direction.
DmaFaultReason directed(DmaFaultReason reason, bool write) {
  const bool permission =
      reason == DmaFaultReason::no_read_permission || reason == DmaFaultReason::no_write_permission;
  if (!permission) return reason;
  return write ? DmaFaultReason::no_write_permission : DmaFaultReason::no_read_permission;
}

}  // namespace

DmaRemapping::DmaRemapping(const Config& config, RemappingMemory& memory)
    : m_config(config),
      m_memory(memory),
      m_contexts(m_config, m_statistics),
      m_table_cache(config.table_entries),
      m_iotlb(config.iotlb_entries),
      m_second(m_config, m_statistics, m_table_cache),
      m_first(m_config, m_statistics, m_table_cache, m_second) {}

bool DmaRemapping::is_protected(std::uint64_t address) const {
  if (!m_protected.enabled) return false;
  return (address >= m_protected.low_base && address <= m_protected.low_limit) ||
         (address >= m_protected.high_base && address <= m_protected.high_limit);
}

/// Nothing of this is recorded (§10.4.16).
DmaResult DmaRemapping::protected_fault(const DmaRequest& request) {
  ++m_statistics.blocked;
  DmaFault fault = fault_of(request, DmaFaultReason::none);
  fault.recorded = false;
  return fault;
}

DmaResult DmaRemapping::fault(const DmaRequest& request, DmaFaultReason reason,
                              bool fault_disable) {
  ++m_statistics.blocked;
  DmaFault fault = fault_of(request, reason);
  const vtd::DmaFaultRule* const rule = rule_of(reason);
  if (rule == nullptr) return fault;
  fault.recorded = !(fault_disable && rule->qualified);
  if (!is_translation_request(request)) return fault;
  fault.recoverable = rule->answer == vtd::TranslationAnswer::no_rights;
  fault.completer_abort = rule->answer == vtd::TranslationAnswer::abort;
  // The device, not the fault log, learns of a page that is not there (§7.3).
  if (fault.recoverable) fault.recorded = false;
  return fault;
}

/// TES clear: what presumes translation is refused, everything else goes on (§3.2, §4.1.1).
DmaResult DmaRemapping::untranslated(const DmaRequest& request) {
  const bool plain =
      request.tag.address_type == AddressType::untranslated && !request.tag.has_pasid;
  if (!plain || is_protected(request.address)) return protected_fault(request);
  return identity(request);
}

/// Pass-through and translated requests: the address is a host address.
DmaResult DmaRemapping::pass(const DmaRequest& request, bool scalable, bool fault_disable) {
  if ((request.address & m_config.beyond_host()) != 0)
    return fault(
        request,
        scalable ? DmaFaultReason::beyond_host_width : DmaFaultReason::address_beyond_width,
        fault_disable);
  // Pass-through requests to it without PASID are interrupt requests and not here.
  if (vtd::in_interrupt_range(request.address))
    return fault(request,
                 scalable ? DmaFaultReason::sm_interrupt_output : DmaFaultReason::interrupt_output,
                 fault_disable);
  if (is_protected(request.address)) return protected_fault(request);
  ++m_statistics.passed;
  DmaTranslation translation = identity(request);
  translation.write = !is_translation_request(request) || !request.tag.no_write;
  translation.execute = request.tag.execute;
  translation.privileged = request.tag.privileged;
  return translation;
}

DmaResult DmaRemapping::translate(const DmaRequest& request, Cycle& now) {
  if (!m_enabled) return untranslated(request);
  ++m_statistics.requests;
  now += m_config.lookup;
  StructureReader reader(m_memory, m_config.structure_read, m_statistics.structure_reads, now);
  const ContextTables::Result found = m_contexts.find(request, reader);
  if (const auto* const failed = std::get_if<ContextFault>(&found))
    return fault(request, failed->reason, failed->fault_disable);
  const auto& context = std::get<TranslationContext>(found);
  const DmaFaultReason reason = objection(request, context);
  if (reason != DmaFaultReason::none) return fault(request, reason, context.fault_disable);
  if (request.tag.address_type == AddressType::translated ||
      context.kind == TranslationContext::Kind::pass_through)
    return pass(request, context.scalable, context.fault_disable);
  return translate(request, context, reader);
}

/// What the entries forbid before any page is looked at.
DmaFaultReason DmaRemapping::objection(const DmaRequest& request,
                                       const TranslationContext& context) const {
  if (request.tag.address_type != AddressType::untranslated && !context.device_tlb)
    return DmaFaultReason::type_blocked;
  if (request.tag.has_pasid && request.tag.execute && !context.execute_requests)
    return DmaFaultReason::execute_requests_disabled;
  if (request.tag.has_pasid && request.tag.privileged && !context.supervisor_requests)
    return DmaFaultReason::supervisor_requests_disabled;
  if (context.has_first() && request.tag.address_type != AddressType::translated &&
      !FirstLevelWalk::is_canonical(context.first, request.address))
    return DmaFaultReason::not_canonical;
  return DmaFaultReason::none;
}

PageAccess DmaRemapping::access_of(const DmaRequest& request,
                                   const TranslationContext& context) const {
  PageAccess access;
  const bool asks = is_translation_request(request);
  access.read = asks || !request.write;
  access.write = asks ? !request.tag.no_write : request.write;
  access.execute = request.tag.execute;
  access.privileged = request.tag.has_pasid ? request.tag.privileged : context.requester_privileged;
  // CAP.ZLR: reads of no bytes go to pages that can only be written, too.
  access.any = asks || (request.tag.zero_length && m_config.capability.zero_length_read);
  return access;
}

DmaResult DmaRemapping::translate(const DmaRequest& request, const TranslationContext& context,
                                  StructureReader& reader) {
  const PageAccess access = access_of(request, context);
  const IotlbEntry* const known = m_iotlb.find(owner_of(context), request.address);
  // A write to a page whose D bit is clear is left to a walk.
  const bool hit = known != nullptr && (!access.write || known->may_write || !known->rights.write);
  ++(hit ? m_statistics.iotlb_hits : m_statistics.iotlb_misses);
  const Found found = hit ? Found(*known) : walk(request, context, access, reader);
  if (const auto* const failed = std::get_if<NotFound>(&found))
    return fault(request, failed->reason, context.fault_disable);
  const auto& entry = std::get<IotlbEntry>(found);
  const DmaFaultReason reason = entry.fault != DmaFaultReason::none
                                    ? directed(entry.fault, request.write)
                                    : rights_fault(context, entry.rights, access);
  if (reason != DmaFaultReason::none) return fault(request, reason, context.fault_disable);
  if (!hit) m_iotlb.insert(entry);
  const DmaTranslation translation = answer(request, context, entry);
  if (vtd::in_interrupt_range(translation.address))
    return fault(
        request,
        context.scalable ? DmaFaultReason::sm_interrupt_output : DmaFaultReason::interrupt_output,
        context.fault_disable);
  return translation;
}

/// The translation, with the rights that a translation request learns of.
DmaTranslation DmaRemapping::answer(const DmaRequest& request, const TranslationContext& context,
                                    const IotlbEntry& entry) const {
  const PageAccess access = access_of(request, context);
  FirstLevelVerdict verdict;
  if (context.has_first()) verdict = judge(context.first, entry.rights, access.privileged);
  const std::uint64_t offset = request.address & offset_mask(entry.shift);
  DmaTranslation translation;
  translation.address = entry.address | offset;
  translation.length = (std::uint64_t{1} << entry.shift) - offset;
  translation.page_shift = entry.shift;
  translation.read = entry.rights.read;
  translation.write = entry.rights.write && verdict.write &&
                      !(is_translation_request(request) && request.tag.no_write);
  translation.execute = access.execute && verdict.execute && context.has_first();
  translation.global = entry.rights.global;
  translation.privileged = access.privileged;
  translation.snoop = entry.snoop || context.page_snoop;
  return translation;
}

DmaRemapping::Found DmaRemapping::walk(const DmaRequest& request, const TranslationContext& context,
                                       const PageAccess& access, StructureReader& reader) {
  const Found found = context.has_first() ? walk_first(request, context, access, reader)
                                          : walk_second(request, context, access, reader);
  const auto* const failed = std::get_if<NotFound>(&found);
  if (failed != nullptr && failed->remembered && m_config.capability.caching_mode)
    remember_absence(request, context, failed->reason);
  return found;
}

/// With caching mode, also that there is no translation is kept until it is invalidated (§6.1).
void DmaRemapping::remember_absence(const DmaRequest& request, const TranslationContext& context,
                                    DmaFaultReason reason) {
  IotlbEntry absent;
  absent.owner = owner_of(context);
  absent.nested = context.kind == TranslationContext::Kind::nested;
  absent.page = request.address >> absent.shift;
  absent.fault = reason;
  m_iotlb.insert(absent);
}

DmaRemapping::Found DmaRemapping::walk_second(const DmaRequest& request,
                                              const TranslationContext& context,
                                              const PageAccess& access, StructureReader& reader) {
  const WalkResult result =
      m_second.walk(context.second, context.domain, request.address, access, reader);
  if (const auto* const failure = std::get_if<WalkFailure>(&result))
    return NotFound{second_level_fault(*failure, context.scalable, request.write),
                    failure->end != WalkEnd::no_permission};
  return entry_of(request, context, std::get<MappedPage>(result));
}

DmaRemapping::Found DmaRemapping::walk_first(const DmaRequest& request,
                                             const TranslationContext& context,
                                             const PageAccess& access, StructureReader& reader) {
  const WalkResult first = m_first.walk(context, request.address, access, reader);
  if (const auto* const failure = std::get_if<WalkFailure>(&first))
    return NotFound{first_level_fault(*failure, request.write), true};
  const auto& page = std::get<MappedPage>(first);
  IotlbEntry entry = entry_of(request, context, page);
  if (context.kind != TranslationContext::Kind::nested) return entry;

  const std::uint64_t guest = entry.address | (request.address & offset_mask(page.shift));
  const WalkResult second = m_second.walk(context.second, context.domain, guest, access, reader);
  if (const auto* const failure = std::get_if<WalkFailure>(&second))
    return NotFound{second_level_fault(*failure, true, request.write),
                    failure->end != WalkEnd::no_permission};
  const auto& host = std::get<MappedPage>(second);
  entry.nested = true;
  entry.shift = std::min(page.shift, host.shift);
  entry.page = request.address >> entry.shift;
  entry.address = (host.address | (guest & offset_mask(host.shift))) & ~offset_mask(entry.shift);
  entry.rights.read = host.rights.read;
  entry.rights.write = host.rights.write;
  entry.snoop = host.snoop;
  entry.may_write = page.may_write && host.may_write;
  return entry;
}

std::optional<DmaFault> DmaRemapping::refuse_page_request(const DmaRequest& request, Cycle& now) {
  if (!m_enabled) return std::get<DmaFault>(protected_fault(request));
  now += m_config.lookup;
  StructureReader reader(m_memory, m_config.structure_read, m_statistics.structure_reads, now);
  const ContextTables::Result found = m_contexts.find_for_page_request(request, reader);
  const auto* const failed = std::get_if<ContextFault>(&found);
  if (failed == nullptr) return std::nullopt;
  return std::get<DmaFault>(fault(request, failed->reason, failed->fault_disable));
}

void DmaRemapping::invalidate_iotlb(const IotlbInvalidation& what) {
  using Granularity = IotlbInvalidation::Granularity;
  m_iotlb.invalidate(what);
  if (what.granularity == Granularity::global) return m_table_cache.clear();
  if (what.granularity == Granularity::domain) return m_table_cache.clear_domain(what.domain);
  if (what.leaves_only) return;
  const AddressSpan span = span_of(what.address, what.address_mask);
  m_table_cache.clear({what.domain, false, 0}, span.first, span.last);
}

void DmaRemapping::invalidate_pasid_iotlb(const PasidIotlbInvalidation& what) {
  m_iotlb.invalidate(what);
  const TableOwner owner{what.domain, true, what.pasid};
  if (what.granularity == PasidIotlbInvalidation::Granularity::pasid)
    return m_table_cache.clear(owner);
  if (what.leaves_only) return;
  const AddressSpan span = span_of(what.address, what.address_mask);
  m_table_cache.clear(owner, span.first, span.last);
}

}  // namespace apicsim
