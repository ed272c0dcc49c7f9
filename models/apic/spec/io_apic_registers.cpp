#include "models/apic/spec/io_apic_registers.h"

namespace apicsim::ioapic {
namespace {

using spec::Word;

using Words = std::array<Word, generation_count>;
constexpr Words read_write = {Word::rw, Word::rw};
constexpr Words read_only = {Word::ro, Word::ro};
constexpr Words write_only_with_eoi = {Word::absent, Word::wo};

constexpr FieldSpec select_fields[] = {{0, 8, "index", read_write}};
constexpr FieldSpec data_fields[] = {{0, 32, "the register that IOREGSEL names", read_write}};
constexpr FieldSpec eoi_fields[] = {{0, 8, "vector", write_only_with_eoi}};
constexpr FieldSpec id_fields[] = {{24, 4, "I/O APIC ID", read_write}};
constexpr FieldSpec version_fields[] = {{0, 8, "version", read_only},
                                        {16, 8, "number of entries - 1", read_only}};
constexpr FieldSpec arbitration_fields[] = {{24, 4, "arbitration ID: the ID", read_only}};
constexpr FieldSpec entry_fields[] = {
    {0, 8, "vector", read_write},
    {8, 3, "delivery mode", read_write},
    {11, 1, "logical destination", read_write},
    {12, 1, "delivery status", read_only},
    {13, 1, "active low", read_write},
    {14, 1, "remote IRR", read_only},
    {15, 1, "level triggered", read_write},
    {16, 1, "mask", read_write},
    {48, 8, "extended destination ID", {Word::reserved, Word::rw}},
    {56, 8, "destination", read_write},
};

template <std::size_t N>
constexpr RegisterSpec row(const char* name, const char* place, const char* reset,
                           const char* section, std::uint8_t width, const FieldSpec (&fields)[N],
                           bool needs_eoi = false) {
  return {name, place, reset, section, width, needs_eoi, fields, N};
}

constexpr std::array<RegisterSpec, register_count> rows = {{
    row("IOREGSEL", "0x00", "0", "3.1.1", 8, select_fields),
    row("IOWIN", "0x10", "–", "3.1.2", 32, data_fields),
    row("EOI", "0x40", "–", "ICH9 13.5.4", 8, eoi_fields, true),
    row("IOAPICID", "index 0x00", "of the board", "3.2.1", 32, id_fields),
    row("IOAPICVER", "index 0x01", "of the chip", "3.2.2", 32, version_fields),
    row("IOAPICARB", "index 0x02", "the ID", "3.2.3", 32, arbitration_fields),
    row("IOREDTBL", "index 0x10 + 2n, 0x11 + 2n", "0x10000", "3.2.4", 64, entry_fields),
}};

std::uint64_t writable(const RegisterSpec& spec, Generation generation) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < spec.field_count; ++i) {
    const FieldSpec& field = spec.fields[i];
    if (field.words[static_cast<std::size_t>(generation)] == Word::rw)
      bits |= spec::bit_range(field.lsb, field.width);
  }
  return bits;
}

}  // namespace

const std::array<RegisterSpec, register_count>& registers() { return rows; }

std::uint32_t writable_id(Generation generation) {
  return static_cast<std::uint32_t>(writable(rows[3], generation));
}

std::uint64_t writable_entry(Generation generation) { return writable(rows[6], generation); }

}  // namespace apicsim::ioapic
