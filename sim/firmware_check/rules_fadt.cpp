#include "models/firmware/spec/fadt_fields.h"
#include "sim/firmware_check/rule.h"

namespace apicsim {

namespace {

/// A block of the FADT in its two forms. `width`: bits that the standard block has, or 0.
struct Block {
  const char* name;
  const char* narrow;
  const char* length;
  const char* wide;
};
constexpr Block kBlocks[] = {
    {"Pm1aEventBlock", "pm1a_event_block", "pm1_event_length", "x_pm1a_event_block"},
    {"Pm1bEventBlock", "pm1b_event_block", "pm1_event_length", "x_pm1b_event_block"},
    {"Pm1aControlBlock", "pm1a_control_block", "pm1_control_length", "x_pm1a_control_block"},
    {"Pm1bControlBlock", "pm1b_control_block", "pm1_control_length", "x_pm1b_control_block"},
    {"Pm2ControlBlock", "pm2_control_block", "pm2_control_length", "x_pm2_control_block"},
    {"PmTimerBlock", "pm_timer_block", "pm_timer_length", "x_pm_timer_block"},
    {"Gpe0Block", "gpe0_block", "gpe0_length", "x_gpe0_block"},
    {"Gpe1Block", "gpe1_block", "gpe1_length", "x_gpe1_block"}};

const DecodedTable* fadt_of(const CheckInput& input) {
  const DecodedTable* fadt = input.tables.find("FACP");
  return fadt != nullptr && fadt->root.find("sci_interrupt") != nullptr ? fadt : nullptr;
}

std::uint64_t wide_number(const DecodedTable& fadt, const Block& block, const char* part) {
  return fadt.root.number(std::string(block.wide) + part);
}

void check_size(const CheckInput& input, Report& report) {
  const DecodedTable* fadt = fadt_of(input);
  if (fadt == nullptr) return;
  const auto revision = static_cast<std::uint8_t>(fadt->root.number("revision"));
  const std::size_t wanted = fadt::length(revision);
  if (fadt->root.length < wanted)
    report.add(*fadt, 4,
               fmt::format("{} bytes; revision {} has {}", fadt->root.length, revision, wanted));
}

void check_addresses(const CheckInput& input, Report& report) {
  const DecodedTable* fadt = fadt_of(input);
  if (fadt == nullptr) return;
  for (const Block& block : kBlocks) {
    const std::uint64_t narrow = fadt->root.number(block.narrow);
    const std::uint64_t wide = wide_number(*fadt, block, "_address");
    if (narrow != 0 && wide != 0 && narrow != wide)
      report.add(*fadt, fadt->root.place_of(block.narrow),
                 fmt::format("{}: {:#x} and {:#x}", block.name, narrow, wide));
  }
}

void check_lengths(const CheckInput& input, Report& report) {
  const DecodedTable* fadt = fadt_of(input);
  if (fadt == nullptr) return;
  for (const Block& block : kBlocks) {
    const std::uint64_t bits = fadt->root.number(block.length) * 8;
    const std::uint64_t wide = wide_number(*fadt, block, "_bit_width");
    // A width has one byte: blocks of 256 bits and more are not compared (ACPICA, tbfadt.c).
    if (wide_number(*fadt, block, "_address") != 0 && bits < 256 && bits != wide)
      report.add(*fadt, fadt->root.place_of(block.length),
                 fmt::format("{}: {} and {} bits", block.name, bits, wide));
  }
}

/// Widths that ACPI §4.8.3 gives to the standard blocks.
void check_widths(const CheckInput& input, Report& report) {
  const DecodedTable* fadt = fadt_of(input);
  if (fadt == nullptr) return;
  struct Width {
    const char* key;
    std::uint64_t bytes;
  };
  constexpr Width widths[] = {{"pm1_event_length", 4},
                              {"pm1_control_length", 2},
                              {"pm2_control_length", 1},
                              {"pm_timer_length", 4}};
  for (const Width& width : widths) {
    const std::uint64_t bytes = fadt->root.number(width.key);
    if (bytes != 0 && bytes != width.bytes)
      report.add(*fadt, fadt->root.place_of(width.key),
                 fmt::format("{} is {}; the block has {} bytes", width.key, bytes, width.bytes));
  }
}

void check_required(const CheckInput& input, Report& report) {
  const DecodedTable* fadt = fadt_of(input);
  constexpr std::uint64_t hardware_reduced = 1U << 20;
  if (fadt == nullptr || (fadt->root.number("flags") & hardware_reduced) != 0) return;
  for (const Block& block : {kBlocks[0], kBlocks[2], kBlocks[5]})
    if (fadt->root.number(block.narrow) == 0 && wide_number(*fadt, block, "_address") == 0)
      report.add(*fadt, fadt->root.place_of(block.narrow),
                 fmt::format("{} has no address", block.name));
  if (fadt->root.number("dsdt_address") == 0 && fadt->root.number("x_dsdt_address") == 0)
    report.add(*fadt, 40, "names no DSDT");
}

void check_two_dsdts(const CheckInput& input, Report& report) {
  const DecodedTable* fadt = fadt_of(input);
  if (fadt == nullptr) return;
  for (const char* const key : {"dsdt_address", "facs_address"}) {
    const std::uint64_t narrow = fadt->root.number(key);
    const std::uint64_t wide = fadt->root.number(std::string("x_") + key);
    if (narrow != 0 && wide != 0 && narrow != wide)
      report.add(*fadt, fadt->root.place_of(key),
                 fmt::format("{}: {:#x} and {:#x}", key, narrow, wide));
  }
}

void note_no_msi(const CheckInput& input, Report& report) {
  const DecodedTable* fadt = fadt_of(input);
  if (fadt != nullptr && (fadt->root.number("boot_flags") & 8) != 0)
    report.add(*fadt, 109, "MSI_NOT_SUPPORTED");
}

void note_physical(const CheckInput& input, Report& report) {
  const DecodedTable* fadt = fadt_of(input);
  if (fadt != nullptr && (fadt->root.number("flags") >> 19 & 1) != 0)
    report.add(*fadt, 112, "FORCE_APIC_PHYSICAL_DESTINATION");
}

constexpr Rule kRules[] = {
    {"fadt-length", "ACPI §5.2.9", Severity::error, "A FADT has the fields of its revision.",
     "the 64-bit addresses are missing; the kernel takes the 32-bit ones", check_size},
    {"fadt-address-mismatch", "ACPI §5.2.9; ACPICA tbfadt.c", Severity::error,
     "Both forms of a block's address agree.",
     "'ACPI BIOS Warning (bug): 32/64X address mismatch in FADT/...': kernels before 3.16 take the "
     "64-bit one, later ones the 32-bit one",
     check_addresses},
    {"fadt-length-mismatch", "ACPI §5.2.9; ACPICA tbfadt.c", Severity::warning,
     "Both forms of a block's length agree.",
     "'ACPI BIOS Warning (bug): 32/64X length mismatch in FADT/...'", check_lengths},
    {"fadt-block-width", "ACPI §4.8.3; ACPICA tbfadt.c", Severity::warning,
     "Standard blocks have their standard lengths.",
     "'ACPI BIOS Warning (bug): Invalid length for FADT/...', and the default is used",
     check_widths},
    {"fadt-required", "ACPI §5.2.9", Severity::error,
     "PM1a event and control block, PM timer and DSDT have an address.",
     "'Required FADT field ... has zero address and/or length': no ACPI mode, or no PM timer",
     check_required},
    {"fadt-two-tables", "ACPI §5.2.9 (X_DSDT, X_FIRMWARE_CTRL)", Severity::warning,
     "Both forms of the addresses of DSDT and FACS agree.",
     "the kernel takes the 64-bit DSDT, and looks at both FACS", check_two_dsdts},
    {"fadt-no-msi", "ACPI §5.2.9.3", Severity::note,
     "Firmware may say that message-signalled interrupts do not work.",
     "no MSI: 'ACPI FADT declares the system doesn't support MSI, so disable it'", note_no_msi},
    {"fadt-physical-apic", "ACPI §5.2.9 table 5-35", Severity::note,
     "Firmware may ask for physical destinations.",
     "'physical flat' or 'physical x2apic' routing instead of the logical one", note_physical},
};

}  // namespace

RuleList fadt_rules() { return kRules; }

}  // namespace apicsim
