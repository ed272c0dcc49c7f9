// Interrupt requests of devices.
#include <algorithm>
#include <array>

#include "models/iommu/vtd_unit.h"

namespace apicsim {

RemappingRules VtdUnit::rules(std::uint16_t source) const {
  RemappingRules rules;
  rules.compatibility_allowed = status(vtd::compatibility_interrupts);
  rules.extended = m_table.extended;
  rules.entries = m_table.entries;
  rules.posted = m_config.capability.posted_interrupts;
  const auto& unverified = m_config.unverified_sources;
  rules.verified = std::find(unverified.begin(), unverified.end(), source) == unverified.end();
  return rules;
}

bool VtdUnit::interrupt(const InterruptRequest& request, Cycle now) {
  settle(now);
  if (!status(vtd::interrupt_remapping_enable)) return false;
  const RemappingRules how = rules(request.source);
  const RequestedEntry requested = requested_entry(request, how);
  if (std::holds_alternative<UnremappedRequest>(requested)) {
    ++m_statistics.compatible;
    return false;
  }
  const Working working(*this);
  if (const auto* why = std::get_if<InterruptBlock>(&requested)) {
    block(*why, request.source, now);
    return true;
  }
  const std::uint16_t index = std::get<std::uint16_t>(requested);
  InterruptTableEntry entry;
  if (table_entry(index, how, entry, now))
    deliver(remap(entry, index, request.source, how), request.source, how, now);
  else
    block({vtd::InterruptFault::table_not_readable, index, false}, request.source, now);
  return true;
}

/// From the cache or from memory; `now` moves on by what that takes. False: memory did not answer.
/// With caching mode, entries that fault are remembered, too (§6.1).
bool VtdUnit::table_entry(std::uint16_t index, const RemappingRules& rules,
                          InterruptTableEntry& entry, Cycle& now) {
  if (const auto cached = m_entries.find(index)) {
    ++m_statistics.entry_hits;
    now += m_config.remap_hit;
    entry = *cached;
    return true;
  }
  ++m_statistics.entry_reads;
  now += m_config.remap_miss;
  std::uint64_t words[2] = {};
  const std::uint64_t address = m_table.base + index * vtd::irte::size;
  const bool snoop = m_config.extended.coherent || m_config.always_snoops;
  if (!m_memory.read(address, words, sizeof words, snoop)) return false;
  entry = {words[0], words[1]};
  if (is_usable(entry, rules) || m_config.capability.caching_mode) m_entries.insert(index, entry);
  return true;
}

void VtdUnit::deliver(const RemappedInterrupt& remapped, std::uint16_t source,
                      const RemappingRules& rules, Cycle now) {
  if (const auto* why = std::get_if<InterruptBlock>(&remapped)) return block(*why, source, now);
  if (const auto* posted = std::get_if<PostedInterrupt>(&remapped)) {
    if (const auto why = post(*posted, rules, now)) block(*why, source, now);
    return;
  }
  ++m_statistics.remapped;
  m_interrupts.send(std::get<InterruptMessage>(remapped), now);
}

/// §5.2.3: sets the request bit of the descriptor in memory, atomically, and notifies unless a
/// notification is outstanding or suppressed. A fault if that is not possible.
std::optional<InterruptBlock> VtdUnit::post(const PostedInterrupt& interrupt,
                                            const RemappingRules& rules, Cycle now) {
  namespace layout = vtd::posted_descriptor;
  std::array<std::uint64_t, layout::size / 8> words{};
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  if (dma.read(interrupt.descriptor, words.data(), layout::size, delay) != tlm::TLM_OK_RESPONSE)
    return InterruptBlock{vtd::InterruptFault::descriptor_not_readable, interrupt.index,
                          interrupt.silent};
  const auto control = apicsim::post(interrupt, words[layout::control], rules);
  if (!control)
    return InterruptBlock{vtd::InterruptFault::reserved_in_descriptor, interrupt.index,
                          interrupt.silent};
  words[interrupt.vector / 64] |= std::uint64_t{1} << interrupt.vector % 64;
  words[layout::control] = control->control;
  dma.write(interrupt.descriptor, words.data(), layout::size, delay);
  ++m_statistics.posted;
  if (control->notification) m_interrupts.send(*control->notification, now);
  return std::nullopt;
}

void VtdUnit::block(const InterruptBlock& why, std::uint16_t source, Cycle now) {
  ++m_statistics.blocked;
  if (!why.silent) m_faults.record(fault_record(why, source), now);
}

}  // namespace apicsim
