// Scalable mode: its context entries, PASID directory and PASID table, and their caches.
#include <algorithm>

#include "models/iommu/context_tables.h"
#include "models/iommu/spec/context_entry.h"
#include "models/iommu/spec/page_table.h"
#include "models/iommu/spec/pasid_entry.h"
#include "models/iommu/spec/root_entry.h"

namespace apicsim {
namespace {

using vtd::DmaFaultReason;
namespace root_entry = vtd::root_entry;
namespace scalable = vtd::scalable_context_entry;
namespace directory = vtd::pasid_directory_entry;
namespace pasid_entry = vtd::pasid_entry;

/// Bits of a scalable-mode context entry's first word that the unit does not have.
std::uint64_t missing_features(const vtd::ExtendedCapability& extended) {
  return (extended.device_tlb ? 0 : scalable::device_tlb) |
         (extended.pasid ? 0 : scalable::pasid_enable) |
         (extended.page_requests ? 0 : scalable::page_requests);
}

/// Number of PASIDs that the directory of a context entry covers.
std::uint64_t covered_pasids(std::uint64_t word) {
  const unsigned size = word >> scalable::directory_size_shift & scalable::directory_size_mask;
  return std::uint64_t{1} << (size + scalable::directory_size_base + directory::index_shift);
}

bool uses_device_tlb(const DmaRequest& request) {
  return request.tag.address_type != RequestTag::AddressType::untranslated;
}

}  // namespace

std::variant<ContextTables::ScalableEntry, ContextFault> ContextTables::read_scalable(
    std::uint16_t source, StructureReader& reader) const {
  const bool snoop = m_config.extended.coherent;
  std::uint64_t root[2];
  if (!reader.read(m_root + (source >> 8) * root_entry::size, root, 2, snoop))
    return ContextFault{DmaFaultReason::sm_root_not_readable};
  const std::uint64_t half = root[(source & root_entry::upper_half) != 0 ? 1 : 0];
  if ((half & root_entry::present) == 0) return ContextFault{DmaFaultReason::sm_root_not_present};
  if ((half & (root_entry::reserved | m_config.beyond_host())) != 0)
    return ContextFault{DmaFaultReason::sm_root_reserved};
  ScalableEntry entry;
  const std::uint64_t index = source & (root_entry::upper_half - 1);
  if (!reader.read((half & root_entry::pointer) + index * scalable::size, entry.data(), 4, snoop))
    return ContextFault{DmaFaultReason::sm_context_not_readable};
  const bool fault_disable = (entry[0] & scalable::fault_disable) != 0;
  if ((entry[0] & scalable::present) == 0)
    return ContextFault{DmaFaultReason::sm_context_not_present, fault_disable};
  std::uint64_t reserved_second = scalable::reserved_second;
  if (!m_config.extended.requester_id_privilege) reserved_second |= scalable::request_privileged;
  if ((entry[0] &
       (scalable::reserved | m_config.beyond_host() | missing_features(m_config.extended))) != 0 ||
      (entry[1] & reserved_second) != 0 || entry[2] != 0 || entry[3] != 0)
    return ContextFault{DmaFaultReason::sm_context_reserved, fault_disable};
  return entry;
}

std::variant<ContextTables::ScalableEntry, ContextFault> ContextTables::scalable_entry(
    std::uint16_t source, StructureReader& reader) {
  const auto* const line =
      m_scalable.find([source](const ScalableLine& l) { return l.source == source; });
  if (line != nullptr) {
    ++m_statistics.context_hits;
    return line->result;
  }
  ++m_statistics.context_misses;
  const auto result = read_scalable(source, reader);
  if (m_config.capability.caching_mode || std::holds_alternative<ScalableEntry>(result))
    m_scalable.insert({source, result});
  return result;
}

ContextTables::Result ContextTables::find_scalable(const DmaRequest& request, bool page_request,
                                                   StructureReader& reader) {
  const auto found = scalable_entry(request.source, reader);
  if (const auto* const fault = std::get_if<ContextFault>(&found)) return *fault;
  const ScalableEntry& entry = std::get<ScalableEntry>(found);
  const bool fault_disable = (entry[0] & scalable::fault_disable) != 0;
  const auto fault = [fault_disable](DmaFaultReason reason) {
    return ContextFault{reason, fault_disable};
  };
  if (page_request && (entry[0] & scalable::page_requests) == 0)
    return fault(DmaFaultReason::page_requests_disabled);
  if (uses_device_tlb(request) && (entry[0] & scalable::device_tlb) == 0)
    return fault(DmaFaultReason::device_tlb_disabled);
  const bool own_pasid = request.tag.has_pasid;
  if (own_pasid && (entry[0] & scalable::pasid_enable) == 0)
    return fault(DmaFaultReason::pasid_disabled);
  const std::uint64_t requester_pasid =
      m_config.extended.requester_id_pasid ? entry[1] & scalable::request_pasid_mask : 0;
  const std::uint64_t pasid = own_pasid ? request.tag.pasid : requester_pasid;
  if (pasid >= covered_pasids(entry[0]))
    return fault(own_pasid ? DmaFaultReason::pasid_beyond_directory
                           : DmaFaultReason::rid_pasid_invalid);
  Result result = find_pasid(request.source, entry, static_cast<std::uint32_t>(pasid), reader);
  if (auto* const context = std::get_if<TranslationContext>(&result)) {
    context->device_tlb = (entry[0] & scalable::device_tlb) != 0;
    context->requester_privileged = (entry[1] & scalable::request_privileged) != 0;
  }
  return result;
}

ContextTables::Result ContextTables::find_pasid(std::uint16_t source, const ScalableEntry& context,
                                                std::uint32_t pasid, StructureReader& reader) {
  const auto* const line =
      m_pasids.find([&](const PasidLine& l) { return l.source == source && l.pasid == pasid; });
  if (line != nullptr) {
    ++m_statistics.pasid_hits;
    return line->result;
  }
  ++m_statistics.pasid_misses;
  Result result = read_pasid(context, pasid, reader);
  std::uint16_t domain = 0;
  if (auto* const found = std::get_if<TranslationContext>(&result)) {
    found->pasid = pasid;
    domain = found->domain;
  }
  if (caches(result)) m_pasids.insert({source, pasid, domain, result});
  return result;
}

ContextTables::Result ContextTables::read_pasid(const ScalableEntry& context, std::uint32_t pasid,
                                                StructureReader& reader) const {
  const bool snoop = m_config.extended.coherent;
  bool fault_disable = (context[0] & scalable::fault_disable) != 0;
  std::uint64_t entry;
  const std::uint64_t base = context[0] & scalable::pointer;
  if (!reader.read(base + (pasid >> directory::index_shift) * directory::size, &entry, 1, snoop))
    return ContextFault{DmaFaultReason::directory_not_readable, fault_disable};
  fault_disable = fault_disable || (entry & directory::fault_disable) != 0;
  if ((entry & directory::present) == 0)
    return ContextFault{DmaFaultReason::directory_not_present, fault_disable};
  if ((entry & (directory::reserved | m_config.beyond_host())) != 0)
    return ContextFault{DmaFaultReason::directory_reserved, fault_disable};
  std::uint64_t words[pasid_entry::words];
  const std::uint64_t address =
      (entry & directory::pointer) + (pasid & pasid_entry::index_mask) * pasid_entry::size;
  if (!reader.read(address, words, pasid_entry::words, snoop))
    return ContextFault{DmaFaultReason::pasid_not_readable, fault_disable};
  fault_disable = fault_disable || (words[0] & pasid_entry::fault_disable) != 0;
  return decode_pasid(words, fault_disable);
}

/// Reserved bits of an entry that is present, and settings that the unit does not have.
DmaFaultReason ContextTables::pasid_objection(const std::uint64_t* words) const {
  const vtd::ExtendedCapability& extended = m_config.extended;
  const unsigned type = words[0] >> pasid_entry::type_shift & pasid_entry::type_mask;
  const bool second = type == pasid_entry::second_level || type == pasid_entry::nested;
  const bool first = type == pasid_entry::first_level || type == pasid_entry::nested;
  std::uint64_t reserved_0 = pasid_entry::reserved_0;
  if (second) reserved_0 |= m_config.beyond_host() & pasid_entry::pointer;
  if (!extended.second_level_accessed_dirty) reserved_0 |= pasid_entry::second_accessed_dirty;
  std::uint64_t reserved_2 = pasid_entry::reserved_2;
  if (!extended.supervisor_requests) reserved_2 |= pasid_entry::supervisor_requests;
  if (!extended.execute_requests) reserved_2 |= pasid_entry::execute_requests;
  if (!extended.extended_accessed) reserved_2 |= pasid_entry::extended_accessed;
  if (type == pasid_entry::first_level)
    reserved_2 |= m_config.beyond_host() & pasid_entry::first_pointer;
  const std::uint64_t domain = words[1] & pasid_entry::domain_mask;
  bool reserved = (words[0] & reserved_0) != 0 || (words[1] & pasid_entry::reserved_1) != 0 ||
                  (domain & ~domain_bits()) != 0 || (words[2] & reserved_2) != 0;
  for (unsigned i = pasid_entry::used_words; i < pasid_entry::words; ++i)
    reserved = reserved || words[i] != 0;
  if (reserved) return DmaFaultReason::pasid_reserved;

  const unsigned mode = words[2] >> pasid_entry::first_mode_shift & pasid_entry::first_mode_mask;
  const bool known_mode = mode == pasid_entry::four_levels ||
                          (mode == pasid_entry::five_levels && m_config.capability.first_level_5);
  const bool known_type = (type == pasid_entry::first_level && extended.first_level) ||
                          (type == pasid_entry::second_level && extended.second_level) ||
                          (type == pasid_entry::nested && extended.nested && extended.first_level &&
                           extended.second_level) ||
                          (type == pasid_entry::pass_through && extended.pass_through);
  const bool known_width =
      supports_levels(words[0] >> pasid_entry::width_shift & pasid_entry::width_mask);
  if (!known_type || (first && !known_mode) || (second && !known_width))
    return DmaFaultReason::pasid_invalid;
  return DmaFaultReason::none;
}

ContextTables::Result ContextTables::decode_pasid(const std::uint64_t* words,
                                                  bool fault_disable) const {
  if ((words[0] & pasid_entry::present) == 0)
    return ContextFault{DmaFaultReason::pasid_not_present, fault_disable};
  const DmaFaultReason objection = pasid_objection(words);
  if (objection != DmaFaultReason::none) return ContextFault{objection, fault_disable};
  const auto flag = [words](unsigned word, std::uint64_t bit) { return (words[word] & bit) != 0; };
  constexpr TranslationContext::Kind kinds[] = {
      TranslationContext::Kind::first_level, TranslationContext::Kind::second_level,
      TranslationContext::Kind::nested, TranslationContext::Kind::pass_through};
  const bool snoop = m_config.extended.page_walk_coherency && flag(1, pasid_entry::walk_snoop);
  TranslationContext context;
  context.scalable = true;
  context.kind = kinds[(words[0] >> pasid_entry::type_shift & pasid_entry::type_mask) - 1];
  context.domain = static_cast<std::uint16_t>(words[1] & pasid_entry::domain_mask);
  context.second.root = words[0] & pasid_entry::pointer;
  context.second.levels =
      static_cast<unsigned>(words[0] >> pasid_entry::width_shift & pasid_entry::width_mask) +
      vtd::second_level::width_levels_base;
  context.second.accessed_dirty = flag(0, pasid_entry::second_accessed_dirty);
  context.second.snoop = snoop;
  context.first.root = words[2] & pasid_entry::first_pointer;
  const auto mode = words[2] >> pasid_entry::first_mode_shift & pasid_entry::first_mode_mask;
  context.first.levels = mode == pasid_entry::five_levels ? 5 : 4;
  context.first.write_protect = flag(2, pasid_entry::write_protect);
  context.first.no_execute = flag(2, pasid_entry::no_execute);
  context.first.no_user_execute = flag(2, pasid_entry::no_user_execute);
  context.first.extended_accessed = flag(2, pasid_entry::extended_accessed);
  context.first.snoop = snoop;
  context.fault_disable = fault_disable;
  context.page_snoop = flag(1, pasid_entry::page_snoop);
  context.supervisor_requests = flag(2, pasid_entry::supervisor_requests);
  context.execute_requests = flag(2, pasid_entry::execute_requests);
  return context;
}

void ContextTables::invalidate(const PasidInvalidation& what) {
  using Granularity = PasidInvalidation::Granularity;
  m_pasids.remove_if([&](const PasidLine& line) {
    if (what.granularity == Granularity::global) return true;
    if (line.domain != what.domain) return false;
    return what.granularity == Granularity::domain || line.pasid == what.pasid;
  });
}

}  // namespace apicsim
