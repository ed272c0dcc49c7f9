// The DMAR table as a whole: drivers/iommu/dmar.c of the kernels modelled (drivers/iommu/intel/ in
// 6.1).
#include "guest/acpi/dmar.h"

#include "guest/acpi/acpi.h"
#include "guest/acpi/dmar_parse.h"
#include "guest/include/errno.h"
#include "guest/kernel/messages.h"

namespace {

// Since 3.18 ("iommu/vt-d: Introduce helper functions to make code symmetric for readability") one
// walk serves all who read the table. It knows where the table ends.
constexpr bool kOneWalk = release::since(3, 18);
// Linux counts the unit structures since then, and says so if there are none.
constexpr bool kCountsUnits = kOneWalk;
// The last type of structure that a release knows.
constexpr u16 kLastType = release::since(5, 12) ? kSatc : release::since(3, 15) ? kAndd : kRhsa;

bool detected;

using Visit = int (*)(const DmarStructure& s);

const DmarStructure& structure_at(const AcpiDmar& table, size_t at) {
  return *reinterpret_cast<const DmarStructure*>(reinterpret_cast<const u8*>(&table) + at);
}

// dmar_walk_remapping_entries(); and before that, the loops of parse_dmar_table() and
// check_zero_address(), which take a structure at its word.
int walk(const AcpiDmar& table, Visit visit) {
  const size_t end = table.header.length;
  for (size_t at = sizeof(AcpiDmar); at < end;) {
    const DmarStructure& s = structure_at(table, at);
    if (s.length == 0) {
      if (kOneWalk) break;
      printk(msg::kDmarZeroLength);
      return -EINVAL;
    }
    if (kOneWalk && at + s.length > end) {
      printk(msg::kDmarPastEnd);
      return -EINVAL;
    }
    const int result = visit(s);
    if (result != 0) return result;
    at += s.length;
  }
  return 0;
}

template <typename T>
const T& structure_as(const DmarStructure& s) {
  return reinterpret_cast<const T&>(s);
}

int drhd_total;

int parse_structure(const DmarStructure& s) {
  dmar_print_structure(s);
  if (s.type > kLastType) {
    // Said at a level that nobody sees since 3.18.
    if (!kOneWalk) printk(msg::kDmarUnknown, s.type);
    return 0;
  }
  switch (s.type) {
    case kDrhd: {
      const int result = dmar_parse_drhd(structure_as<DmarDrhd>(s));
      if (result == 0) ++drhd_total;
      return result;
    }
    case kRmrr:
      return dmar_parse_rmrr(structure_as<DmarRmrr>(s));
    case kAtsr:
      return dmar_parse_atsr(structure_as<DmarAtsr>(s));
    case kRhsa:
      return dmar_parse_rhsa(structure_as<DmarRhsa>(s));
    case kAndd:
      return dmar_parse_andd(structure_as<DmarAndd>(s));
    default:
      return dmar_parse_satc(structure_as<DmarSatc>(s));
  }
}

int parse_table(const AcpiDmar& table) {
  if (table.width < 11) {  // PAGE_SHIFT - 1
    printk(msg::kDmarBadWidth);
    return -EINVAL;
  }
  printk(msg::kHostAddressWidth, table.width + 1);
  const int result = walk(table, parse_structure);
  if (kCountsUnits && result == 0 && drhd_total == 0) printk(msg::kNoDrhd);
  return result;
}

int init_table() {
  const AcpiDmar* table = dmar_table();
  if (table == nullptr) return -ENODEV;
  const int result = parse_table(*table);
  if (result != 0) {
    if (result != -ENODEV) printk(msg::kDmarFailed);
    return result;
  }
  if (dmar_unit_count() != 0) return 0;
  printk(msg::kNoDmarUnits);
  return -ENODEV;
}

int check_unit(const DmarStructure& s) {
  if (s.type != kDrhd) return 0;
  const u64 base = structure_as<DmarDrhd>(s).base;
  if (base == 0) {
    dmar_warn_invalid_unit(0, "");
    return -EINVAL;
  }
  if (dmar_unit_answers(base)) return 0;
  dmar_warn_invalid_unit(base, " returns all ones");
  return -EINVAL;
}

bool has_flag(u8 flag) {
  const AcpiDmar* table = dmar_table();
  return table != nullptr && (table->flags & flag) != 0;
}

}  // namespace

const AcpiDmar* dmar_table() { return reinterpret_cast<const AcpiDmar*>(acpi_find_table("DMAR")); }

void dmar_detect() {
  const AcpiDmar* table = dmar_table();
  detected = table != nullptr && walk(*table, check_unit) == 0;
}

bool dmar_detected() { return detected; }

bool dmar_table_init() {
  static bool asked;
  static int result;
  const bool again = asked;
  asked = true;
  if (!again) result = init_table();
  // Until 3.18 only the first who asks learns of a failure.
  return result == 0 || (again && !kOneWalk);
}

bool dmar_remaps_interrupts() { return has_flag(kDmarInterruptRemap); }
bool dmar_x2apic_optout() { return has_flag(kDmarX2apicOptOut); }
bool dmar_platform_optin() { return has_flag(kDmarPlatformOptIn); }

void dmar_for_each(bool (*visit)(const DmarStructure& s)) {
  const AcpiDmar* table = dmar_table();
  if (table == nullptr) return;
  for (size_t at = sizeof(AcpiDmar); at < table->header.length;) {
    const DmarStructure& s = structure_at(*table, at);
    if (s.length == 0 || !visit(s)) return;
    at += s.length;
  }
}
