// The remapping units that the DMAR table names: drivers/iommu/dmar.c alloc_iommu(), map_iommu().
#include "guest/acpi/dmar_parse.h"
#include "guest/arch/io.h"
#include "guest/boot/e820.h"
#include "guest/include/errno.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/dmi.h"
#include "guest/kernel/messages.h"
#include "guest/mm/kernel_map.h"
#include "guest/mm/layout.h"

namespace {

constexpr int kMostUnits = 64;
DmarUnit units[kMostUnits];
int unit_total;
int order[kMostUnits];
bool warned_of_unit;

// Five-level tables since 4.20 ("iommu/vt-d: Handle ... 57-bit").
constexpr int kDefaultWidth = release::since(4, 20) ? 57 : 48;
constexpr int kMostWidth = 64;
// A unit without any width is kept for its interrupts since 5.5 ("iommu/vt-d: Gracefully handle
// DMAR units with no supported address widths").
constexpr bool kKeepsUselessUnits = release::since(5, 5);
// Regions of registers are claimed since 3.5, so no two units may share one.
constexpr bool kClaimsRegisters = release::since(3, 5);

int sagaw(u64 cap) { return static_cast<int>(cap >> 8 & 31); }

// width_to_agaw(), then the widest that the unit has.
int widest(u64 cap, int width) {
  for (int agaw = (width - 30 + 8) / 9; agaw >= 0; --agaw) {
    if ((sagaw(cap) >> agaw & 1) != 0) return agaw;
  }
  return -1;
}

// request_mem_region(): nobody else has any of it. Memory is claimed by e820 entries that are not
// merely reserved.
bool region_free(u64 base, u64 size) {
  if (!kClaimsRegisters) return true;
  for (int i = 0; i < unit_total; ++i) {
    if (base < units[i].base + units[i].size && units[i].base < base + size) return false;
  }
  const u64 end = base + size;
  return !e820_any_mapped(base, end, kRam) && !e820_any_mapped(base, end, kAcpiData) &&
         !e820_any_mapped(base, end, kAcpiNvs);
}

// The registers that CAP.FRO and ECAP.IRO place lie behind the first page in some units.
u64 register_bytes(const DmarUnit& unit) {
  const u64 faults = ((unit.cap >> 24 & 0x3ff) + (unit.cap >> 40 & 0xff) + 1) * 16;
  const u64 iotlb = (unit.ecap >> 8 & 0x3ff) * 16 + 16;
  return max_of(align_up(max_of(faults, iotlb), kPageSize), kPageSize);
}

volatile u8* map_registers(u64 base, u64 size) {
  return static_cast<volatile u8*>(ioremap(base, size));
}

int claim(DmarUnit* unit, u64 size) {
  if (!region_free(unit->base, size)) {
    printk(msg::kUnitNotReserved);
    return -EBUSY;
  }
  unit->size = size;
  unit->registers = map_registers(unit->base, size);
  if (unit->registers != nullptr) return 0;
  printk(msg::kUnitNotMapped);
  return -ENOMEM;
}

int map_unit(DmarUnit* unit) {
  const int result = claim(unit, kPageSize);
  if (result != 0) return result;
  unit->cap = readq(unit->registers + kVtdCap);
  unit->ecap = readq(unit->registers + kVtdEcap);
  if (unit->cap == ~u64{0} && unit->ecap == ~u64{0}) {
    dmar_warn_invalid_unit(unit->base, " returns all ones");
    return -EINVAL;
  }
  const u64 size = register_bytes(*unit);
  return size > kPageSize ? claim(unit, size) : 0;
}

int choose_widths(DmarUnit* unit, int number) {
  unit->agaw = widest(unit->cap, kDefaultWidth);
  unit->msagaw = widest(unit->cap, kMostWidth);
  if (unit->agaw >= 0) return 0;
  unit->ignored = true;
  if (kKeepsUselessUnits && sagaw(unit->cap) == 0) {
    printk(msg::kUnitNoWidth, number);
    return 0;
  }
  printk(msg::kUnitBadWidth, number);
  return kKeepsUselessUnits ? 0 : -EINVAL;
}

void insert_in_order(int index) {
  int at = unit_total - 1;
  if (!units[index].include_all) {
    for (; at > 0; --at) order[at] = order[at - 1];
  }
  order[at] = index;
}

}  // namespace

void dmar_warn_invalid_unit(u64 base, const char* what) {
  if (warned_of_unit) return;
  warned_of_unit = true;
  dmar_firmware_bug(__FILE__, __LINE__, msg::kBrokenDmarUnit, static_cast<unsigned long long>(base),
                    what, dmi_bios_vendor(), dmi_bios_version(), dmi_product_version());
}

// WARN_TAINT until 5.6 ("iommu/vt-d: dmar: replace WARN_TAINT with pr_warn + add_taint").
void dmar_firmware_bug(const char* file, int line, const char* format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  if constexpr (release::since(5, 6)) {
    printk(KERN_WARNING "DMAR: [Firmware Bug]: %s", text);
    add_taint(Taint::kFirmwareWorkaround);
  } else {
    warn_firmware(file, line, "%s", text);
  }
}

bool dmar_unit_answers(u64 base) {
  volatile u8* registers = map_registers(base, kPageSize);
  if (registers == nullptr) return false;
  return readq(registers + kVtdCap) != ~u64{0} || readq(registers + kVtdEcap) != ~u64{0};
}

int dmar_bring_up_unit(DmarUnit* unit, int number) {
  if (unit->base == 0) {
    dmar_warn_invalid_unit(0, "");
    return -EINVAL;
  }
  int result = map_unit(unit);
  if (result != 0) {
    msg::print_unit_failed(number);
    return result;
  }
  result = choose_widths(unit, number);
  if (result != 0) return result;
  const u32 version = readl(unit->registers + kVtdVersion);
  printk(msg::kIommu, number, static_cast<unsigned long long>(unit->base), version >> 4 & 15,
         version & 15, static_cast<unsigned long long>(unit->cap),
         static_cast<unsigned long long>(unit->ecap));
  return 0;
}

int dmar_parse_drhd(const DmarDrhd& drhd) {
  // Until 3.18 a second structure for a unit is a second unit.
  if (release::since(3, 18)) {
    for (int i = 0; i < unit_total; ++i) {
      if (units[i].base == drhd.base && units[i].segment == drhd.segment) return 0;
    }
  }
  if (unit_total == kMostUnits) return -ENOMEM;
  DmarUnit unit = {};
  unit.base = drhd.base;
  unit.structure = &drhd;
  unit.segment = drhd.segment;
  unit.include_all = (drhd.flags & kDrhdIncludeAll) != 0;
  if (kScopesWithStructures) {
    unit.devices = dmar_alloc_devices_of(drhd);
    if (unit.devices.entries == nullptr) return -ENOMEM;
  }
  const int result = dmar_bring_up_unit(&unit, unit_total);
  if (result != 0) return result;
  units[unit_total] = unit;
  ++unit_total;
  insert_in_order(unit_total - 1);
  return 0;
}

int dmar_unit_at(u64 base) {
  for (int i = 0; i < unit_total; ++i) {
    if (units[i].base == base) return i;
  }
  return -1;
}

int dmar_unit_count() { return unit_total; }
const DmarUnit& dmar_unit(int index) { return units[index]; }
DmarUnit& dmar_unit_to_fill(int index) { return units[index]; }
int dmar_position(int position) { return order[position]; }
