#include "models/apic/local_apic.h"

namespace apicsim {

using namespace lapic;

namespace {

bool is_lvt(std::uint32_t offset) {
  return offset == reg::lvt_cmci || (offset >= reg::lvt_timer && offset <= reg::lvt_error);
}

bool readable(Access access) { return access == Access::read_only || access == Access::read_write; }

bool writable(Access access) {
  return access == Access::write_only || access == Access::read_write;
}

constexpr std::uint32_t msr_offset(std::uint32_t index) { return (index - msr_x2apic_first) << 4; }

constexpr bool is_x2apic_msr(std::uint32_t index) {
  return index >= msr_x2apic_first && index <= msr_x2apic_last;
}

}  // namespace

Interface LocalApic::page_interface() const {
  switch (m_config.generation) {
    case ApicGeneration::i82489dx:
      return Interface::i82489dx;
    case ApicGeneration::p6:
      return Interface::p6;
    case ApicGeneration::xapic:
      break;
  }
  return Interface::xapic;
}

Interface LocalApic::interface() const {
  return x2apic_mode() ? Interface::x2apic : page_interface();
}

bool LocalApic::has(Feature feature) const {
  switch (feature) {
    case Feature::always:
      return true;
    case Feature::cmci:
      return m_config.max_lvt >= 6;
    case Feature::thermal:
      return m_config.max_lvt >= 5;
    case Feature::performance:
      return m_config.max_lvt >= 4;
    case Feature::error:
      return m_config.max_lvt >= 3;
    case Feature::directed_eoi:
      return m_config.directed_eoi;
    case Feature::tsc_deadline:
      return m_config.tsc_deadline;
  }
  return false;
}

/// The register at `offset` if this processor has it.
const RegisterSpec* LocalApic::implemented(std::uint32_t offset) const {
  const RegisterSpec* spec = find_register(offset);
  if (spec == nullptr) return nullptr;
  const bool whole = spec->feature_bits == ~std::uint64_t{0};
  return !whole || has(spec->feature) ? spec : nullptr;
}

/// What a write to the register does, through the interface in use.
WriteMasks LocalApic::masks(const RegisterSpec& spec) const {
  WriteMasks masks = spec.masks[static_cast<std::size_t>(interface())];
  if (has(spec.feature) || before_xapic()) return masks;
  masks.writable &= ~spec.feature_bits;
  masks.legal &= ~spec.feature_bits;
  return masks;
}

// SDM Vol. 3 §11.4.8; an 82489DX does not tell the number of its LVT entries.
std::uint32_t LocalApic::version() const {
  if (m_config.generation == ApicGeneration::i82489dx) return m_config.version;
  const bool directed_eoi = m_config.directed_eoi && !before_xapic();
  return (directed_eoi ? 1u << 24 : 0) | std::uint32_t{m_config.max_lvt} << 16 | m_config.version;
}

std::uint32_t LocalApic::peek(std::uint32_t offset, Cycle now) const {
  if (offset >= reg::isr && offset < reg::tmr) return m_isr.word((offset - reg::isr) >> 4);
  if (offset >= reg::tmr && offset < reg::irr) return m_tmr.word((offset - reg::tmr) >> 4);
  if (offset >= reg::irr && offset < reg::esr) return m_irr.word((offset - reg::irr) >> 4);
  switch (offset) {
    case reg::id:
      return x2apic_mode() ? m_config.apic_id : stored(reg::id);
    case reg::version:
      return version();
    case reg::apr:
      return before_xapic() ? apr() : 0;
    case reg::ppr:
      return ppr();
    case reg::ldr:
      return x2apic_mode() ? logical_x2apic_id() : stored(reg::ldr);
    case reg::initial_count:
      return m_timer.initial_count();
    case reg::current_count:
      return m_timer.current_count(now);
    case reg::icr:  // the delivery status exists in xAPIC mode only, §11.12.9
      return stored(reg::icr) | (send_pending(now) && !x2apic_mode() ? icr::delivery_status : 0);
    default:
      return offset < 0x400 ? stored(offset) : 0;
  }
}

// Bits that are not writable keep their state.
void LocalApic::write_register(const RegisterSpec& spec, std::uint32_t bits, Cycle now) {
  const auto writable = static_cast<std::uint32_t>(masks(spec).writable);
  const std::uint32_t value = (bits & writable) | (stored(spec.offset) & ~writable);
  if (is_lvt(spec.offset)) return write_lvt(spec.offset, value, now);
  switch (spec.offset) {
    case reg::tpr:
      return set_tpr(static_cast<std::uint8_t>(value), now);
    case reg::eoi:
      return write_eoi(now);
    case reg::svr:
      return write_svr(value, now);
    case reg::esr:
      return write_esr();
    case reg::icr:
      stored(reg::icr) = value;
      return write_icr(now);
    case reg::initial_count:
      m_timer.write_initial_count(value, now);
      break;
    case reg::divide:
      stored(reg::divide) = value;
      update_divider(now);
      break;
    default:
      stored(spec.offset) = value;
      break;
  }
  if (spec.offset == reg::id || spec.offset == reg::ldr || spec.offset == reg::dfr)
    m_fabric.routing_changed();
  schedule();
}

// §11.4.7.2: clearing the enable bit masks the local vector table; setting it unmasks nothing.
void LocalApic::write_svr(std::uint32_t value, Cycle now) {
  stored(reg::svr) = value;
  if (software_enabled()) return;
  mask_all_lvts();
  m_timer.skip(now);
  schedule();
}

std::uint64_t LocalApic::read_page(std::uint32_t offset, unsigned size, Cycle now) {
  advance(now);
  if (size != 4 || (offset & 15) != 0) return 0;
  const RegisterSpec* spec = implemented(offset);
  const Access access = spec == nullptr ? Access::none : spec->access(page_interface());
  if (access == Access::none) error(esr::illegal_register_address, now);
  return readable(access) ? peek(offset, now) : 0;
}

void LocalApic::write_page(std::uint32_t offset, unsigned size, std::uint64_t value, Cycle now) {
  advance(now);
  if (size != 4 || (offset & 15) != 0) return;
  const RegisterSpec* spec = implemented(offset);
  const Access access = spec == nullptr ? Access::none : spec->access(page_interface());
  if (access == Access::none) return error(esr::illegal_register_address, now);
  if (!writable(access)) return;
  write_register(*spec, static_cast<std::uint32_t>(value), now);
  advance(now);
}

std::optional<std::uint64_t> LocalApic::read_msr(std::uint32_t index, Cycle now) {
  advance(now);
  if (index == msr_tsc_deadline) {
    if (!m_config.tsc_deadline) return std::nullopt;
    m_timer.skip(now);
    return m_timer.deadline();
  }
  if (!is_x2apic_msr(index) || !x2apic_mode()) return std::nullopt;
  const RegisterSpec* spec = implemented(msr_offset(index));
  if (spec == nullptr || !readable(spec->x2apic)) return std::nullopt;
  const std::uint64_t low = peek(spec->offset, now);
  return spec->offset == reg::icr ? std::uint64_t{stored(reg::icr_high)} << 32 | low : low;
}

bool LocalApic::write_msr(std::uint32_t index, std::uint64_t value, Cycle now) {
  advance(now);
  if (index == msr_tsc_deadline) {
    if (!m_config.tsc_deadline) return false;
    m_timer.skip(now);
    m_timer.write_deadline(value, now);
    schedule();
    advance(now);
    return true;
  }
  if (!is_x2apic_msr(index) || !x2apic_mode()) return false;
  const RegisterSpec* spec = implemented(msr_offset(index));
  if (spec == nullptr || !writable(spec->x2apic)) return false;
  return write_x2apic(*spec, value, now);
}

// §11.12.1.2: a reserved bit that is set raises #GP.
bool LocalApic::write_x2apic(const RegisterSpec& spec, std::uint64_t value, Cycle now) {
  if ((value & ~masks(spec).legal) != 0) return false;
  const auto low = static_cast<std::uint32_t>(value);
  if (spec.offset == reg::self_ipi) {
    send_self_ipi(static_cast<std::uint8_t>(low), now);
  } else if (spec.offset == reg::icr) {
    stored(reg::icr_high) = static_cast<std::uint32_t>(value >> 32);
    write_register(spec, low, now);
  } else {
    write_register(spec, low, now);
  }
  advance(now);
  return true;
}

}  // namespace apicsim
