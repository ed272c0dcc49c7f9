#include "models/apic/spec/local_apic_registers.h"

#include <algorithm>

namespace apicsim::lapic {
namespace {

using spec::Word;

constexpr Access no = Access::none;
constexpr Access ro = Access::read_only;
constexpr Access rw = Access::read_write;
constexpr Access wo = Access::write_only;

constexpr std::uint32_t all = 0xFFFFFFFF;

using Words = std::array<Word, interface_count>;

/// Words in the order of Interface: 82489DX, P6, xAPIC, x2APIC.
constexpr Words everywhere(Word word) { return {word, word, word, word}; }
constexpr Words on_pages(Word word) { return {word, word, word, Word::absent}; }
constexpr Words in_msr(Word word) { return {Word::absent, Word::absent, Word::absent, word}; }
constexpr Words integrated(Word word) { return {Word::reserved, word, word, word}; }
constexpr Words since_xapic(Word word) { return {Word::reserved, Word::reserved, word, word}; }
constexpr Words before_xapic(Word word) { return {word, word, Word::reserved, Word::reserved}; }

constexpr Words read_write = everywhere(Word::rw);
constexpr Words read_only = everywhere(Word::ro);

constexpr FieldSpec id[] = {
    {24, 8, "APIC ID", {Word::rw, Word::absent, Word::rw, Word::absent}},
    {24, 4, "APIC ID", {Word::absent, Word::rw, Word::absent, Word::absent}},
    {0, 32, "x2APIC ID", in_msr(Word::ro)}};

constexpr FieldSpec version[] = {
    {0, 8, "version", read_only},
    {16, 8, "number of LVT entries - 1", integrated(Word::ro)},
    {24, 1, "EOI broadcast can be suppressed", since_xapic(Word::ro)},
};

constexpr FieldSpec tpr[] = {{0, 4, "sub-class", read_write}, {4, 4, "class", read_write}};
constexpr FieldSpec ppr[] = {{0, 4, "sub-class", read_only}, {4, 4, "class", read_only}};

constexpr FieldSpec apr[] = {
    {0, 4, "sub-class", before_xapic(Word::ro)},
    {4, 4, "class", before_xapic(Word::ro)},
};
constexpr FieldSpec rrd[] = {{0, 32, "register read", before_xapic(Word::ro)}};

constexpr FieldSpec eoi[] = {{0, 32, "any value", on_pages(Word::wo)},
                             {0, 32, "zero", in_msr(Word::wo_zero)}};

constexpr FieldSpec ldr[] = {
    {0, 32, "logical ID", {Word::rw, Word::absent, Word::absent, Word::absent}},
    {24, 8, "logical ID", {Word::absent, Word::rw, Word::rw, Word::absent}},
    {0, 16, "bit in the cluster", in_msr(Word::ro)},
    {16, 16, "cluster", in_msr(Word::ro)},
};

constexpr FieldSpec dfr[] = {{28, 4, "model", on_pages(Word::rw)},
                             {0, 28, "ones", on_pages(Word::ro)}};

constexpr FieldSpec svr_fields[] = {
    {0, 4, "ones", {Word::ro, Word::ro, Word::absent, Word::absent}},
    {4, 4, "vector", {Word::rw, Word::rw, Word::absent, Word::absent}},
    {0, 8, "vector", {Word::absent, Word::absent, Word::rw, Word::rw}},
    {8, 1, "software enable", read_write},
    {9, 1, "no focus check", {Word::reserved, Word::rw, Word::kept, Word::reserved}},
    {12, 1, "suppress EOI broadcast", since_xapic(Word::rw), Feature::directed_eoi},
};

/// Vectors below 16 are never set, §11.5.2.
constexpr FieldSpec first_vectors[] = {{16, 16, "vectors 31..16", read_only}};
constexpr FieldSpec vectors[] = {{0, 32, "vectors", read_only}};

/// A store to the page takes any value, WRMSR takes zero (§11.5.3).
constexpr Words error_bit = {Word::absent, Word::ro, Word::ro, Word::ro_zero};
constexpr Words bus_error = {Word::absent, Word::ro, Word::reserved, Word::reserved};
constexpr FieldSpec esr_fields[] = {
    {0, 1, "send checksum", bus_error},
    {1, 1, "receive checksum", bus_error},
    {2, 1, "send accept", bus_error},
    {3, 1, "receive accept", bus_error},
    {4, 1, "redirectable IPI", {Word::absent, Word::reserved, Word::ro, Word::ro_zero}},
    {5, 1, "send illegal vector", error_bit},
    {6, 1, "receive illegal vector", error_bit},
    {7, 1, "illegal register address", error_bit},
};

// §11.5.1, Figure 11-8: which bits each kind of LVT entry has.
constexpr FieldSpec vector_field = {0, 8, "vector", read_write};
constexpr FieldSpec mode_field = {8, 3, "delivery mode", read_write};
constexpr FieldSpec status_field = {12, 1, "delivery status", read_only};
constexpr FieldSpec mask_field = {16, 1, "mask", read_write};

constexpr FieldSpec source_entry[] = {vector_field, mode_field, status_field, mask_field};
constexpr FieldSpec error_entry[] = {vector_field, status_field, mask_field};
constexpr FieldSpec pin_entry[] = {vector_field,
                                   mode_field,
                                   status_field,
                                   {13, 1, "active low", read_write},
                                   {14, 1, "remote IRR", read_only},
                                   {15, 1, "level triggered", read_write},
                                   mask_field};
constexpr FieldSpec timer_entry[] = {
    vector_field,
    status_field,
    mask_field,
    {17, 1, "periodic", read_write},
    {18, 1, "TSC deadline", since_xapic(Word::rw), Feature::tsc_deadline},
    {18, 2, "time base", {Word::rw, Word::absent, Word::absent, Word::absent}},
};

/// §11.6.1, Figure 11-12; the page keeps reserved bits, and the high half in x2APIC mode is the
/// destination. Delivery status has no meaning in x2APIC mode and is ignored (§11.12.9).
constexpr Words reserved_icr = {Word::kept, Word::kept, Word::kept, Word::reserved};
constexpr FieldSpec icr_fields[] = {
    vector_field,
    mode_field,
    {11, 1, "logical destination", read_write},
    status_field,
    {13, 1, "reserved", reserved_icr},
    {14, 1, "level assert", read_write},
    {15, 1, "level triggered", read_write},
    {16, 2, "remote read status", {Word::ro, Word::ro, Word::absent, Word::absent}},
    {16, 2, "reserved", {Word::absent, Word::absent, Word::kept, Word::reserved}},
    {18, 2, "shorthand", read_write},
    {20, 12, "reserved", reserved_icr},
    {32, 32, "destination", in_msr(Word::rw)},
};
constexpr FieldSpec icr_high[] = {
    {0, 32, "destination", {Word::rw, Word::absent, Word::absent, Word::absent}},
    {24, 8, "destination", {Word::absent, Word::rw, Word::rw, Word::absent}},
};

constexpr FieldSpec count_written[] = {{0, 32, "count", read_write}};
constexpr FieldSpec count_read[] = {{0, 32, "count", read_only}};
constexpr FieldSpec divide[] = {{0, 2, "divisor 1:0", read_write}, {3, 1, "divisor 2", read_write}};
constexpr FieldSpec self_ipi[] = {{0, 8, "vector", in_msr(Word::wo)}};

constexpr bool takes_value(Word word) {
  return word == Word::rw || word == Word::kept || word == Word::wo || word == Word::w1c;
}

template <std::size_t N>
constexpr WriteMasks write_masks(const FieldSpec (&fields)[N], std::size_t from) {
  WriteMasks masks;
  for (const FieldSpec& field : fields) {
    const std::uint64_t bits = spec::bit_range(field.lsb, field.width);
    if (takes_value(field.words[from])) masks.writable |= bits;
    if (takes_value(field.words[from]) || field.words[from] == Word::ro) masks.legal |= bits;
  }
  return masks;
}

/// Accesses in the order of Interface.
using Accesses = std::array<Access, interface_count>;

template <std::size_t N>
constexpr RegisterSpec row(std::uint32_t offset, const char* name, Accesses access,
                           std::uint32_t reset, const FieldSpec (&fields)[N], const char* section,
                           Feature whole = Feature::always) {
  RegisterSpec spec{static_cast<std::uint16_t>(offset),
                    name,
                    access[0],
                    access[1],
                    access[2],
                    access[3],
                    reset,
                    section,
                    whole,
                    whole == Feature::always ? 0 : ~std::uint64_t{0},
                    fields,
                    N,
                    {write_masks(fields, 0), write_masks(fields, 1), write_masks(fields, 2),
                     write_masks(fields, 3)}};
  for (const FieldSpec& field : fields) {
    if (field.feature == Feature::always) continue;
    spec.feature = field.feature;
    spec.feature_bits = spec::bit_range(field.lsb, field.width);
  }
  return spec;
}

constexpr RegisterSpec vector_row(std::uint32_t offset, const char* name) {
  return row(offset, name, {ro, ro, ro, ro}, 0, vectors, "11.8.4");
}
constexpr RegisterSpec first_row(std::uint32_t offset, const char* name) {
  return row(offset, name, {ro, ro, ro, ro}, 0, first_vectors, "11.8.4");
}
constexpr RegisterSpec lvt_row(std::uint32_t offset, const char* name, const FieldSpec (&fields)[4],
                               Feature feature, Access p6) {
  return row(offset, name, {no, p6, rw, rw}, lvt::mask, fields, "11.5.1", feature);
}
constexpr RegisterSpec pin_row(std::uint32_t offset, const char* name) {
  return row(offset, name, {rw, rw, rw, rw}, lvt::mask, pin_entry, "11.5.1");
}

constexpr std::array<RegisterSpec, register_count> table{{
    row(reg::id, "ID", {rw, rw, rw, ro}, 0, id, "11.4.6"),
    row(reg::version, "VERSION", {ro, ro, ro, ro}, 0, version, "11.4.8"),
    row(reg::tpr, "TPR", {rw, rw, rw, rw}, 0, tpr, "11.8.3.1"),
    row(reg::apr, "APR", {ro, ro, ro, no}, 0, apr, "11.6.2.4"),
    row(reg::ppr, "PPR", {ro, ro, ro, ro}, 0, ppr, "11.8.3.1"),
    row(reg::eoi, "EOI", {wo, wo, wo, wo}, 0, eoi, "11.8.5"),
    row(reg::rrd, "RRD", {ro, ro, ro, no}, 0, rrd, "Table 11-1"),
    row(reg::ldr, "LDR", {rw, rw, rw, ro}, 0, ldr, "11.6.2.2"),
    row(reg::dfr, "DFR", {rw, rw, rw, no}, all, dfr, "11.6.2.2"),
    row(reg::svr, "SVR", {rw, rw, rw, rw}, 0xFF, svr_fields, "11.9"),
    first_row(0x100, "ISR0"),
    vector_row(0x110, "ISR1"),
    vector_row(0x120, "ISR2"),
    vector_row(0x130, "ISR3"),
    vector_row(0x140, "ISR4"),
    vector_row(0x150, "ISR5"),
    vector_row(0x160, "ISR6"),
    vector_row(0x170, "ISR7"),
    first_row(0x180, "TMR0"),
    vector_row(0x190, "TMR1"),
    vector_row(0x1A0, "TMR2"),
    vector_row(0x1B0, "TMR3"),
    vector_row(0x1C0, "TMR4"),
    vector_row(0x1D0, "TMR5"),
    vector_row(0x1E0, "TMR6"),
    vector_row(0x1F0, "TMR7"),
    first_row(0x200, "IRR0"),
    vector_row(0x210, "IRR1"),
    vector_row(0x220, "IRR2"),
    vector_row(0x230, "IRR3"),
    vector_row(0x240, "IRR4"),
    vector_row(0x250, "IRR5"),
    vector_row(0x260, "IRR6"),
    vector_row(0x270, "IRR7"),
    row(reg::esr, "ESR", {no, rw, rw, rw}, 0, esr_fields, "11.5.3"),
    lvt_row(reg::lvt_cmci, "LVT_CMCI", source_entry, Feature::cmci, no),
    row(reg::icr, "ICR", {rw, rw, rw, rw}, 0, icr_fields, "11.6.1"),
    row(reg::icr_high, "ICR_HIGH", {rw, rw, rw, no}, 0, icr_high, "11.6.1"),
    row(reg::lvt_timer, "LVT_TIMER", {rw, rw, rw, rw}, lvt::mask, timer_entry, "11.5.1"),
    lvt_row(reg::lvt_thermal, "LVT_THERMAL", source_entry, Feature::thermal, no),
    lvt_row(reg::lvt_performance, "LVT_PERFORMANCE", source_entry, Feature::performance, rw),
    pin_row(reg::lvt_lint0, "LVT_LINT0"),
    pin_row(reg::lvt_lint1, "LVT_LINT1"),
    row(reg::lvt_error, "LVT_ERROR", {no, rw, rw, rw}, lvt::mask, error_entry, "11.5.1",
        Feature::error),
    row(reg::initial_count, "INITIAL_COUNT", {rw, rw, rw, rw}, 0, count_written, "11.5.4"),
    row(reg::current_count, "CURRENT_COUNT", {ro, ro, ro, ro}, 0, count_read, "11.5.4"),
    row(reg::divide, "DIVIDE", {rw, rw, rw, rw}, 0, divide, "11.5.4"),
    row(reg::self_ipi, "SELF_IPI", {no, no, no, wo}, 0, self_ipi, "11.12.11"),
}};

static_assert(table.back().offset != 0, "register_count is the number of rows");

}  // namespace

const std::array<RegisterSpec, register_count>& registers() { return table; }

const RegisterSpec* find_register(std::uint32_t offset) {
  const auto row =
      std::lower_bound(table.begin(), table.end(), offset,
                       [](const RegisterSpec& spec, std::uint32_t o) { return spec.offset < o; });
  return row != table.end() && row->offset == offset ? &*row : nullptr;
}

}  // namespace apicsim::lapic
