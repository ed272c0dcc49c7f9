// Device scopes: which unit stands above a device (VT-d §8.3.1).
#include "guest/acpi/dmar.h"
#include "guest/acpi/dmar_tables.h"
#include "guest/drivers/pci.h"
#include "guest/drivers/pci_config.h"
#include "guest/kernel/messages.h"

namespace {

constexpr int kIds = 256;

struct Found {
  bool present;
  DmarSource source;
};
Found io_apics[kIds];
Found hpets[kIds];

struct Location {
  u8 bus, device, function;

  u16 requester() const { return static_cast<u16>(bus << 8 | device << 3 | function); }
};

u8 config_byte(const Location& at, u16 offset) {
  const u32 word = pci_config_read(at.bus, at.device, at.function, static_cast<u16>(offset & ~3));
  return static_cast<u8>(word >> (offset % 4 * 8));
}

int steps_of(const DmarScope& scope) {
  return static_cast<int>((scope.length - sizeof(DmarScope)) / sizeof(DmarPathStep));
}

// Follows the path through the bridges that stand on it.
Location end_of_path(const DmarScope& scope) {
  const auto* step = reinterpret_cast<const DmarPathStep*>(&scope + 1);
  Location at = {scope.start_bus, step->device, step->function};
  for (int left = steps_of(scope) - 1; left > 0; --left) {
    ++step;
    at = {config_byte(at, kPciSecondaryBus), step->device, step->function};
  }
  return at;
}

// A scope without length holds Linux for ever, and this kernel, too.
template <typename Visit>
void for_each_scope(const DmarDrhd& drhd, Visit visit) {
  const u8* at = reinterpret_cast<const u8*>(&drhd + 1);
  const u8* end = reinterpret_cast<const u8*>(&drhd) + drhd.header.length;
  for (; at < end; at += *static_cast<const volatile u8*>(at + 1))
    visit(*reinterpret_cast<const DmarScope*>(at));
}

// Room in drivers/iommu/intel_irq_remapping.c: MAX_IO_APICS, MAX_HPET_TBS.
constexpr int kMostIoApics = 128, kMostHpets = 8;
int io_apic_total, hpet_total;

// Enters a source; false where there is no room.
bool enter(Found* found, const DmarScope& scope, int unit, int* total, int most) {
  if (*total == most) return false;
  ++*total;
  // Of two units that claim it, the one that Linux comes to first has it.
  Found& entry = found[scope.id];
  if (!entry.present) entry = {true, {unit, end_of_path(scope).requester()}};
  return true;
}

// A scope that is there twice in a unit is listed once since 3.19 (ir_parse_one_ioapic_scope()).
bool is_listed(const Found& found, int unit) {
  return release::since(3, 19) && found.present && found.source.unit == unit;
}

bool list_io_apic(const DmarScope& scope, u64 base, int unit) {
  if (is_listed(io_apics[scope.id], unit)) return true;
  if (!enter(io_apics, scope, unit, &io_apic_total, kMostIoApics)) {
    printk(msg::kTooManyIoApics);
    return false;
  }
  printk(msg::kIoapicUnder, scope.id, static_cast<unsigned long long>(base), unit);
  return true;
}

bool list_hpet(const DmarScope& scope, u64 base, int unit) {
  if (is_listed(hpets[scope.id], unit)) return true;
  if (!enter(hpets, scope, unit, &hpet_total, kMostHpets)) {
    printk(msg::kTooManyHpets);
    return false;
  }
  printk(msg::kHpetUnder, scope.id, static_cast<unsigned long long>(base));
  return true;
}

bool list_unit(int index) {
  const DmarUnit& unit = dmar_unit(index);
  bool room = true;
  for_each_scope(*unit.structure, [&](const DmarScope& scope) {
    if (!room) return;
    if (scope.type == kScopeIoApic) room = list_io_apic(scope, unit.base, index);
    if (scope.type == kScopeHpet) room = list_hpet(scope, unit.base, index);
  });
  return room;
}

bool covers(const DmarScope& scope, const Location& wanted) {
  if (scope.type != kScopeEndpoint && scope.type != kScopeBridge) return false;
  const Location end = end_of_path(scope);
  if (end.requester() == wanted.requester()) return true;
  if (scope.type != kScopeBridge) return false;
  const u8 first = config_byte(end, kPciSecondaryBus);
  const u8 last = config_byte(end, kPciSecondaryBus + 1);
  return first != 0 && first != 0xff && wanted.bus >= first && wanted.bus <= last;
}

bool unit_covers(const DmarUnit& unit, const Location& wanted) {
  if (unit.segment != 0) return false;
  bool covered = unit.include_all;
  for_each_scope(*unit.structure,
                 [&](const DmarScope& scope) { covered = covered || covers(scope, wanted); });
  return covered;
}

bool look_up(const Found& found, DmarSource* source) {
  *source = found.source;
  return found.present;
}

}  // namespace

bool dmar_list_interrupt_sources() {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    const int index = dmar_position(i);
    if ((dmar_unit(index).ecap & kEcapInterruptRemap) == 0) continue;
    if (!list_unit(index)) return false;
  }
  return true;
}

bool dmar_find_io_apic(u8 id, DmarSource* source) { return look_up(io_apics[id], source); }
bool dmar_find_hpet(u8 id, DmarSource* source) { return look_up(hpets[id], source); }

int dmar_unit_of(u8 bus, u8 device, u8 function) {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    if (unit_covers(dmar_unit(dmar_position(i)), {bus, device, function})) return dmar_position(i);
  }
  return -1;
}
