#include "models/iommu/vtd_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "models/fabric/unmodelled.h"
#include "models/iommu/spec/faults.h"

namespace apicsim {
namespace {

constexpr std::uint32_t bytes(const vtd::Register& spec) { return spec.width / 8; }

}  // namespace

VtdUnit::VtdUnit(const sc_core::sc_module_name& name, const Timebase& timebase,
                 const Config& config, InterruptSink& interrupts)
    : RegisterTarget(name, timebase),
      dma("dma", config.requester_id),
      m_config(config),
      m_interrupts(interrupts),
      m_iotlb(config.extended.iotlb_offset * 16u + vtd::iotlb),
      m_entries(config.cached_entries) {
  for (const vtd::Register& spec : vtd::registers) add(spec, spec.name, spec.reset);
  at(vtd::ver).value = config.version;
  at(vtd::cap).value = config.capability.encode();
  at(vtd::ecap).value = config.extended.encode();
  add_placed_registers();
  const State& last = m_registers.back();
  m_size = (last.spec.offset + bytes(last.spec) + 0xFFF) & ~std::uint64_t{0xFFF};
  SC_METHOD(queue_due);
  sensitive << m_queue_event;
  dont_initialize();
}

void VtdUnit::add_placed_registers() {
  const std::uint32_t iva = m_config.extended.iotlb_offset * 16u + vtd::iva;
  add({"IVA_REG", iva, 64, vtd::page | 0x7F, 0, 0, "10.4.8.2"}, "IVA_REG", 0);
  add({"IOTLB_REG", m_iotlb, 64, 0xB003FFFF00000000, 0, 0, "10.4.8.1"}, "IOTLB_REG", 0);
  for (unsigned i = 0; i <= m_config.capability.fault_records; ++i) {
    const std::uint32_t base = m_config.capability.fault_offset * 16u + i * vtd::fault_record_size;
    add({"FRCD_REG", base, 64, 0, 0, 0, "10.4.14"}, fmt::format("FRCD_REG[{}] low", i), 0);
    add({"FRCD_REG", base + 8, 64, 0, vtd::fault_record_f, 0, "10.4.14"},
        fmt::format("FRCD_REG[{}] high", i), 0);
  }
}

void VtdUnit::add(const vtd::Register& spec, const std::string& register_name,
                  std::uint64_t value) {
  const auto place = std::upper_bound(
      m_registers.begin(), m_registers.end(), spec.offset,
      [](std::uint32_t offset, const State& other) { return offset < other.spec.offset; });
  const bool hits_next =
      place != m_registers.end() && spec.offset + bytes(spec) > place->spec.offset;
  const bool hits_previous = place != m_registers.begin() &&
                             (place - 1)->spec.offset + bytes((place - 1)->spec) > spec.offset;
  if (hits_next || hits_previous)
    throw std::invalid_argument(
        fmt::format("{}: {} at {:#x} overlaps another register; see FRO in "
                    "CAP and IRO in ECAP",
                    name(), register_name, spec.offset));
  m_registers.insert(place, State{spec, register_name, value});
}

const VtdUnit::State* VtdUnit::find(std::uint64_t offset) const {
  const auto after = std::upper_bound(
      m_registers.begin(), m_registers.end(), offset,
      [](std::uint64_t key, const State& state) { return key < state.spec.offset; });
  if (after == m_registers.begin()) return nullptr;
  const State& state = *(after - 1);
  return offset < state.spec.offset + bytes(state.spec) ? &state : nullptr;
}

VtdUnit::State& VtdUnit::at(std::uint32_t offset) {
  const State* const state = find(offset);
  if (state == nullptr) throw std::logic_error(fmt::format("no VT-d register at {:#x}", offset));
  return m_registers[static_cast<std::size_t>(state - m_registers.data())];
}

std::uint64_t VtdUnit::value_of(std::uint32_t offset) const {
  const State* const state = find(offset);
  return state == nullptr ? 0 : state->value;
}

std::uint32_t VtdUnit::low_of(std::uint32_t offset) const {
  return static_cast<std::uint32_t>(value_of(offset));
}

std::uint8_t VtdUnit::byte_at(std::uint64_t offset) const {
  const State* const state = find(offset);
  if (state == nullptr) return 0;  // reserved (§10.3)
  return static_cast<std::uint8_t>(state->value >> (8 * (offset - state->spec.offset)));
}

std::uint64_t VtdUnit::peek_register(std::uint64_t offset, unsigned size, Cycle) const {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) value |= std::uint64_t{byte_at(offset + i)} << (8 * i);
  return value;
}

std::uint64_t VtdUnit::read_register(std::uint64_t offset, unsigned size, Cycle now) {
  return peek_register(offset, size, now);
}

void VtdUnit::write_register(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  // Software must write aligned doublewords or quadwords (§10.2); anything else is dropped.
  if (size < 4 || offset % size != 0) return;
  write_dword(offset, static_cast<std::uint32_t>(value), now);
  if (size == 8) write_dword(offset + 4, static_cast<std::uint32_t>(value >> 32), now);
}

void VtdUnit::write_dword(std::uint64_t offset, std::uint32_t value, Cycle now) {
  if (find(offset) == nullptr) return;
  if (offset == vtd::gcmd) return command(value, now);
  if (offset == vtd::pmen && (value & vtd::protected_memory_enable) != 0)
    return unmodelled("protected memory (EPM)", "PMEN_REG");

  State& state = at(static_cast<std::uint32_t>(offset));
  const unsigned shift = offset == state.spec.offset ? 0 : 32;
  const std::uint64_t placed = std::uint64_t{value} << shift;
  const std::uint64_t touched = std::uint64_t{0xFFFFFFFF} << shift;
  const std::uint64_t writable = state.spec.writable & touched;
  state.value = (state.value & ~writable) | (placed & writable);
  state.value &= ~(placed & state.spec.clears);
  after_write(offset, now);
}

/// What a write sets off. Request bits are in the upper halves, whose write starts the command.
void VtdUnit::after_write(std::uint64_t offset, Cycle now) {
  if (offset == vtd::ccmd + 4) complete_context_command();
  if (offset == m_iotlb + 4) complete_iotlb_command();
  if (offset == vtd::iqt) start_queue(now);
  if (offset == vtd::fsts) {
    update_pending();
    start_queue(now);
  }
  if (offset == vtd::ics && low_of(vtd::ics) == 0)
    at(vtd::iectl).value &= ~std::uint64_t{vtd::interrupt_pending};
  if (offset == vtd::fectl) send_held_event(vtd::fectl, now);
  if (offset == vtd::iectl) send_held_event(vtd::iectl, now);
  if (offset >= record_offset(0) && offset < record_offset(m_config.capability.fault_records + 1u))
    update_pending();
}

void VtdUnit::unmodelled(const char* what, const char* where) {
  if (!m_config.report_unmodelled)
    throw Unmodelled(fmt::format("{}: {} by {} is not modelled", name(), what, where));
  ++m_unmodelled_requests;
}

}  // namespace apicsim
