#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/iommu/spec/registers.h"

namespace apicsim {

/// The register file of a unit: what each register holds, and what a write to it changes. What a
/// write sets off is the unit's business.
class VtdRegisters {
 public:
  /// Throws std::invalid_argument, beginning with `owner`, when the fault records or the IOTLB
  /// registers, which the capabilities place, overlap other registers or each other.
  VtdRegisters(const std::string& owner, const vtd::Capability& capability,
               const vtd::ExtendedCapability& extended, std::uint8_t version);

  /// Size in bytes of the register block, a multiple of 4 KiB.
  std::uint64_t size() const { return m_size; }
  /// Little-endian; holes read zero (§10.3).
  std::uint64_t read(std::uint64_t offset, unsigned size) const;
  /// Is there a register at this offset, with or without the capability for it?
  bool is_register(std::uint64_t offset) const { return find(offset) != nullptr; }
  /// A doubleword at a multiple of 4, by the words of its bits. Dropped where no register is.
  void write(std::uint64_t offset, std::uint32_t value);

  /// Value of the register that begins at `offset`; throws std::logic_error where none does.
  std::uint64_t value(std::uint32_t offset) const { return at(offset).value; }
  std::uint32_t low(std::uint32_t offset) const {
    return static_cast<std::uint32_t>(value(offset));
  }
  bool any(std::uint32_t offset, std::uint64_t bits) const { return (value(offset) & bits) != 0; }
  // Changes by the unit itself, whatever software may write.
  void set(std::uint32_t offset, std::uint64_t value);
  void set_bits(std::uint32_t offset, std::uint64_t bits) { set(offset, value(offset) | bits); }
  void clear_bits(std::uint32_t offset, std::uint64_t bits) { set(offset, value(offset) & ~bits); }

  /// Offset of the lower half of a fault record.
  std::uint32_t fault_record(unsigned index) const {
    return m_fault_records + index * vtd::fault_record_size;
  }
  std::uint32_t iva() const { return m_iotlb_registers + vtd::iva; }
  std::uint32_t iotlb() const { return m_iotlb_registers + vtd::iotlb; }

 private:
  struct State {
    std::uint32_t offset;
    std::uint32_t bytes;
    vtd::RegisterMasks masks;
    std::uint64_t value;
  };

  void add(const vtd::RegisterSpec& spec, std::uint32_t offset, const std::string& owner,
           const vtd::Capability& capability, const vtd::ExtendedCapability& extended);
  const State* find(std::uint64_t offset) const;
  const State& at(std::uint32_t offset) const;
  std::uint8_t byte_at(std::uint64_t offset) const;

  std::uint32_t m_fault_records;
  std::uint32_t m_iotlb_registers;
  std::vector<State> m_registers;  ///< ascending by offset
  std::uint64_t m_size = 0;
};

}  // namespace apicsim
