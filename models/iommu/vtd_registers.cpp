#include "models/iommu/vtd_registers.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace apicsim {

VtdRegisters::VtdRegisters(const std::string& owner, const vtd::Capability& capability,
                           const vtd::ExtendedCapability& extended, std::uint8_t version)
    : m_fault_records(capability.fault_offset * vtd::placement_unit),
      m_iotlb_registers(extended.iotlb_offset * vtd::placement_unit) {
  for (const vtd::RegisterSpec& spec : vtd::registers())
    add(spec, spec.offset, owner, capability, extended);
  for (const vtd::RegisterSpec& spec : vtd::iotlb_registers())
    add(spec, m_iotlb_registers + spec.offset, owner, capability, extended);
  for (unsigned i = 0; i <= capability.fault_records; ++i)
    for (const vtd::RegisterSpec& spec : vtd::fault_record_registers())
      add(spec, fault_record(i) + spec.offset, owner, capability, extended);
  set(vtd::ver, version);
  set(vtd::cap, capability.encode());
  set(vtd::ecap, extended.encode());
  const State& last = m_registers.back();
  m_size = (last.offset + last.bytes + 0xFFFu) & ~std::uint64_t{0xFFF};
}

void VtdRegisters::add(const vtd::RegisterSpec& spec, std::uint32_t offset,
                       const std::string& owner, const vtd::Capability& capability,
                       const vtd::ExtendedCapability& extended) {
  const std::uint32_t bytes = spec.width / 8u;
  const auto place =
      std::upper_bound(m_registers.begin(), m_registers.end(), offset,
                       [](std::uint32_t key, const State& other) { return key < other.offset; });
  const bool hits_next = place != m_registers.end() && offset + bytes > place->offset;
  const bool hits_previous =
      place != m_registers.begin() && (place - 1)->offset + (place - 1)->bytes > offset;
  if (hits_next || hits_previous)
    throw std::invalid_argument(
        fmt::format("{}: {} at {:#x} overlaps another register; see FRO in CAP and IRO in ECAP",
                    owner, spec.name, offset));
  const bool present = vtd::has(capability, extended, spec.needs);
  m_registers.insert(place, State{offset, bytes, vtd::masks_of(spec, capability, extended),
                                  present ? spec.reset : 0});
}

const VtdRegisters::State* VtdRegisters::find(std::uint64_t offset) const {
  const auto after =
      std::upper_bound(m_registers.begin(), m_registers.end(), offset,
                       [](std::uint64_t key, const State& state) { return key < state.offset; });
  if (after == m_registers.begin()) return nullptr;
  const State& state = *(after - 1);
  return offset < std::uint64_t{state.offset} + state.bytes ? &state : nullptr;
}

const VtdRegisters::State& VtdRegisters::at(std::uint32_t offset) const {
  const State* const state = find(offset);
  if (state == nullptr || state->offset != offset)
    throw std::logic_error(fmt::format("no VT-d register at {:#x}", offset));
  return *state;
}

void VtdRegisters::set(std::uint32_t offset, std::uint64_t value) {
  const auto index = static_cast<std::size_t>(&at(offset) - m_registers.data());
  m_registers[index].value = value;
}

std::uint8_t VtdRegisters::byte_at(std::uint64_t offset) const {
  const State* const state = find(offset);
  if (state == nullptr) return 0;
  return static_cast<std::uint8_t>(state->value >> (8 * (offset - state->offset)));
}

std::uint64_t VtdRegisters::read(std::uint64_t offset, unsigned size) const {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) value |= std::uint64_t{byte_at(offset + i)} << (8 * i);
  return value;
}

void VtdRegisters::write(std::uint64_t offset, std::uint32_t value) {
  const State* const state = find(offset);
  if (state == nullptr) return;
  const unsigned shift = offset == state->offset ? 0 : 32;
  const std::uint64_t placed = std::uint64_t{value} << shift;
  const std::uint64_t writable = state->masks.writable & std::uint64_t{0xFFFFFFFF} << shift;
  set(state->offset,
      ((state->value & ~writable) | (placed & writable)) & ~(placed & state->masks.clears));
}

}  // namespace apicsim
