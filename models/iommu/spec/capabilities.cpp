#include "models/iommu/spec/capabilities.h"

#include <array>

namespace apicsim::vtd {
namespace {

using C = Capability;
using E = ExtendedCapability;

template <typename Word>
constexpr CapabilityField<Word> field(const char* key, const char* symbol, std::uint8_t bit,
                                      bool Word::*member) {
  return {key, symbol, bit, 1, member, nullptr, nullptr};
}

template <typename Word>
constexpr CapabilityField<Word> field(const char* key, const char* symbol, std::uint8_t low,
                                      std::uint8_t width, std::uint8_t Word::*member) {
  return {key, symbol, low, width, nullptr, member, nullptr};
}

template <typename Word>
constexpr CapabilityField<Word> field(const char* key, const char* symbol, std::uint8_t low,
                                      std::uint8_t width, std::uint16_t Word::*member) {
  return {key, symbol, low, width, nullptr, nullptr, member};
}

constexpr std::array<CapabilityField<C>, 22> cap_fields{{
    field("domains", "ND", 0, 3, &C::domains),
    field("advanced_fault_log", "AFL", 3, &C::advanced_fault_log),
    field("write_buffer_flush", "RWBF", 4, &C::write_buffer_flush),
    field("protected_low", "PLMR", 5, &C::protected_low),
    field("protected_high", "PHMR", 6, &C::protected_high),
    field("caching_mode", "CM", 7, &C::caching_mode),
    field("page_walks", "SAGAW", 8, 5, &C::page_walks),
    field("guest_width", "MGAW", 16, 6, &C::guest_width),
    field("zero_length_read", "ZLR", 22, &C::zero_length_read),
    field("fault_offset", "FRO", 24, 10, &C::fault_offset),
    field("large_pages", "SLLPS", 34, 4, &C::large_pages),
    field("page_selective", "PSI", 39, &C::page_selective),
    field("fault_records", "NFR", 40, 8, &C::fault_records),
    field("address_mask", "MAMV", 48, 6, &C::address_mask),
    field("drain_writes", "DWD", 54, &C::drain_writes),
    field("drain_reads", "DRD", 55, &C::drain_reads),
    field("first_level_1g", "FL1GP", 56, &C::first_level_1g),
    field("posted_interrupts", "PI", 59, &C::posted_interrupts),
    field("first_level_5", "FL5LP", 60, &C::first_level_5),
    field("enhanced_commands", "ECMDS", 61, &C::enhanced_commands),
    field("enhanced_set_table", "ESIRTPS", 62, &C::enhanced_set_table),
    field("enhanced_set_root", "ESRTPS", 63, &C::enhanced_set_root),
}};

constexpr std::array<CapabilityField<E>, 31> ecap_fields{{
    field("coherent", "C", 0, &E::coherent),
    field("queued_invalidation", "QI", 1, &E::queued_invalidation),
    field("device_tlb", "DT", 2, &E::device_tlb),
    field("interrupt_remapping", "IR", 3, &E::interrupt_remapping),
    field("extended_interrupt", "EIM", 4, &E::extended_interrupt),
    field("pass_through", "PT", 6, &E::pass_through),
    field("snoop_control", "SC", 7, &E::snoop_control),
    field("iotlb_offset", "IRO", 8, 10, &E::iotlb_offset),
    field("handle_mask", "MHMV", 20, 4, &E::handle_mask),
    field("extended_context", "ECS", 24, &E::extended_context),
    field("memory_type", "MTS", 25, &E::memory_type),
    field("nested", "NEST", 26, &E::nested),
    field("page_requests", "PRS", 29, &E::page_requests),
    field("execute_requests", "ERS", 30, &E::execute_requests),
    field("supervisor_requests", "SRS", 31, &E::supervisor_requests),
    field("no_write_flag", "NWFS", 33, &E::no_write_flag),
    field("extended_accessed", "EAFS", 34, &E::extended_accessed),
    field("pasid_size", "PSS", 35, 5, &E::pasid_size),
    field("pasid", "PASID", 40, &E::pasid),
    field("device_tlb_throttle", "DIT", 41, &E::device_tlb_throttle),
    field("page_request_drain", "PDS", 42, &E::page_request_drain),
    field("scalable_mode", "SMTS", 43, &E::scalable_mode),
    field("virtual_commands", "VCS", 44, &E::virtual_commands),
    field("second_level_accessed_dirty", "SLADS", 45, &E::second_level_accessed_dirty),
    field("second_level", "SLTS", 46, &E::second_level),
    field("first_level", "FLTS", 47, &E::first_level),
    field("page_walk_coherency", "SMPWCS", 48, &E::page_walk_coherency),
    field("requester_id_pasid", "RPS", 49, &E::requester_id_pasid),
    field("performance_monitoring", "PMS", 51, &E::performance_monitoring),
    field("abort_mode", "ADMS", 52, &E::abort_mode),
    field("requester_id_privilege", "RPRIVS", 53, &E::requester_id_privilege),
}};

template <typename Word>
std::uint64_t encode_fields(const Word& word, CapabilityFields<Word> fields) {
  std::uint64_t value = word.reserved;
  for (const CapabilityField<Word>& entry : fields)
    value |= (entry.get(word) & entry.max()) << entry.low;
  return value;
}

template <typename Word>
Word decode_fields(std::uint64_t value, CapabilityFields<Word> fields) {
  Word word;
  word.reserved = value;
  for (const CapabilityField<Word>& entry : fields) {
    entry.put(word, value >> entry.low & entry.max());
    word.reserved &= ~(entry.max() << entry.low);
  }
  return word;
}

}  // namespace

template <typename Word>
std::uint64_t CapabilityField<Word>::get(const Word& word) const {
  if (flag != nullptr) return word.*flag ? 1 : 0;
  return byte != nullptr ? word.*byte : word.*half;
}

template <typename Word>
void CapabilityField<Word>::put(Word& word, std::uint64_t value) const {
  if (flag != nullptr) word.*flag = value != 0;
  if (byte != nullptr) word.*byte = static_cast<std::uint8_t>(value);
  if (half != nullptr) word.*half = static_cast<std::uint16_t>(value);
}

template struct CapabilityField<Capability>;
template struct CapabilityField<ExtendedCapability>;

CapabilityFields<Capability> capability_fields() { return {cap_fields.data(), cap_fields.size()}; }

CapabilityFields<ExtendedCapability> extended_capability_fields() {
  return {ecap_fields.data(), ecap_fields.size()};
}

std::uint64_t Capability::encode() const { return encode_fields(*this, capability_fields()); }

Capability Capability::decode(std::uint64_t value) {
  return decode_fields(value, capability_fields());
}

std::uint64_t ExtendedCapability::encode() const {
  return encode_fields(*this, extended_capability_fields());
}

ExtendedCapability ExtendedCapability::decode(std::uint64_t value) {
  return decode_fields(value, extended_capability_fields());
}

}  // namespace apicsim::vtd
