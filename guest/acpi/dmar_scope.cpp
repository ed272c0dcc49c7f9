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

template <typename Visit>
void for_each_scope(const DmarDrhd& drhd, Visit visit) {
  const u8* bytes = reinterpret_cast<const u8*>(&drhd);
  for (size_t at = sizeof(DmarDrhd); at + sizeof(DmarScope) <= drhd.header.length;) {
    const auto& scope = *reinterpret_cast<const DmarScope*>(bytes + at);
    if (scope.length < sizeof(DmarScope) + sizeof(DmarPathStep)) return;
    if (at + scope.length > drhd.header.length) return;
    visit(scope);
    at += scope.length;
  }
}

const DmarDrhd* as_drhd(const DmarStructure& s) {
  if (s.type != kDrhd || s.length < sizeof(DmarDrhd)) return nullptr;
  return reinterpret_cast<const DmarDrhd*>(&s);
}

void list_scope(const DmarScope& scope, u64 base, int unit) {
  if (scope.type == kScopeIoApic) {
    printk(msg::kIoapicUnder, scope.id, static_cast<unsigned long long>(base), unit);
    io_apics[scope.id] = {true, {unit, end_of_path(scope).requester()}};
  } else if (scope.type == kScopeHpet) {
    printk(msg::kHpetUnder, scope.id, static_cast<unsigned long long>(base));
    hpets[scope.id] = {true, {unit, end_of_path(scope).requester()}};
  }
}

bool list_scopes(const DmarStructure& s) {
  const DmarDrhd* drhd = as_drhd(s);
  if (drhd == nullptr) return true;
  const int unit = dmar_unit_at(drhd->base);
  if (unit < 0 || (dmar_unit(unit).ecap & kEcapInterruptRemap) == 0) return true;
  for_each_scope(*drhd, [&](const DmarScope& scope) { list_scope(scope, drhd->base, unit); });
  return true;
}

// The table's search for one function; the walk has no context of its own.
struct Search {
  Location wanted;
  int unit;
} search;

bool covers(const DmarScope& scope, const Location& wanted) {
  if (scope.type != kScopeEndpoint && scope.type != kScopeBridge) return false;
  const Location end = end_of_path(scope);
  if (end.requester() == wanted.requester()) return true;
  if (scope.type != kScopeBridge) return false;
  const u8 first = config_byte(end, kPciSecondaryBus);
  const u8 last = config_byte(end, kPciSecondaryBus + 1);
  return first != 0 && first != 0xff && wanted.bus >= first && wanted.bus <= last;
}

bool search_unit(const DmarStructure& s) {
  const DmarDrhd* drhd = as_drhd(s);
  if (drhd == nullptr || drhd->segment != 0) return true;
  const int unit = dmar_unit_at(drhd->base);
  if (unit < 0) return true;
  bool covered = (drhd->flags & kDrhdIncludeAll) != 0;
  for_each_scope(
      *drhd, [&](const DmarScope& scope) { covered = covered || covers(scope, search.wanted); });
  if (covered) search.unit = unit;
  return !covered;
}

bool look_up(const Found& found, DmarSource* source) {
  *source = found.source;
  return found.present;
}

}  // namespace

void dmar_list_interrupt_sources() { dmar_for_each(list_scopes); }
bool dmar_find_io_apic(u8 id, DmarSource* source) { return look_up(io_apics[id], source); }
bool dmar_find_hpet(u8 id, DmarSource* source) { return look_up(hpets[id], source); }

int dmar_unit_of(u8 bus, u8 device, u8 function) {
  search = {{bus, device, function}, -1};
  dmar_for_each(search_unit);
  return search.unit;
}
