#include <algorithm>
#include <cctype>

#include "models/apic/spec/local_apic_registers.h"
#include "models/memory/hierarchy/memory_parameters.h"
#include "sim/scenario/timing_entry.h"

namespace apicsim {

namespace {

EntryDeclaration latency(const char* name, Cycle TimingProfile::*member, Cycle min = 0,
                         Cycle max = longest_latency) {
  EntryDeclaration entry;
  entry.name = std::string("latency.") + name;
  entry.min = min;
  entry.max = max;
  entry.put = [member](TimingProfile& profile, std::uint64_t value) { profile.*member = value; };
  return entry;
}

using RegisterCosts = std::array<std::optional<Cycle>, TimingProfile::apic_registers>;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// One optional entry per register of the local APIC: "latency.apic_page.eoi".
void add_registers(const char* section, RegisterCosts TimingProfile::*member,
                   std::vector<EntryDeclaration>& entries) {
  for (const lapic::RegisterSpec& spec : lapic::registers()) {
    EntryDeclaration entry;
    entry.name = std::string("latency.") + section + "." + lower(spec.name);
    entry.max = longest_latency;
    entry.optional = true;
    const std::size_t index = spec.offset / 16;
    entry.put = [member, index](TimingProfile& profile, std::uint64_t value) {
      (profile.*member)[index] = value;
    };
    entries.push_back(std::move(entry));
  }
}

template <class T>
EntryDeclaration core(const char* name, T CoreTimingConfig::*member, std::uint64_t min,
                      std::uint64_t max, EntryUnit unit = EntryUnit::count) {
  EntryDeclaration entry;
  entry.name = std::string("core.") + name;
  entry.unit = unit;
  entry.min = min;
  entry.max = max;
  entry.put = [member](TimingProfile& profile, std::uint64_t value) {
    profile.core.*member = static_cast<T>(value);
  };
  return entry;
}

/// How the core treats certain forms of instructions; 0 or 1 for a bool.
template <class T>
EntryDeclaration form(const char* name, T InstructionTable::*member, std::uint64_t max,
                      EntryUnit unit = EntryUnit::count) {
  EntryDeclaration entry;
  entry.name = std::string("core.") + name;
  entry.unit = unit;
  entry.max = max;
  entry.put = [member](TimingProfile& profile, std::uint64_t value) {
    profile.instructions.*member = static_cast<T>(value);
  };
  return entry;
}

EntryUnit unit_of(MemoryParameter::Kind kind) {
  switch (kind) {
    case MemoryParameter::Kind::sets:
      return EntryUnit::power_of_two;
    case MemoryParameter::Kind::cycles:
      return EntryUnit::cycles;
    default:
      return EntryUnit::count;
  }
}

constexpr std::uint64_t all_ports = 0x3F;

}  // namespace

std::vector<EntryDeclaration> core_declarations() {
  using C = CoreTimingConfig;
  using I = InstructionTable;
  constexpr EntryUnit cycles = EntryUnit::cycles;
  return {
      core("fetch_bytes", &C::fetch_bytes, 1, 64, EntryUnit::bytes),
      core("issue_width", &C::issue_width, 1, 8),
      core("taken_branch_interval", &C::taken_branch_interval, 1, 8, cycles),
      core("taken_branch_ends_group", &C::taken_branch_ends_group, 0, 1),
      core("mispredict_penalty", &C::mispredict_penalty, 0, 255, cycles),
      core("history_bits", &C::history_bits, 4, 14),
      core("target_entries", &C::target_entries, 16, 4096, EntryUnit::power_of_two),
      core("return_entries", &C::return_entries, 1, 32),
      core("reorder_entries", &C::reorder_entries, 8, 256),
      core("scheduler_entries", &C::scheduler_entries, 4, 128),
      core("load_buffers", &C::load_buffers, 2, 128),
      core("store_buffers", &C::store_buffers, 2, 64),
      core("fill_buffers", &C::fill_buffers, 1, 16),
      core("retire_width", &C::retire_width, 1, 8),
      core("load_ports", &C::load_ports, 1, all_ports),
      core("store_address_ports", &C::store_address_ports, 1, all_ports),
      core("store_data_ports", &C::store_data_ports, 1, all_ports),
      core("store_forward", &C::store_forward, 0, 63, cycles),
      core("failed_forward", &C::failed_forward, 0, 255, cycles),
      core("line_crossing", &C::line_crossing, 0, 255, cycles),
      core("page_crossing", &C::page_crossing, 0, 255, cycles),
      core("threads_share", &C::threads_share, 0, 1),
      form("eliminates_moves", &I::eliminates_moves, 1),
      form("splits_indexed", &I::splits_indexed, 1),
      form("micro_fusion", &I::micro_fusion, 1),
      form("macro_fusion", &I::macro_fusion, 1),
      form("complex_address", &I::complex_address, 15, cycles),
  };
}

std::vector<EntryDeclaration> memory_declarations() {
  std::vector<EntryDeclaration> entries;
  for (const MemoryParameter& parameter : memory_parameters()) {
    EntryDeclaration entry;
    entry.name = std::string("memory.") + parameter.name;
    entry.unit = unit_of(parameter.kind);
    entry.min = parameter.lowest;
    entry.max = parameter.highest;
    entry.put = [field = parameter.field](TimingProfile& profile, std::uint64_t value) {
      profile.memory.*field = value;
    };
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<EntryDeclaration> cstate_declarations() {
  std::vector<EntryDeclaration> entries;
  for (const CStateEntry& state : cstate_entries) {
    EntryDeclaration entry;
    entry.name = std::string("cstate.") + state.name;
    entry.max = longest_latency;
    entry.put = [member = state.member](TimingProfile& profile, std::uint64_t value) {
      profile.cstates.*member = value;
    };
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<EntryDeclaration> latency_declarations() {
  using P = TimingProfile;
  // What must be at least one cycle: an interrupt that arrives in the cycle of its cause would make
  // the order of the CPUs within a cycle visible.
  std::vector<EntryDeclaration> entries = {
      latency("cycles_per_instruction", &P::cycles_per_instruction, 1, 1),
      latency("port_io", &P::port_io),
      latency("uncached_access", &P::uncached_access),
      latency("apic_page_access", &P::apic_page_access),
      latency("apic_msr_access", &P::apic_msr_access),
      latency("msr_access", &P::msr_access),
      latency("event_delivery", &P::event_delivery, 1),
      latency("interrupt_acknowledge", &P::interrupt_acknowledge),
      latency("smi_entry", &P::smi_entry, 1),
      latency("smi_resume", &P::smi_resume),
      latency("modulation_period", &P::modulation_period, 1),
      latency("ipi_same_core", &P::ipi_same_core, 1),
      latency("ipi_same_socket", &P::ipi_same_socket, 1),
      latency("ipi_cross_socket", &P::ipi_cross_socket, 1),
      latency("icr_send", &P::icr_send),
      latency("msi", &P::msi, 1),
      latency("interrupt_remap_hit", &P::interrupt_remap_hit),
      latency("interrupt_remap_miss", &P::interrupt_remap_miss),
      latency("queued_invalidation", &P::queued_invalidation),
      latency("dma_remap_lookup", &P::dma_remap_lookup),
      latency("dma_remap_read", &P::dma_remap_read),
      latency("vtd_command", &P::vtd_command),
      latency("register_invalidation", &P::vtd_invalidation),
      latency("device_tlb_time_out", &P::device_tlb_time_out, 0, longest_time_out),
      latency("uart_byte", &P::uart_byte),
      latency("edu_dma", &P::edu_dma),
      latency("nic_frame", &P::nic_frame),
      latency("nvme_command", &P::nvme_command),
      latency("offload_instruction", &P::offload_instruction, 1),
  };
  add_registers("apic_page", &P::apic_page, entries);
  add_registers("apic_msr", &P::apic_msr, entries);
  return entries;
}

}  // namespace apicsim
