// Interrupt requests of devices.
#include <cstring>

#include "models/iommu/vtd_unit.h"

namespace apicsim {

RemappingRules VtdUnit::rules() const {
  RemappingRules rules;
  rules.compatibility_allowed = status(vtd::compatibility_interrupts);
  rules.extended = m_table.extended;
  rules.entries = m_table.entries;
  return rules;
}

bool VtdUnit::interrupt(const InterruptRequest& request, Cycle now) {
  if (!status(vtd::interrupt_remapping_enable)) return false;
  const RequestedEntry requested = requested_entry(request, rules());
  if (std::holds_alternative<UnremappedRequest>(requested)) {
    ++m_statistics.compatible;
    return false;
  }
  if (const auto* why = std::get_if<InterruptBlock>(&requested)) {
    block(*why, request.source, now);
    return true;
  }
  const std::uint16_t index = std::get<std::uint16_t>(requested);
  InterruptTableEntry entry;
  if (!table_entry(index, entry, now)) {
    block({vtd::InterruptFault::table_not_readable, index, false}, request.source, now);
    return true;
  }
  const RemappedInterrupt remapped = remap(entry, index, request.source, rules());
  if (const auto* why = std::get_if<InterruptBlock>(&remapped)) {
    block(*why, request.source, now);
    return true;
  }
  ++m_statistics.remapped;
  m_interrupts.send(std::get<InterruptMessage>(remapped), now);
  return true;
}

/// From the cache or from memory; `now` moves on by what that takes. False: memory did not answer.
bool VtdUnit::table_entry(std::uint16_t index, InterruptTableEntry& entry, Cycle& now) {
  if (const auto cached = m_entries.find(index)) {
    ++m_statistics.entry_hits;
    now += m_config.remap_hit;
    entry = *cached;
    return true;
  }
  ++m_statistics.entry_reads;
  now += m_config.remap_miss;
  std::uint64_t words[2] = {};
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const std::uint64_t address = m_table.base + index * vtd::irte::size;
  if (dma.read(address, words, sizeof words, delay) != tlm::TLM_OK_RESPONSE) return false;
  entry = {words[0], words[1]};
  if (is_usable(entry, rules())) m_entries.insert(index, entry);
  return true;
}

void VtdUnit::block(const InterruptBlock& why, std::uint16_t source, Cycle now) {
  ++m_statistics.blocked;
  if (!why.silent) record_fault(why, source, now);
}

}  // namespace apicsim
