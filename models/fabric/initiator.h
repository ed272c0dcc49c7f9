#pragma once

#include <cstdint>
#include <tlm>

namespace apicsim {

/// What a PCI Express request says about itself besides address and length (PCIe 5.0 §2.2.4.2,
/// §2.2.6.5, §2.2.10.2, §10.2.2).
struct RequestTag {
  /// AT field.
  enum class AddressType : std::uint8_t {
    untranslated = 0,
    translation_request = 1,
    translated = 2
  };

  AddressType address_type = AddressType::untranslated;
  bool has_pasid = false;
  std::uint32_t pasid = 0;   ///< 20 bits, with has_pasid only
  bool privileged = false;   ///< PMR, with has_pasid only
  bool execute = false;      ///< ER, with has_pasid only; reads only
  bool zero_length = false;  ///< a read without any byte enabled
  bool no_snoop = false;     ///< memory answers with what it holds itself, caches are not asked
  bool no_write = false;     ///< NW of a translation request: only reads are intended
};

/// Who started a transaction. Travels with every payload: 0xFEE00000 stored to by a CPU is its own
/// APIC page, written by a device it is an interrupt; the IOMMU looks devices up by source-id.
struct Initiator : tlm::tlm_extension<Initiator> {
  enum class Kind : std::uint8_t { cpu, device };

  Kind kind = Kind::cpu;
  /// CPU: logical number of the CPU, 0-based. Device: PCI requester id, bus << 8 | device << 3 |
  /// function.
  std::uint32_t id = 0;
  RequestTag tag;  ///< of a device's request

  Initiator() = default;
  Initiator(Kind k, std::uint32_t i) : kind(k), id(i) {}

  tlm_extension_base* clone() const override {
    auto* const copy = new Initiator(kind, id);
    copy->tag = tag;
    return copy;
  }
  void copy_from(const tlm_extension_base& other) override {
    const auto& o = static_cast<const Initiator&>(other);
    kind = o.kind;
    id = o.id;
    tag = o.tag;
  }
};

}  // namespace apicsim
