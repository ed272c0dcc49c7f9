#pragma once

#include <cstdint>
#include <tlm>

namespace apicsim {

/// Who started a transaction. Travels with every payload: 0xFEE00000 stored to by a CPU is its own
/// APIC page, written by a device it is an interrupt; the IOMMU looks devices up by source-id.
struct Initiator : tlm::tlm_extension<Initiator> {
  enum class Kind : std::uint8_t { cpu, device };

  Kind kind = Kind::cpu;
  /// CPU: logical number of the CPU, 0-based. Device: PCI requester id, bus << 8 | device << 3 |
  /// function.
  std::uint32_t id = 0;

  Initiator() = default;
  Initiator(Kind k, std::uint32_t i) : kind(k), id(i) {}

  tlm_extension_base* clone() const override { return new Initiator(kind, id); }
  void copy_from(const tlm_extension_base& other) override {
    const auto& o = static_cast<const Initiator&>(other);
    kind = o.kind;
    id = o.id;
  }
};

}  // namespace apicsim
