#include "models/iommu/invalidation_descriptor.h"

#include "tests/catch.h"
#include "tests/iommu/vtd_bench.h"

using namespace apicsim;
using namespace apicsim::testing;
using vtd::QueueError;

namespace {

DescriptorRules everything(bool wide) {
  DescriptorRules rules;
  for (const auto& field : vtd::capability_fields()) field.put(rules.capability, field.max());
  for (const auto& field : vtd::extended_capability_fields())
    field.put(rules.extended, field.max());
  rules.wide = wide;
  return rules;
}

DescriptorRules gen8_rules() { return {gen8().capability, gen8().extended, false}; }

QueueError error(const Descriptor& descriptor) {
  const auto* wrong = std::get_if<QueueError>(&descriptor);
  return wrong == nullptr ? QueueError::none : *wrong;
}

/// A sound descriptor, and the bits of its quadwords that may be either; the rest is reserved.
struct Form {
  const char* name;
  std::uint64_t low;
  std::uint64_t free_low, free_high;
};

// By hand from the figures of §6.5.2; granularities are tried apart.
constexpr Form forms[] = {
    {"context cache", 0x11, 0x0003FFFFFFFF0000, 0},
    {"IOTLB", 0x12, 0x00000000FFFF00C0, 0xFFFFFFFFFFFFF07F},
    {"device TLB", 0x3, 0xFFF0FFFF001FF000, 0xFFFFFFFFFFFFF001},
    {"interrupt entries", 0x4, 0x0000FFFFF8000010, 0},
    {"wait", 0x5, 0xFFFFFFFF000000F0, 0xFFFFFFFFFFFFFFFC},
    {"IOTLB by PASID", 0x26, 0x000FFFFFFFFF0000, 0xFFFFFFFFFFFFF07F},
    {"PASID cache", 0x7, 0x000FFFFFFFFF0000, 0},
    {"device TLB by PASID", 0x8, 0xFFFFFFFFFFFFF1F0, 0xFFFFFFFFFFFFF801},
    {"page response", 0x9, 0x000FFFFFFFFFF010, 0xFFC},
};

}  // namespace

TEST_CASE(
    "Each reserved bit of each descriptor makes it invalid, every other bit does not (§6.5.2)") {
  for (const bool wide : {false, true}) {
    const DescriptorRules rules = everything(wide);
    for (const Form& form : forms) {
      CAPTURE(form.name, wide);
      CHECK(error(decode_descriptor({form.low, 0, 0, 0}, rules)) == QueueError::none);
      const bool has_granularity = (form.low & 0x30) != 0 || form.low == 7;
      for (unsigned bit = 4; bit < 64; ++bit) {
        CAPTURE(bit);
        if (has_granularity && bit < 6) continue;
        const bool type_bit = bit >= 9 && bit <= 11;
        const bool private_data = form.low == 9 && bit == 5;
        bool sound = (form.free_low >> bit & 1) != 0 || (private_data && wide);
        const auto expected = sound      ? QueueError::none
                              : type_bit ? QueueError::invalid_type
                                         : QueueError::reserved_bits;
        CHECK(error(decode_descriptor({form.low ^ 1ull << bit, 0, 0, 0}, rules)) == expected);
      }
      for (unsigned bit = 0; bit < 64; ++bit) {
        CAPTURE(bit);
        const auto expected =
            (form.free_high >> bit & 1) != 0 ? QueueError::none : QueueError::reserved_bits;
        CHECK(error(decode_descriptor({form.low, 1ull << bit, 0, 0}, rules)) == expected);
        CHECK(error(decode_descriptor({form.low, 0, 1ull << bit, 0}, rules)) ==
              QueueError::reserved_bits);
        CHECK(error(decode_descriptor({form.low, 0, 0, 1ull << bit}, rules)) ==
              QueueError::reserved_bits);
      }
    }
  }
}

TEST_CASE("Only a page response with private data uses the second half of a wide descriptor") {
  CHECK(error(decode_descriptor({0x29, 0, ~0ull, ~0ull}, everything(true))) == QueueError::none);
}

TEST_CASE("The granularities that each type knows") {
  const DescriptorRules rules = everything(true);
  const std::pair<unsigned, unsigned> known[] = {
      {1, 0b1110}, {2, 0b1110}, {6, 0b1100}, {7, 0b1011}};
  for (const auto& [type, granularities] : known)
    for (unsigned g = 0; g < 4; ++g) {
      CAPTURE(type, g);
      CHECK((error(decode_descriptor({type | g << 4, 0, 0, 0}, rules)) == QueueError::none) ==
            ((granularities >> g & 1) != 0));
    }
}

