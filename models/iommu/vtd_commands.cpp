// Global commands and the invalidations by register.
#include "models/iommu/vtd_unit.h"

namespace apicsim {

void VtdUnit::command(std::uint32_t value, Cycle now) {
  // Bits that enable are compared with the status: software writes it back (§10.4.4).
  const std::uint32_t wanted = value & ~low_of(vtd::gsts);
  refuse_unmodelled(wanted);
  if ((value & vtd::set_root_table) != 0) set_status(vtd::set_root_table, true);
  if (m_config.extended.queued_invalidation)
    set_queue((value & vtd::queued_invalidation_enable) != 0, now);
  if (!m_config.extended.interrupt_remapping) return;
  if ((value & vtd::set_interrupt_table) != 0) latch_interrupt_table();
  set_status(vtd::interrupt_remapping_enable, (value & vtd::interrupt_remapping_enable) != 0);
  set_status(vtd::compatibility_interrupts, (value & vtd::compatibility_interrupts) != 0);
}

void VtdUnit::refuse_unmodelled(std::uint32_t wanted) {
  if ((wanted & vtd::translation_enable) != 0) unmodelled("DMA remapping (TE)", "GCMD_REG");
  if (m_config.capability.advanced_fault_log &&
      (wanted & (vtd::advanced_fault_log_enable | vtd::set_fault_log)) != 0)
    unmodelled("advanced fault logging (EAFL, SFL)", "GCMD_REG");
}

bool VtdUnit::status(std::uint32_t bit) const { return (low_of(vtd::gsts) & bit) != 0; }

void VtdUnit::set_status(std::uint32_t bit, bool on) {
  std::uint64_t& value = at(vtd::gsts).value;
  value = on ? value | bit : value & ~std::uint64_t{bit};
}

/// The table is the one that IRTA_REG names now; what is cached stays (§10.4.4, SIRTP).
void VtdUnit::latch_interrupt_table() {
  const std::uint64_t value = value_of(vtd::irta);
  m_table.base = value & vtd::page;
  m_table.entries = 2u << (value & vtd::table_pointer::size_mask);
  m_table.extended =
      m_config.extended.extended_interrupt && (value & vtd::table_pointer::extended) != 0;
  set_status(vtd::set_interrupt_table, true);
}

/// Reports the requested granularity as the one performed and clears the request (§10.4.7).
void VtdUnit::complete_context_command() {
  std::uint64_t& value = at(vtd::ccmd).value;
  if ((value & vtd::invalidate_context) == 0) return;
  const std::uint64_t requested = value >> vtd::context_requested_shift & vtd::granularity_mask;
  value &= ~(vtd::invalidate_context | vtd::granularity_mask << vtd::context_actual_shift);
  value |= requested << vtd::context_actual_shift;
}

/// The same for the IOTLB (§10.4.8.1).
void VtdUnit::complete_iotlb_command() {
  std::uint64_t& value = at(m_iotlb).value;
  if ((value & vtd::invalidate_iotlb) == 0) return;
  const std::uint64_t requested = value >> vtd::iotlb_requested_shift & vtd::granularity_mask;
  value &= ~(vtd::invalidate_iotlb | vtd::granularity_mask << vtd::iotlb_actual_shift);
  value |= requested << vtd::iotlb_actual_shift;
}

}  // namespace apicsim
