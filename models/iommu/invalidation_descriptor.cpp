#include "models/iommu/invalidation_descriptor.h"

#include "models/iommu/spec/invalidation.h"

namespace apicsim {
namespace {

namespace descriptor = vtd::descriptor;
using vtd::QueueError;

unsigned type_of(std::uint64_t low) {
  return static_cast<unsigned>((low & descriptor::type_low_mask) |
                               (low & descriptor::type_high_mask) >> descriptor::type_high_shift);
}

const descriptor::Format* format_of(unsigned type, const DescriptorRules& rules) {
  for (const descriptor::Format& format : descriptor::formats)
    if (format.type == type && vtd::has(rules.capability, rules.extended, format.needs) &&
        (type != descriptor::pasid_device_tlb || rules.extended.device_tlb))
      return &format;
  return nullptr;
}

std::uint64_t reserved_low(const descriptor::Format& format, const DescriptorRules& rules) {
  std::uint64_t reserved = format.reserved_low;
  const bool device =
      format.type == descriptor::device_tlb || format.type == descriptor::pasid_device_tlb;
  if (device && !rules.extended.device_tlb_throttle) reserved |= descriptor::physical_function;
  if (format.type == descriptor::wait && !rules.extended.page_request_drain)
    reserved |= descriptor::page_request_drain;
  if (format.type == descriptor::page_response && !rules.wide) reserved |= descriptor::private_data;
  return reserved;
}

unsigned granularity_of(std::uint64_t low) {
  return low >> descriptor::granularity_shift & descriptor::granularity_mask;
}

bool is_sound(const DescriptorWords& words, const descriptor::Format& format,
              const DescriptorRules& rules) {
  if ((words[0] & reserved_low(format, rules)) != 0) return false;
  if ((words[1] & format.reserved_high) != 0) return false;
  const bool has_private_data =
      format.type == descriptor::page_response && (words[0] & descriptor::private_data) != 0;
  if (!has_private_data && (words[2] | words[3]) != 0) return false;
  return format.granularities == 0 || (format.granularities >> granularity_of(words[0]) & 1) != 0;
}

std::uint16_t half(std::uint64_t word, unsigned shift) {
  return static_cast<std::uint16_t>(word >> shift);
}

std::uint32_t pasid_of(const DescriptorWords& words) {
  return static_cast<std::uint32_t>(words[0] >> descriptor::pasid_shift & descriptor::pasid_mask);
}

std::uint16_t domain_of(const DescriptorWords& words, const DescriptorRules& rules) {
  return half(words[0], descriptor::domain_shift) & domain_bits(rules.capability);
}

Descriptor context_invalidation(const DescriptorWords& words, const DescriptorRules& rules) {
  ContextInvalidation what;
  what.granularity = static_cast<ContextInvalidation::Granularity>(granularity_of(words[0]));
  what.domain = domain_of(words, rules);
  what.source = half(words[0], descriptor::context_source_shift);
  what.function_mask = words[0] >> descriptor::function_mask_shift & 3;
  return what;
}

template <typename Invalidation>
void take_pages(Invalidation& what, const DescriptorWords& words, const DescriptorRules& rules) {
  what.granularity = static_cast<typename Invalidation::Granularity>(granularity_of(words[0]));
  what.domain = domain_of(words, rules);
  what.address = words[1] & vtd::page;
  what.address_mask = static_cast<std::uint8_t>(words[1] & descriptor::address_mask);
  what.leaves_only = (words[1] & descriptor::invalidation_hint) != 0;
}

Descriptor iotlb_invalidation(const DescriptorWords& words, const DescriptorRules& rules) {
  IotlbInvalidation what;
  take_pages(what, words, rules);
  if (!adapt_to_unit(what, rules.capability)) return QueueError::reserved_bits;
  return what;
}

Descriptor pasid_iotlb_invalidation(const DescriptorWords& words, const DescriptorRules& rules) {
  PasidIotlbInvalidation what;
  take_pages(what, words, rules);
  what.pasid = pasid_of(words);
  const bool pages = what.granularity == PasidIotlbInvalidation::Granularity::page;
  if (pages && what.address_mask > rules.capability.address_mask) return QueueError::reserved_bits;
  return what;
}

Descriptor pasid_invalidation(const DescriptorWords& words, const DescriptorRules& rules) {
  PasidInvalidation what;
  what.granularity = static_cast<PasidInvalidation::Granularity>(granularity_of(words[0]));
  what.domain = domain_of(words, rules);
  what.pasid = pasid_of(words);
  return what;
}

/// S: the lowest clear bit of the page's number tells the size (PCIe 5.0 §10.2.3.2).
void take_device_pages(DeviceTlbInvalidation& what, std::uint64_t word, bool sized) {
  what.size_log2 = 12;
  what.address = word & vtd::page;
  if (!sized) return;
  unsigned bit = 12;
  while (bit < 64 && (word >> bit & 1) != 0) ++bit;
  what.size_log2 = bit < 64 ? bit + 1 : 64;
  what.address = what.size_log2 == 64 ? 0 : word & ~((std::uint64_t{1} << what.size_log2) - 1);
}

unsigned most_pending(std::uint64_t low, unsigned shift) {
  const unsigned pending = low >> shift & descriptor::pending_mask;
  return pending == 0 ? 32 : pending;
}

Descriptor device_invalidation(const DescriptorWords& words) {
  DeviceInvalidation what;
  what.source = half(words[0], descriptor::device_source_shift);
  what.most_pending = most_pending(words[0], descriptor::pending_shift);
  take_device_pages(what.what, words[1], (words[1] & descriptor::device_size) != 0);
  return what;
}

Descriptor pasid_device_invalidation(const DescriptorWords& words) {
  DeviceInvalidation what;
  what.source = half(words[0], descriptor::pasid_device_source_shift);
  what.most_pending = most_pending(words[0], descriptor::pasid_pending_shift);
  what.what.has_pasid = true;
  what.what.pasid = pasid_of(words);
  what.what.global = (words[1] & descriptor::pasid_device_global) != 0;
  take_device_pages(what.what, words[1], (words[1] & descriptor::pasid_device_size) != 0);
  return what;
}

Descriptor interrupt_entry_invalidation(const DescriptorWords& words) {
  InterruptEntryInvalidation what;
  what.all = (words[0] & descriptor::index_selective) == 0;
  what.index = half(words[0], descriptor::index_shift);
  what.mask = words[0] >> descriptor::index_mask_shift & 31;
  return what;
}

Descriptor invalidation_wait(const DescriptorWords& words) {
  InvalidationWait what;
  what.interrupt = (words[0] & descriptor::interrupt_flag) != 0;
  what.write_status = (words[0] & descriptor::status_write) != 0;
  what.status = static_cast<std::uint32_t>(words[0] >> descriptor::status_data_shift);
  what.address = words[1] & descriptor::status_address;
  return what;
}

Descriptor page_response(const DescriptorWords& words) {
  DevicePageResponse what;
  what.source = half(words[0], descriptor::response_source_shift);
  what.response.code = words[0] >> descriptor::response_code_shift & 0xF;
  what.response.has_pasid = (words[0] & descriptor::response_pasid) != 0;
  what.response.pasid = pasid_of(words);
  what.response.group = words[1] >> descriptor::response_group_shift & 0x1FF;
  return what;
}

}  // namespace

std::uint16_t domain_bits(const vtd::Capability& capability) {
  const unsigned width = 4 + 2u * capability.domains;
  return static_cast<std::uint16_t>(width >= 16 ? 0xFFFF : (1u << width) - 1);
}

bool adapt_to_unit(IotlbInvalidation& what, const vtd::Capability& capability) {
  if (what.granularity != IotlbInvalidation::Granularity::page) return true;
  if (!capability.page_selective) {
    what.granularity = IotlbInvalidation::Granularity::domain;
    return true;
  }
  return what.address_mask <= capability.address_mask;
}

Descriptor decode_descriptor(const DescriptorWords& words, const DescriptorRules& rules) {
  const unsigned type = type_of(words[0]);
  const descriptor::Format* const format = format_of(type, rules);
  if (format == nullptr) return QueueError::invalid_type;
  if (!is_sound(words, *format, rules)) return QueueError::reserved_bits;
  switch (type) {
    case descriptor::context_cache:
      return context_invalidation(words, rules);
    case descriptor::iotlb:
      return iotlb_invalidation(words, rules);
    case descriptor::device_tlb:
      return device_invalidation(words);
    case descriptor::interrupt_entries:
      return interrupt_entry_invalidation(words);
    case descriptor::wait:
      return invalidation_wait(words);
    case descriptor::pasid_iotlb:
      return pasid_iotlb_invalidation(words, rules);
    case descriptor::pasid_cache:
      return pasid_invalidation(words, rules);
    case descriptor::pasid_device_tlb:
      return pasid_device_invalidation(words);
    default:
      return page_response(words);
  }
}

}  // namespace apicsim
