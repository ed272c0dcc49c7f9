#include "models/iommu/iotlb.h"

namespace apicsim {
namespace {

bool overlaps(const IotlbEntry& entry, const AddressSpan& span) {
  return entry.page >= span.first >> entry.shift && entry.page <= span.last >> entry.shift;
}

}  // namespace

AddressSpan span_of(std::uint64_t address, unsigned mask) {
  const unsigned bits = mask + vtd::page_shift;
  const std::uint64_t within = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  return {address & ~within, address | within};
}

void Iotlb::insert(const IotlbEntry& entry) {
  const std::uint64_t first = entry.page << entry.shift;
  const AddressSpan span{first, first + ((std::uint64_t{1} << entry.shift) - 1)};
  m_lines.remove_if(
      [&](const IotlbEntry& e) { return e.owner == entry.owner && overlaps(e, span); });
  m_lines.insert(entry);
}

/// Page-selective within a domain: by the addresses that the second level translates, so of nested
/// translations, which are kept by the first level's addresses, all of the domain (§6.5.2.3).
void Iotlb::invalidate(const IotlbInvalidation& what) {
  using Granularity = IotlbInvalidation::Granularity;
  if (what.granularity == Granularity::global) return m_lines.clear();
  const AddressSpan span = span_of(what.address, what.address_mask);
  m_lines.remove_if([&](const IotlbEntry& entry) {
    if (entry.owner.domain != what.domain) return false;
    if (what.granularity == Granularity::domain || entry.nested) return true;
    return !entry.owner.first_level && overlaps(entry, span);
  });
}

void Iotlb::invalidate(const PasidIotlbInvalidation& what) {
  const TableOwner owner{what.domain, true, what.pasid};
  const AddressSpan span = span_of(what.address, what.address_mask);
  m_lines.remove_if([&](const IotlbEntry& entry) {
    if (!(entry.owner == owner)) return false;
    return what.granularity == PasidIotlbInvalidation::Granularity::pasid || overlaps(entry, span);
  });
}

}  // namespace apicsim
