#include "guest/iommu/interrupt_table.h"

#include "guest/acpi/dmar.h"
#include "guest/arch/apic.h"
#include "guest/arch/atomic.h"
#include "guest/arch/spinlock.h"
#include "guest/drivers/pci.h"
#include "guest/iommu/irq_remapping.h"
#include "guest/iommu/messages.h"
#include "guest/iommu/queued_invalidation.h"
#include "guest/iommu/vtd_flush.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/kernel/messages.h"
#include "guest/mm/layout.h"
#include "guest/mm/page_alloc.h"

namespace {

struct Entry {
  u64 low, high;
};

// include/linux/intel-iommu.h: 65536 entries in all releases modelled here.
constexpr u32 kEntries = 65536;
constexpr u64 kSizeField = 0xf;  // 2^(15 + 1)
constexpr unsigned kTableOrder = 8;
static_assert((kPageSize << kTableOrder) == kEntries * sizeof(Entry), "one block of pages");
constexpr u64 kExtended = 1u << 11;  // EIME

// Lower half of an entry (VT-d §9.10).
constexpr u64 kPresent = 1u << 0, kLogical = 1u << 2, kRedirect = 1u << 3, kLevel = 1u << 4;
constexpr int kDeliveryShift = 5, kVectorShift = 16, kDestinationShift = 32;
constexpr u64 kLowestPriority = 1;
// Upper half: source id, which of its bits count (all), and what of it is to be verified: the id,
// or that its bus lies between the two numbers in its place.
constexpr u64 kVerifySource = 1u << 18, kVerifyBus = 2u << 18;

// Message address in remappable format (VT-d §5.1.2.2).
constexpr u64 kMessageBase = 0xfee00000, kRemappable = 1u << 4, kSubhandleValid = 1u << 3;
constexpr int kHandleShift = 5, kHandleHighShift = 2;
constexpr u32 kHandleLowMask = 0x7fff;

// Redirection entry in that format (VT-d §5.1.5.1).
constexpr u64 kRteRemappable = 1ull << 48;
constexpr int kRteIndexShift = 49, kRteIndexHighShift = 11;

constexpr int kMostUnits = 64;
struct Table {
  SpinLock lock;
  Entry* entries;
  u32 used;
};
Table tables[kMostUnits];

u64 destination_field(u32 id) {
  const u64 placed = irq_remapping_mode() == RemapMode::x2apic ? id : id << 8;
  return placed << kDestinationShift;
}

const PciFunction* function_of(u16 requester) {
  for (int i = 0; i < pci_function_count(); ++i) {
    if (pci_function(i).requester() == requester) return &pci_function(i);
  }
  return nullptr;
}

// Whose messages reach the unit under another id (drivers/iommu/intel_irq_remapping.c
// set_msi_sid()): behind a PCIe-to-PCI bridge only the bus is sure, behind a conventional bridge it
// is the bridge's id.
u64 source_of_messages(u16 requester) {
  const PciFunction* f = function_of(requester);
  if (f == nullptr || pcie_type(*f) != PcieType::none) return kVerifySource | requester;
  u64 source = kVerifySource | requester;
  for (const PciFunction* b = f->above; b != nullptr; b = b->above) {
    const PcieType type = pcie_type(*b);
    if (type == PcieType::to_pci_bridge) {
      const u8 first = release::since(4, 12) ? pci_read8(*b, kPciSecondaryBus) : b->bus;
      return kVerifyBus | static_cast<u64>(first) << 8 | f->bus;
    }
    if (type == PcieType::none) source = kVerifySource | b->requester();
  }
  return source;
}

Entry compose(u64 source, int cpu, int vector) {
  const ApicDestination to = apic_destination(cpu);
  Entry entry = {};
  entry.low =
      kPresent | kRedirect | static_cast<u64>(vector) << kVectorShift | destination_field(to.id);
  if (to.logical) entry.low |= kLogical;
  if (to.lowest_priority) entry.low |= kLowestPriority << kDeliveryShift;
  if (remapping_checks_sources()) entry.high = source;
  return entry;
}

// The index of a new entry; -1 if the unit has no table, or no room in it.
int add_entry(int unit, const Entry& entry) {
  Table& table = tables[unit];
  if (table.entries == nullptr) return -1;
  u32 index;
  {
    SpinLockIrqGuard guard(table.lock);
    if (table.used == kEntries) return -1;
    index = table.used++;
  }
  // Present last: the unit may look at any time.
  table.entries[index].high = entry.high;
  store_release(table.entries[index].low, entry.low);
  if ((dmar_unit(unit).ecap & kEcapCoherent) == 0)
    flush_to_memory(&table.entries[index], sizeof(Entry));
  flush_interrupt_entry(unit, index);
  return static_cast<int>(index);
}

}  // namespace

namespace {

int unit_of(u16 requester) {
  return dmar_unit_of(static_cast<u8>(requester >> 8), requester >> 3 & 31, requester & 7);
}

}  // namespace

bool allocate_interrupt_table(int unit) {
  void* pages = get_free_pages(GFP_ATOMIC | __GFP_ZERO, kTableOrder);
  if (pages == nullptr) {
    printk(msg::kIrTableFailed, unit, static_cast<int>(kTableOrder));
    return false;
  }
  tables[unit].entries = static_cast<Entry*>(pages);
  return true;
}

u64 interrupt_table_register(int unit, bool extended) {
  return virt_to_phys(tables[unit].entries) | (extended ? kExtended : 0) | kSizeField;
}

bool sends_past_remapping(u16 requester) {
  // Since 4.3 (interrupt domains) such a function is given the processors' own one.
  return release::since(4, 12) && unit_of(requester) < 0;
}

bool remap_msi(u16 requester, int cpu, int vector, MsiMessage* message) {
  const int unit = unit_of(requester);
  if (unit < 0) {
    printk(msg::kMsiUnmapped, requester >> 8, requester >> 3 & 31, requester & 7);
    return false;
  }
  const int index = add_entry(unit, compose(source_of_messages(requester), cpu, vector));
  if (index < 0) return false;
  const u64 handle = static_cast<u64>(index);
  message->address = kMessageBase | kRemappable | kSubhandleValid |
                     (handle & kHandleLowMask) << kHandleShift | handle >> 15 << kHandleHighShift;
  message->data = 0;
  return true;
}

bool remap_io_apic_pin(u8 io_apic_id, u8 pin, int cpu, int vector, bool level, u64* entry) {
  DmarSource source;
  if (!dmar_find_io_apic(io_apic_id, &source)) return false;
  Entry remapped = compose(kVerifySource | source.requester, cpu, vector);
  if (level) remapped.low |= kLevel;
  const int index = add_entry(source.unit, remapped);
  if (index < 0) return false;
  const u64 handle = static_cast<u64>(index);
  // The pin's number as vector: an end of interrupt names the entry by it (Linux 3.13
  // intel_setup_ioapic_entry()).
  *entry = kRteRemappable | (handle & kHandleLowMask) << kRteIndexShift |
           handle >> 15 << kRteIndexHighShift | pin;
  return true;
}
