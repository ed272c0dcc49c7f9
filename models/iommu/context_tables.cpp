// Root and context entries, and their cache.
#include "models/iommu/context_tables.h"

#include "models/iommu/spec/context_entry.h"
#include "models/iommu/spec/page_table.h"
#include "models/iommu/spec/root_entry.h"

namespace apicsim {
namespace {

using vtd::DmaFaultReason;
namespace root_entry = vtd::root_entry;
namespace context_entry = vtd::context_entry;

/// FM of a device-selective invalidation: function bits that need not match (§6.5.1.1).
std::uint16_t compared_bits(unsigned function_mask) {
  constexpr std::uint16_t masks[] = {0xFFFF, 0xFFFB, 0xFFF9, 0xFFF8};
  return masks[function_mask & 3];
}

bool same_device(const ContextInvalidation& what, std::uint16_t source) {
  const std::uint16_t mask = compared_bits(what.function_mask);
  return (what.source & mask) == (source & mask);
}

}  // namespace

ContextTables::ContextTables(const DmaConfig& config, DmaStatistics& statistics)
    : m_config(config),
      m_statistics(statistics),
      m_legacy(config.context_entries),
      m_scalable(config.context_entries),
      m_pasids(config.pasid_entries) {}

void ContextTables::set_root(std::uint64_t base, TableMode mode) {
  m_root = base;
  m_mode = mode;
}

ContextTables::Result ContextTables::find(const DmaRequest& request, StructureReader& reader) {
  switch (m_mode) {
    case TableMode::legacy:
      if (request.tag.has_pasid) return ContextFault{DmaFaultReason::pasid_in_legacy_mode};
      return find_legacy(request.source, reader);
    case TableMode::scalable:
      if (m_config.extended.scalable_mode) return find_scalable(request, false, reader);
      break;
    default:
      break;
  }
  return ContextFault{DmaFaultReason::table_mode_invalid};
}

ContextTables::Result ContextTables::find_for_page_request(const DmaRequest& request,
                                                           StructureReader& reader) {
  if (m_mode == TableMode::legacy) return ContextFault{DmaFaultReason::page_request_in_legacy_mode};
  if (m_mode != TableMode::scalable || !m_config.extended.scalable_mode)
    return ContextFault{DmaFaultReason::table_mode_invalid};
  return find_scalable(request, true, reader);
}

/// With caching mode, entries with faults are remembered, too (§6.1).
bool ContextTables::caches(const Result& result) const {
  return m_config.capability.caching_mode || std::holds_alternative<TranslationContext>(result);
}

ContextTables::Result ContextTables::find_legacy(std::uint16_t source, StructureReader& reader) {
  const auto* const line =
      m_legacy.find([source](const LegacyLine& l) { return l.source == source; });
  if (line != nullptr) {
    ++m_statistics.context_hits;
    return line->result;
  }
  ++m_statistics.context_misses;
  const Result result = read_legacy(source, reader);
  if (!caches(result)) return result;
  // Faults have no domain: they are kept under 0 (§6.1).
  const auto* const context = std::get_if<TranslationContext>(&result);
  const std::uint16_t domain = context == nullptr ? std::uint16_t{0} : context->domain;
  m_legacy.insert({source, domain, result});
  return result;
}

ContextTables::Result ContextTables::read_legacy(std::uint16_t source,
                                                 StructureReader& reader) const {
  const bool snoop = m_config.extended.coherent;
  std::uint64_t root[2], entry[2];
  if (!reader.read(m_root + (source >> 8) * root_entry::size, root, 2, snoop))
    return ContextFault{DmaFaultReason::root_not_readable};
  if ((root[0] & root_entry::present) == 0) return ContextFault{DmaFaultReason::root_not_present};
  if ((root[0] & (root_entry::reserved | m_config.beyond_host())) != 0 ||
      (root[1] & root_entry::reserved_high) != 0)
    return ContextFault{DmaFaultReason::root_reserved};
  const std::uint64_t table = root[0] & root_entry::pointer;
  if (!reader.read(table + (source & 0xFF) * context_entry::size, entry, 2, snoop))
    return ContextFault{DmaFaultReason::context_not_readable};
  return decode_legacy(entry[0], entry[1]);
}

ContextTables::Result ContextTables::decode_legacy(std::uint64_t low, std::uint64_t high) const {
  const bool fault_disable = (low & context_entry::fault_disable) != 0;
  if ((low & context_entry::present) == 0)
    return ContextFault{DmaFaultReason::context_not_present, fault_disable};
  const unsigned type = low >> context_entry::type_shift & context_entry::type_mask;
  const bool pass = type == context_entry::pass_through;
  // The pointer is ignored in pass-through.
  const std::uint64_t reserved =
      context_entry::reserved | (pass ? 0 : m_config.beyond_host() & context_entry::pointer);
  const std::uint64_t domain = high >> context_entry::domain_shift & 0xFFFF;
  if ((low & reserved) != 0 || (high & context_entry::reserved_high) != 0 ||
      (domain & ~domain_bits()) != 0)
    return ContextFault{DmaFaultReason::context_reserved, fault_disable};
  const std::uint64_t width = high >> context_entry::width_shift & context_entry::width_mask;
  const bool known_type = type == context_entry::untranslated_only ||
                          (type == context_entry::all_types && m_config.extended.device_tlb) ||
                          (pass && m_config.extended.pass_through);
  if (!known_type || !supports_levels(width))
    return ContextFault{DmaFaultReason::context_invalid, fault_disable};
  TranslationContext context;
  context.kind =
      pass ? TranslationContext::Kind::pass_through : TranslationContext::Kind::second_level;
  context.domain = static_cast<std::uint16_t>(domain);
  context.second.root = low & context_entry::pointer;
  context.second.levels = static_cast<unsigned>(width) + vtd::second_level::width_levels_base;
  context.second.snoop = m_config.extended.coherent;
  context.fault_disable = fault_disable;
  context.device_tlb = type == context_entry::all_types;
  return context;
}

/// AW of an entry against CAP.SAGAW.
bool ContextTables::supports_levels(std::uint64_t width) const {
  return width < vtd::second_level::widths && (m_config.capability.page_walks >> width & 1) != 0;
}

/// CAP.ND: 2^(4 + 2 ND) domains, at most 2^16.
std::uint64_t ContextTables::domain_bits() const {
  const unsigned bits = std::min(4u + 2u * m_config.capability.domains, 16u);
  return (std::uint64_t{1} << bits) - 1;
}

void ContextTables::invalidate(const ContextInvalidation& what) {
  using Granularity = ContextInvalidation::Granularity;
  switch (what.granularity) {
    case Granularity::global:
      m_legacy.clear();
      m_scalable.clear();
      return;
    case Granularity::domain:
      m_legacy.remove_if([&](const LegacyLine& line) { return line.domain == what.domain; });
      // Context entries of scalable mode have no domain.
      m_scalable.clear();
      return;
    case Granularity::device:
      m_legacy.remove_if([&](const LegacyLine& line) { return same_device(what, line.source); });
      m_scalable.remove_if(
          [&](const ScalableLine& line) { return same_device(what, line.source); });
      return;
  }
}

}  // namespace apicsim
