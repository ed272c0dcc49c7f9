// Global commands and the invalidations by register.
#include "models/iommu/vtd_unit.h"

namespace apicsim {
namespace {

constexpr std::uint32_t one_shots =
    vtd::set_root_table | vtd::set_fault_log | vtd::write_buffer_flush | vtd::set_interrupt_table;

/// First and last byte of a protected region, whose limit register names the last granule.
std::uint64_t last_byte(std::uint64_t limit) { return limit | (vtd::protected_granule - 1); }

}  // namespace

void VtdUnit::defer(DeferredCommand::Kind kind, std::uint64_t value, Cycle now) {
  const bool invalidates =
      kind == DeferredCommand::Kind::context || kind == DeferredCommand::Kind::iotlb;
  const Cycle time = invalidates ? m_config.register_invalidation : m_config.command;
  m_commands.add(
      {kind, m_commands.free_at(kind, now) + time, value, m_registers.value(m_registers.iva())});
}

void VtdUnit::carry_out(const DeferredCommand& command) {
  switch (command.kind) {
    case DeferredCommand::Kind::global:
      return global_command(static_cast<std::uint32_t>(command.value), command.due);
    case DeferredCommand::Kind::protected_memory:
      return set_protected_memory(command.value);
    case DeferredCommand::Kind::context:
      return context_command();
    case DeferredCommand::Kind::iotlb:
      return iotlb_command(command.argument);
  }
}

/// The status of a command that is done once is not valid before it is done (§10.4.5).
void VtdUnit::issue_global(std::uint32_t value, Cycle now) {
  const bool has_interrupts = m_config.extended.interrupt_remapping;
  if ((value & vtd::set_root_table) != 0) set_status(vtd::set_root_table, false);
  if ((value & vtd::set_interrupt_table) != 0 && has_interrupts)
    set_status(vtd::set_interrupt_table, false);
  if ((value & vtd::write_buffer_flush) != 0 && m_config.capability.write_buffer_flush)
    set_status(vtd::write_buffer_flush, true);
  defer(DeferredCommand::Kind::global, value, now);
}

/// Software is to change one thing at a time (§10.4.4). Of several, tables come before what uses
/// them, and DMA remapping, which everything else is for, last.
void VtdUnit::global_command(std::uint32_t value, Cycle now) {
  // Bits that enable are compared with the status: software writes it back.
  const std::uint32_t wanted = value & (~m_registers.low(vtd::gsts) | one_shots);
  if ((value & vtd::set_root_table) != 0) latch_root_table();
  if (refuse_unmodelled(wanted)) value &= ~vtd::advanced_fault_log_enable;
  set_status(vtd::write_buffer_flush, false);
  if (m_config.extended.interrupt_remapping) {
    if ((value & vtd::set_interrupt_table) != 0) latch_interrupt_table();
    set_status(vtd::compatibility_interrupts, (value & vtd::compatibility_interrupts) != 0);
    set_status(vtd::interrupt_remapping_enable, (value & vtd::interrupt_remapping_enable) != 0);
  }
  if (m_config.extended.queued_invalidation)
    m_queue.enable((value & vtd::queued_invalidation_enable) != 0, now);
  set_status(vtd::translation_enable, (value & vtd::translation_enable) != 0);
  m_remapping.enable((value & vtd::translation_enable) != 0);
}

bool VtdUnit::refuse_unmodelled(std::uint32_t wanted) {
  if (!m_config.capability.advanced_fault_log) return false;
  if ((wanted & (vtd::advanced_fault_log_enable | vtd::set_fault_log)) == 0) return false;
  unmodelled("advanced fault logging (EAFL, SFL)", "GCMD_REG");
  return true;
}

void VtdUnit::set_status(std::uint32_t bit, bool on) {
  on ? m_registers.set_bits(vtd::gsts, bit) : m_registers.clear_bits(vtd::gsts, bit);
}

/// The tables are those that RTADDR_REG names now; what is cached of others stays unless the unit
/// says otherwise (§10.4.4, SRTP; CAP.ESRTPS).
void VtdUnit::latch_root_table() {
  const std::uint64_t value = m_registers.value(vtd::rtaddr);
  const auto mode = value >> vtd::table_mode_shift & vtd::table_mode_mask;
  if (mode != 0 && vtd::has(m_config.capability, m_config.extended, vtd::Feature::extended_context))
    return unmodelled("extended root table (RTT)", "RTADDR_REG");
  m_root_mode = static_cast<DmaRemapping::Mode>(mode);
  m_remapping.set_root(value & vtd::page, m_root_mode);
  m_queue.set_table_mode(m_root_mode);
  if (m_config.capability.enhanced_set_root) {
    m_remapping.invalidate_contexts({});
    m_remapping.invalidate_pasids({});
    m_remapping.invalidate_iotlb({});
  }
  set_status(vtd::set_root_table, true);
}

/// The same of the interrupt table (SIRTP; CAP.ESIRTPS).
void VtdUnit::latch_interrupt_table() {
  const std::uint64_t value = m_registers.value(vtd::irta);
  m_table.base = value & vtd::page;
  m_table.entries = 2u << (value & vtd::table_pointer::size_mask);
  m_table.extended = (value & vtd::table_pointer::extended) != 0;
  m_events.set_extended(m_table.extended);
  if (m_config.capability.enhanced_set_table) m_entries.clear();
  set_status(vtd::set_interrupt_table, true);
}

/// §10.4.16: the regions are taken over with EPM; PRS tells that they are in effect.
void VtdUnit::set_protected_memory(std::uint64_t value) {
  DmaRemapping::ProtectedMemory regions;
  regions.enabled = (value & vtd::protected_memory_enable) != 0;
  if (m_config.capability.protected_low) {
    regions.low_base = m_registers.value(vtd::plmbase);
    regions.low_limit = last_byte(m_registers.value(vtd::plmlimit));
  }
  if (m_config.capability.protected_high) {
    regions.high_base = m_registers.value(vtd::phmbase);
    regions.high_limit = last_byte(m_registers.value(vtd::phmlimit));
  }
  m_remapping.set_protected_memory(regions);
  m_registers.clear_bits(vtd::pmen, vtd::protected_memory_status);
  if (regions.enabled) m_registers.set_bits(vtd::pmen, vtd::protected_memory_status);
}

/// Invalidations by register are for units in legacy mode without the queue (§6.5.1): others
/// refuse them, as they do reserved granularities, by reporting granularity 0.
bool VtdUnit::registers_invalidate() const {
  return !status(vtd::queued_invalidation_enable) && m_root_mode != DmaRemapping::Mode::scalable;
}

void VtdUnit::context_command() {
  const std::uint64_t value = m_registers.value(vtd::ccmd);
  std::uint64_t done = value >> vtd::context_requested_shift & vtd::granularity_mask;
  if (!registers_invalidate()) done = 0;
  if (done != 0) {
    ContextInvalidation what;
    what.granularity = static_cast<ContextInvalidation::Granularity>(done);
    what.domain = static_cast<std::uint16_t>(value) & domain_bits(m_config.capability);
    what.source = static_cast<std::uint16_t>(value >> vtd::context_source_shift);
    what.function_mask = value >> vtd::context_function_mask_shift & 3;
    m_remapping.invalidate_contexts(what);
  }
  m_registers.clear_bits(
      vtd::ccmd, vtd::invalidate_context | vtd::granularity_mask << vtd::context_actual_shift);
  m_registers.set_bits(vtd::ccmd, done << vtd::context_actual_shift);
}

void VtdUnit::iotlb_command(std::uint64_t address) {
  const std::uint64_t value = m_registers.value(m_registers.iotlb());
  std::uint64_t done = value >> vtd::iotlb_requested_shift & vtd::granularity_mask;
  IotlbInvalidation what;
  what.granularity = static_cast<IotlbInvalidation::Granularity>(done);
  what.domain = static_cast<std::uint16_t>(value >> vtd::iotlb_domain_shift) &
                domain_bits(m_config.capability);
  what.address = address & vtd::page;
  what.address_mask = static_cast<std::uint8_t>(address & vtd::iva_mask);
  what.leaves_only = (address & vtd::iva_hint) != 0;
  if (!registers_invalidate() || !adapt_to_unit(what, m_config.capability)) done = 0;
  if (done != 0) {
    m_remapping.invalidate_iotlb(what);
    done = static_cast<std::uint64_t>(what.granularity);
  }
  m_registers.clear_bits(m_registers.iotlb(),
                         vtd::invalidate_iotlb | vtd::granularity_mask << vtd::iotlb_actual_shift);
  m_registers.set_bits(m_registers.iotlb(), done << vtd::iotlb_actual_shift);
}

}  // namespace apicsim