TEST_CASE("What a Gen8's unit does not have, its queue does not know") {
  for (unsigned type = 0; type < 16; ++type) {
    CAPTURE(type);
    const std::uint64_t low = type | (type == 1 || type == 2 ? 0x10 : 0);
    const auto expected = type >= 1 && type <= 5 ? QueueError::none : QueueError::invalid_type;
    CHECK(error(decode_descriptor({low, 0, 0, 0}, gen8_rules())) == expected);
  }
  CHECK(error(decode_descriptor({0x3 | 1ull << 52, 0, 0, 0}, gen8_rules())) ==
        QueueError::reserved_bits);  // PFSID
  CHECK(error(decode_descriptor({0x85, 0, 0, 0}, gen8_rules())) ==
        QueueError::reserved_bits);  // PD
}

TEST_CASE("The fields of context-cache and IOTLB descriptors") {
  const auto context = decode_descriptor(
      {0x31 | 0x1234ull << 16 | 0x20A8ull << 32 | 3ull << 48, 0, 0, 0}, gen8_rules());
  const auto& device = std::get<ContextInvalidation>(context);
  CHECK(device.granularity == ContextInvalidation::Granularity::device);
  CHECK(device.domain == 0x34);  // the unit has 256 domains
  CHECK(device.source == 0x20A8);
  CHECK(device.function_mask == 3);
  const auto iotlb = decode_descriptor(
      {0x32 | 7ull << 16, 0xABCDE012340ull << 12 | 1 << 6 | 18, 0, 0}, gen8_rules());
  const auto& pages = std::get<IotlbInvalidation>(iotlb);
  CHECK(pages.granularity == IotlbInvalidation::Granularity::page);
  CHECK(pages.domain == 7);
  CHECK(pages.address == 0xABCDE012340ull << 12);
  CHECK(pages.address_mask == 18);
  CHECK(pages.leaves_only);
}

TEST_CASE("An address mask above MAMV is refused, a unit without PSI takes the whole domain") {
  CHECK(error(decode_descriptor({0x32, 19, 0, 0}, gen8_rules())) == QueueError::reserved_bits);
  CHECK(error(decode_descriptor({0x22, 19, 0, 0}, gen8_rules())) == QueueError::none);
  DescriptorRules without = gen8_rules();
  without.capability.page_selective = false;
  const auto whole = decode_descriptor({0x32, 19, 0, 0}, without);
  CHECK(std::get<IotlbInvalidation>(whole).granularity == IotlbInvalidation::Granularity::domain);
}

TEST_CASE("The size of a device's invalidation is in the lowest clear bit of its address") {
  const std::tuple<std::uint64_t, unsigned, std::uint64_t> sizes[] = {
      {0x12345000, 12, 0x12345000},
      {0x12344001, 13, 0x12344000},
      {0x12345001, 14, 0x12344000},
      {0x12343001, 15, 0x12340000},
      {0x1FF001, 22, 0},
      {0x7FFFFFFFFFFFF001, 64, 0},
      {0xFFFFFFFFFFFFF001, 64, 0},
      {0xFFFF8000000FF001, 21, 0xFFFF800000000000}};
  for (const auto& [word, size, address] : sizes) {
    CAPTURE(word);
    const auto descriptor = decode_descriptor({3 | 0x0300ull << 32, word, 0, 0}, gen8_rules());
    const auto& what = std::get<DeviceInvalidation>(descriptor);
    CHECK(what.source == 0x300);
    CHECK(what.most_pending == 32);
    CHECK(what.what.size_log2 == size);
    CHECK(what.what.address == address);
    CHECK_FALSE(what.what.has_pasid);
  }
}

TEST_CASE("The fields of the descriptors with PASID") {
  const DescriptorRules rules = everything(true);
  const auto device =
      decode_descriptor({8 | 5 << 4 | 0x0310ull << 16 | 0xABCDEull << 32, 0x5000 | 1, 0, 0}, rules);
  const auto& what = std::get<DeviceInvalidation>(device);
  CHECK(what.source == 0x310);
  CHECK(what.most_pending == 5);
  CHECK(what.what.pasid == 0xABCDE);
  CHECK(what.what.global);
  CHECK(what.what.address == 0x5000);
  const auto cache = decode_descriptor({0x17 | 9ull << 16 | 0x54321ull << 32, 0, 0, 0}, rules);
  CHECK(std::get<PasidInvalidation>(cache).pasid == 0x54321);
  CHECK(std::get<PasidInvalidation>(cache).domain == 9);
  CHECK(std::get<PasidInvalidation>(cache).granularity == PasidInvalidation::Granularity::pasid);
  const auto response = decode_descriptor(
      {9 | 1 << 4 | 0xFull << 12 | 0x0310ull << 16 | 0x77ull << 32, 0x1AB << 3 | 4, 0, 0}, rules);
  const auto& answer = std::get<DevicePageResponse>(response);
  CHECK(answer.source == 0x310);
  CHECK(answer.response.code == 15);
  CHECK(answer.response.group == 0x1AB);
  CHECK(answer.response.pasid == 0x77);
}
