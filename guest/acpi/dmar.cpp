#include "guest/acpi/dmar.h"

#include "guest/acpi/acpi.h"
#include "guest/acpi/dmar_tables.h"
#include "guest/arch/io.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/dmi.h"
#include "guest/kernel/messages.h"
#include "guest/mm/kernel_map.h"

namespace {

constexpr int kMostUnits = 64;
DmarUnit units[kMostUnits];
int unit_total;
bool warned_of_unit;

const AcpiDmar* find_dmar() {
  const AcpiHeader* table = acpi_find_table("DMAR");
  if (table == nullptr || table->length < sizeof(AcpiDmar)) return nullptr;
  return reinterpret_cast<const AcpiDmar*>(table);
}

void warn_invalid_unit(u64 base, const char* what) {
  if (warned_of_unit) return;
  warned_of_unit = true;
  warn_firmware(__FILE__, __LINE__, msg::kBrokenDmarUnit, base, what, dmi_bios_vendor(),
                dmi_bios_version(), dmi_product_version());
}

void warn_unknown_affinity(u64 base) {
  warn_firmware(__FILE__, __LINE__, msg::kBrokenRhsa, base, dmi_bios_vendor(), dmi_bios_version(),
                dmi_product_version());
}

// False if nothing answers there.
bool read_unit(u64 base, DmarUnit* unit) {
  auto* registers = static_cast<volatile u8*>(ioremap(base, 0x1000));
  if (registers == nullptr) return false;
  *unit = {base, registers, readq(registers + kVtdCap), readq(registers + kVtdEcap)};
  return unit->cap != ~u64{0} || unit->ecap != ~u64{0};
}

bool parse_drhd(const DmarDrhd& drhd) {
  if (drhd.base == 0) {
    warn_invalid_unit(0, "");
    return false;
  }
  DmarUnit unit;
  if (!read_unit(drhd.base, &unit)) {
    warn_invalid_unit(drhd.base, " returns all ones");
    return false;
  }
  const u32 version = readl(unit.registers + kVtdVersion);
  printk(msg::kIommu, unit_total, static_cast<unsigned long long>(drhd.base), version >> 4 & 15,
         version & 15, static_cast<unsigned long long>(unit.cap),
         static_cast<unsigned long long>(unit.ecap));
  if (unit_total < kMostUnits) units[unit_total++] = unit;
  return true;
}

int unit_at(u64 base) {
  for (int i = 0; i < unit_total; ++i) {
    if (units[i].base == base) return i;
  }
  return -1;
}

void parse_rhsa(const DmarRhsa& rhsa) {
  if (unit_at(rhsa.base) < 0) warn_unknown_affinity(rhsa.base);
}

// The structure as T; null, with a warning, if it is too short to be one.
template <typename T>
const T* structure_as(const DmarStructure& s) {
  if (s.length >= sizeof(T)) return reinterpret_cast<const T*>(&s);
  printk(msg::kDmarShort);
  return nullptr;
}

// False ends the reading of the table.
bool parse_structure(const DmarStructure& s) {
  switch (s.type) {
    case kDrhd: {
      const auto* drhd = structure_as<DmarDrhd>(s);
      if (drhd == nullptr) return false;
      printk(msg::kDrhd, static_cast<unsigned long long>(drhd->base), drhd->flags);
      return parse_drhd(*drhd);
    }
    case kRmrr: {
      const auto* rmrr = structure_as<DmarRmrr>(s);
      if (rmrr == nullptr) return false;
      printk(msg::kRmrr, static_cast<unsigned long long>(rmrr->base),
             static_cast<unsigned long long>(rmrr->limit));
      return true;
    }
    case kAtsr: {
      const auto* atsr = structure_as<DmarAtsr>(s);
      if (atsr == nullptr) return false;
      printk(msg::kAtsr, atsr->flags);
      return true;
    }
    case kRhsa: {
      const auto* rhsa = structure_as<DmarRhsa>(s);
      if (rhsa == nullptr) return false;
      printk(msg::kRhsa, static_cast<unsigned long long>(rhsa->base), rhsa->domain);
      parse_rhsa(*rhsa);
      return true;
    }
    default:
      printk(msg::kDmarUnknown, s.type);
      return true;
  }
}

// Calls visit for each structure until it returns false. False if the table is damaged, or visit
// said so.
bool walk(const AcpiDmar& table, bool (*visit)(const DmarStructure& s)) {
  const u8* bytes = reinterpret_cast<const u8*>(&table);
  for (size_t at = sizeof(AcpiDmar); at + sizeof(DmarStructure) <= table.header.length;) {
    const auto& s = *reinterpret_cast<const DmarStructure*>(bytes + at);
    if (s.length == 0) {
      printk(msg::kDmarZeroLength);
      return false;
    }
    if (at + s.length > table.header.length) {
      printk(msg::kDmarPastEnd);
      return false;
    }
    if (!visit(s)) return false;
    at += s.length;
  }
  return true;
}

bool check_unit(const DmarStructure& s) {
  if (s.type != kDrhd || s.length < sizeof(DmarDrhd)) return true;
  const u64 base = reinterpret_cast<const DmarDrhd&>(s).base;
  DmarUnit unit;
  if (base == 0)
    warn_invalid_unit(0, "");
  else if (!read_unit(base, &unit))
    warn_invalid_unit(base, " returns all ones");
  else
    return true;
  return false;
}

}  // namespace

void dmar_detect() {
  const AcpiDmar* table = find_dmar();
  if (table != nullptr) walk(*table, check_unit);
}

bool dmar_table_init() {
  const AcpiDmar* table = find_dmar();
  if (table == nullptr) return false;
  if (table->width < 11) {  // PAGE_SHIFT - 1
    printk(msg::kDmarBadWidth);
    printk(msg::kDmarFailed);
    return false;
  }
  printk(msg::kHostAddressWidth, table->width + 1);
  if (!walk(*table, parse_structure)) {
    printk(msg::kDmarFailed);
    return false;
  }
  if (unit_total == 0) printk(msg::kNoDmarUnits);
  return unit_total != 0;
}

int dmar_unit_count() { return unit_total; }
const DmarUnit& dmar_unit(int index) { return units[index]; }

bool dmar_remaps_interrupts() {
  const AcpiDmar* table = find_dmar();
  return table != nullptr && (table->flags & kDmarInterruptRemap) != 0;
}

bool dmar_x2apic_optout() {
  const AcpiDmar* table = find_dmar();
  return table != nullptr && (table->flags & kDmarX2apicOptOut) != 0;
}

int dmar_unit_at(u64 base) { return unit_at(base); }

void dmar_for_each(bool (*visit)(const DmarStructure& s)) {
  const AcpiDmar* table = find_dmar();
  if (table != nullptr) walk(*table, visit);
}
