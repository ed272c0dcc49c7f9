#include "models/iommu/spec/registers.h"

namespace apicsim::vtd {
namespace {

using spec::Word;
using F = Feature;

constexpr FieldSpec ver_fields[] = {{0, 4, "MIN", Word::ro, F::always},
                                    {4, 4, "MAX", Word::ro, F::always}};

constexpr FieldSpec gcmd_fields[] = {
    {31, 1, "TE", Word::wo, F::always},        {30, 1, "SRTP", Word::wo, F::always},
    {29, 1, "SFL", Word::wo, F::fault_log},    {28, 1, "EAFL", Word::wo, F::fault_log},
    {27, 1, "WBF", Word::wo, F::buffer_flush}, {26, 1, "QIE", Word::wo, F::queue},
    {25, 1, "IRE", Word::wo, F::interrupts},   {24, 1, "SIRTP", Word::wo, F::interrupts},
    {23, 1, "CFI", Word::wo, F::interrupts}};

constexpr FieldSpec gsts_fields[] = {
    {31, 1, "TES", Word::ro, F::always},        {30, 1, "RTPS", Word::ro, F::always},
    {29, 1, "FLS", Word::ro, F::fault_log},     {28, 1, "AFLS", Word::ro, F::fault_log},
    {27, 1, "WBFS", Word::ro, F::buffer_flush}, {26, 1, "QIES", Word::ro, F::queue},
    {25, 1, "IRES", Word::ro, F::interrupts},   {24, 1, "IRTPS", Word::ro, F::interrupts},
    {23, 1, "CFIS", Word::ro, F::interrupts}};

constexpr FieldSpec rtaddr_fields[] = {{12, 52, "RTA", Word::rw, F::always},
                                       {10, 2, "TTM", Word::rw, F::table_mode},
                                       {11, 1, "RTT", Word::rw, F::extended_context}};

constexpr FieldSpec ccmd_fields[] = {
    {63, 1, "ICC", Word::rw, F::always},  {61, 2, "CIRG", Word::rw, F::always},
    {59, 2, "CAIG", Word::ro, F::always}, {32, 2, "FM", Word::rw, F::always},
    {16, 16, "SID", Word::rw, F::always}, {0, 16, "DID", Word::rw, F::always}};

constexpr FieldSpec fsts_fields[] = {
    {8, 8, "FRI", Word::ro, F::always},      {6, 1, "ITE", Word::w1c, F::device_tlb},
    {5, 1, "ICE", Word::w1c, F::device_tlb}, {4, 1, "IQE", Word::w1c, F::queue},
    {3, 1, "APF", Word::w1c, F::fault_log},  {2, 1, "AFO", Word::w1c, F::fault_log},
    {1, 1, "PPF", Word::ro, F::always},      {0, 1, "PFO", Word::w1c, F::always}};

constexpr FieldSpec event_control_fields[] = {{31, 1, "IM", Word::rw, F::always},
                                              {30, 1, "IP", Word::ro, F::always}};
constexpr FieldSpec event_data_fields[] = {{0, 32, "EIMD, IMD", Word::rw, F::always}};
constexpr FieldSpec event_address_fields[] = {{2, 30, "MA", Word::rw, F::always}};
constexpr FieldSpec event_upper_fields[] = {{0, 32, "MUA", Word::rw, F::always}};

constexpr FieldSpec aflog_fields[] = {{12, 52, "FLA", Word::rw, F::always},
                                      {9, 3, "FLS", Word::rw, F::always}};
constexpr FieldSpec pmen_fields[] = {{31, 1, "EPM", Word::rw, F::always},
                                     {0, 1, "PRS", Word::ro, F::always}};
constexpr FieldSpec plmbase_fields[] = {{20, 12, "PLMB", Word::rw, F::always}};
constexpr FieldSpec plmlimit_fields[] = {{20, 12, "PLML", Word::rw, F::always}};
constexpr FieldSpec phmbase_fields[] = {{20, 44, "PHMB", Word::rw, F::always}};
constexpr FieldSpec phmlimit_fields[] = {{20, 44, "PHML", Word::rw, F::always}};

constexpr FieldSpec iqh_fields[] = {{4, 15, "QH", Word::ro, F::always}};
constexpr FieldSpec iqt_fields[] = {{4, 15, "QT", Word::rw, F::always}};
constexpr FieldSpec iqa_fields[] = {{12, 52, "IQA", Word::rw, F::always},
                                    {11, 1, "DW", Word::rw, F::scalable},
                                    {0, 3, "QS", Word::rw, F::always}};
constexpr FieldSpec ics_fields[] = {{0, 1, "IWC", Word::w1c, F::always}};
constexpr FieldSpec iqercd_fields[] = {{48, 16, "ICESID", Word::ro, F::always},
                                       {32, 16, "ITESID", Word::ro, F::always},
                                       {0, 4, "IQEI", Word::ro, F::always}};
constexpr FieldSpec irta_fields[] = {{12, 52, "IRTA", Word::rw, F::always},
                                     {11, 1, "EIME", Word::rw, F::extended_ids},
                                     {0, 4, "S", Word::rw, F::always}};

constexpr FieldSpec pqh_fields[] = {{5, 14, "PQH", Word::rw, F::always}};
constexpr FieldSpec pqt_fields[] = {{5, 14, "PQT", Word::rw, F::always}};
constexpr FieldSpec pqa_fields[] = {{12, 52, "PQA", Word::rw, F::always},
                                    {0, 3, "PQS", Word::rw, F::always}};
constexpr FieldSpec prs_fields[] = {{1, 1, "PRO", Word::w1c, F::always},
                                    {0, 1, "PPR", Word::w1c, F::always}};

constexpr FieldSpec iva_fields[] = {{12, 52, "ADDR", Word::rw, F::always},
                                    {6, 1, "IH", Word::rw, F::always},
                                    {0, 6, "AM", Word::rw, F::always}};
constexpr FieldSpec iotlb_fields[] = {
    {63, 1, "IVT", Word::rw, F::always},      {60, 2, "IIRG", Word::rw, F::always},
    {57, 2, "IAIG", Word::ro, F::always},     {49, 1, "DR", Word::rw, F::drain_reads},
    {48, 1, "DW", Word::rw, F::drain_writes}, {32, 16, "DID", Word::rw, F::always}};

constexpr FieldSpec frcd_low_fields[] = {{12, 52, "FI", Word::ro, F::always}};
constexpr FieldSpec frcd_high_fields[] = {
    {63, 1, "F", Word::w1c, F::always},        {62, 1, "T1", Word::ro, F::always},
    {60, 2, "AT", Word::ro, F::device_tlb},    {40, 20, "PV", Word::ro, F::scalable},
    {32, 8, "FR", Word::ro, F::always},        {31, 1, "PP", Word::ro, F::scalable},
    {30, 1, "EXE", Word::ro, F::scalable},     {29, 1, "PRIV", Word::ro, F::scalable},
    {28, 1, "T2", Word::ro, F::page_requests}, {0, 16, "SID", Word::ro, F::always}};

constexpr FieldSpec no_fields[] = {{0, 0, "", Word::reserved, F::always}};

template <std::size_t N>
constexpr RegisterSpec entry(const char* name, std::uint32_t offset, std::uint8_t width,
                             Feature needs, std::uint64_t reset, const char* section,
                             const FieldSpec (&fields)[N]) {
  return {name, offset, width, needs, reset, section, fields, N};
}

constexpr std::array<RegisterSpec, 36> fixed{{
    entry("VER_REG", ver, 32, F::always, 0, "10.4.1", ver_fields),
    // Their fields are those of the configuration: capability_fields().
    {"CAP_REG", cap, 64, F::always, 0, "10.4.2", no_fields, 0},
    {"ECAP_REG", ecap, 64, F::always, 0, "10.4.3", no_fields, 0},
    entry("GCMD_REG", gcmd, 32, F::always, 0, "10.4.4", gcmd_fields),
    entry("GSTS_REG", gsts, 32, F::always, 0, "10.4.5", gsts_fields),
    entry("RTADDR_REG", rtaddr, 64, F::always, 0, "10.4.6", rtaddr_fields),
    entry("CCMD_REG", ccmd, 64, F::always, 0, "10.4.7", ccmd_fields),
    entry("FSTS_REG", fsts, 32, F::always, 0, "10.4.9", fsts_fields),
    entry("FECTL_REG", fectl, 32, F::always, interrupt_mask, "10.4.10", event_control_fields),
    entry("FEDATA_REG", fedata, 32, F::always, 0, "10.4.11", event_data_fields),
    entry("FEADDR_REG", feaddr, 32, F::always, 0, "10.4.12", event_address_fields),
    entry("FEUADDR_REG", feuaddr, 32, F::always, 0, "10.4.13", event_upper_fields),
    entry("AFLOG_REG", aflog, 64, F::fault_log, 0, "10.4.15", aflog_fields),
    entry("PMEN_REG", pmen, 32, F::protected_any, 0, "10.4.16", pmen_fields),
    entry("PLMBASE_REG", plmbase, 32, F::protected_low, 0, "10.4.17", plmbase_fields),
    entry("PLMLIMIT_REG", plmlimit, 32, F::protected_low, 0, "10.4.18", plmlimit_fields),
    entry("PHMBASE_REG", phmbase, 64, F::protected_high, 0, "10.4.19", phmbase_fields),
    entry("PHMLIMIT_REG", phmlimit, 64, F::protected_high, 0, "10.4.20", phmlimit_fields),
    entry("IQH_REG", iqh, 64, F::queue, 0, "10.4.21", iqh_fields),
    entry("IQT_REG", iqt, 64, F::queue, 0, "10.4.22", iqt_fields),
    entry("IQA_REG", iqa, 64, F::queue, 0, "10.4.23", iqa_fields),
    entry("ICS_REG", ics, 32, F::queue, 0, "10.4.24", ics_fields),
    entry("IECTL_REG", iectl, 32, F::queue, interrupt_mask, "10.4.25", event_control_fields),
    entry("IEDATA_REG", iedata, 32, F::queue, 0, "10.4.26", event_data_fields),
    entry("IEADDR_REG", ieaddr, 32, F::queue, 0, "10.4.27", event_address_fields),
    entry("IEUADDR_REG", ieuaddr, 32, F::queue, 0, "10.4.28", event_upper_fields),
    entry("IQERCD_REG", iqercd, 64, F::scalable, 0, "11.4.9.9 of 4.1", iqercd_fields),
    entry("IRTA_REG", irta, 64, F::interrupts, 0, "10.4.29", irta_fields),
    entry("PQH_REG", pqh, 64, F::page_requests, 0, "10.4.30", pqh_fields),
    entry("PQT_REG", pqt, 64, F::page_requests, 0, "10.4.31", pqt_fields),
    entry("PQA_REG", pqa, 64, F::page_requests, 0, "10.4.32", pqa_fields),
    entry("PRS_REG", prs, 32, F::page_requests, 0, "10.4.33", prs_fields),
    entry("PECTL_REG", pectl, 32, F::page_requests, interrupt_mask, "10.4.34",
          event_control_fields),
    entry("PEDATA_REG", pedata, 32, F::page_requests, 0, "10.4.35", event_data_fields),
    entry("PEADDR_REG", peaddr, 32, F::page_requests, 0, "10.4.36", event_address_fields),
    entry("PEUADDR_REG", peuaddr, 32, F::page_requests, 0, "10.4.37", event_upper_fields),
}};

constexpr std::array<RegisterSpec, 2> iotlb_pair{{
    entry("IVA_REG", iva, 64, F::always, 0, "10.4.8.2", iva_fields),
    entry("IOTLB_REG", iotlb, 64, F::always, 0, "10.4.8.1", iotlb_fields),
}};

constexpr std::array<RegisterSpec, 2> record_halves{{
    entry("FRCD_REG low", 0, 64, F::always, 0, "10.4.14", frcd_low_fields),
    entry("FRCD_REG high", 8, 64, F::always, 0, "10.4.14", frcd_high_fields),
}};

// VT-d 4.1 §11.4.13 to §11.4.15; memory type ranges §10.4.38 to §10.4.42 of 3.0.
constexpr std::array<UnmodelledRegisters, 4> unmodelled{{
    {"memory type ranges (MTS)", 0x100, 0x1E7, &ExtendedCapability::memory_type, nullptr},
    {"performance monitoring (PMS)", 0x300, 0x38F, &ExtendedCapability::performance_monitoring,
     nullptr},
    {"enhanced commands (ECMDS)", 0x400, 0x44F, nullptr, &Capability::enhanced_commands},
    {"virtual commands (VCS)", 0xE00, 0xE37, &ExtendedCapability::virtual_commands, nullptr},
}};

}  // namespace

const UnmodelledRegisters* unmodelled_at(std::uint64_t offset, const Capability& capability,
                                         const ExtendedCapability& extended) {
  for (const UnmodelledRegisters& block : unmodelled) {
    if (offset < block.first || offset > block.last) continue;
    const bool there =
        block.extended != nullptr ? extended.*block.extended : capability.*block.capability;
    if (there) return &block;
  }
  return nullptr;
}

bool has(const Capability& capability, const ExtendedCapability& extended, Feature feature) {
  switch (feature) {
    case F::always:
      return true;
    case F::fault_log:
      return capability.advanced_fault_log;
    case F::buffer_flush:
      return capability.write_buffer_flush;
    case F::protected_any:
      return capability.protected_low || capability.protected_high;
    case F::protected_low:
      return capability.protected_low;
    case F::protected_high:
      return capability.protected_high;
    case F::drain_reads:
      return capability.drain_reads;
    case F::drain_writes:
      return capability.drain_writes;
    case F::queue:
      return extended.queued_invalidation;
    case F::device_tlb:
      return extended.device_tlb;
    case F::interrupts:
      return extended.interrupt_remapping;
    case F::extended_ids:
      return extended.extended_interrupt;
    case F::page_requests:
      return extended.page_requests;
    case F::table_mode:
      return extended.scalable_mode || extended.abort_mode;
    case F::scalable:
      return extended.scalable_mode;
    case F::extended_context:
      return extended.extended_context && !extended.scalable_mode && !extended.abort_mode;
  }
  return false;
}

RegisterMasks masks_of(const RegisterSpec& spec, const Capability& capability,
                       const ExtendedCapability& extended) {
  RegisterMasks masks;
  if (!has(capability, extended, spec.needs)) return masks;
  for (std::size_t i = 0; i < spec.field_count; ++i) {
    const FieldSpec& field = spec.fields[i];
    if (!has(capability, extended, field.needs)) continue;
    const std::uint64_t bits = spec::bit_range(field.lsb, field.width);
    if (field.word == Word::rw) masks.writable |= bits;
    if (field.word == Word::w1c) masks.clears |= bits;
  }
  return masks;
}

RegisterList registers() { return {fixed.data(), fixed.size()}; }
RegisterList iotlb_registers() { return {iotlb_pair.data(), iotlb_pair.size()}; }
RegisterList fault_record_registers() { return {record_halves.data(), record_halves.size()}; }

}  // namespace apicsim::vtd
