#include "guest/acpi/acpi.h"
#include "guest/arch/apic.h"
#include "guest/arch/ioapic.h"
#include "guest/arch/topology.h"
#include "guest/kernel/messages.h"

namespace {

// Since 4.0 processors and I/O APICs are listed at a level that nobody sees.
constexpr bool kListsAll = !release::since(4, 0);

u64 lapic_address;
bool has_lapics;

const char* const kPolarity[] = {"dfl", "high", "res", "low"};
const char* const kTrigger[] = {"dfl", "edge", "res", "level"};

// MPS INTI flags: polarity in bits 1:0, trigger mode in bits 3:2 (§5.2.12.5, table 5-50).
const char* polarity(u16 flags) { return kPolarity[flags & 3]; }
const char* trigger(u16 flags) { return kTrigger[flags >> 2 & 3]; }

template <typename T>
const T* entry_as(const SubtableHeader& entry, MadtType type) {
  if (entry.type != type) return nullptr;
  if (entry.length < sizeof(T)) {
    printk(msg::kAcpiBadSubtable, "APIC", entry.type);
    return nullptr;
  }
  return reinterpret_cast<const T*>(&entry);
}

void visit_address(const SubtableHeader& entry, void*) {
  if (const auto* e = entry_as<MadtAddressOverride>(entry, kMadtAddressOverride))
    lapic_address = e->address;
}

void visit_local_apic(const SubtableHeader& entry, void*) {
  const auto* e = entry_as<MadtLocalApic>(entry, kMadtLocalApic);
  if (e == nullptr) return;
  const bool enabled = (e->flags & 1) != 0;
  if (kListsAll) printk(msg::kLapic, e->processor_id, e->apic_id, enabled ? "enabled" : "disabled");
  has_lapics = true;
  register_cpu(e->apic_id, enabled);
}

void visit_x2apic(const SubtableHeader& entry, void*) {
  const auto* e = entry_as<MadtX2apic>(entry, kMadtX2apic);
  if (e == nullptr) return;
  const bool enabled = (e->flags & 1) != 0;
  if (kListsAll) printk(msg::kX2apic, e->apic_id, e->uid, enabled ? "enabled" : "disabled");
  has_lapics = true;
  // What the driver of this moment can reach: the x2APIC ones are chosen this early only where the
  // firmware has left that mode on (arch/x86/kernel/acpi/boot.c acpi_parse_x2apic()).
  if (enabled && !apic_id_valid(e->apic_id)) {
    printk(msg::kX2apicIgnored);
    return;
  }
  register_cpu(e->apic_id, enabled);
}

void visit_local_nmi(const SubtableHeader& entry, void*) {
  if (const auto* e = entry_as<MadtLocalNmi>(entry, kMadtLocalNmi)) {
    printk(msg::kLapicNmi, e->processor_id, polarity(e->inti_flags), trigger(e->inti_flags),
           e->lint);
    if (e->lint != 1) printk(msg::kLapicNmiNotLint1);
  }
  if (const auto* e = entry_as<MadtX2apicNmi>(entry, kMadtX2apicNmi)) {
    printk(msg::kX2apicNmi, e->uid, polarity(e->inti_flags), trigger(e->inti_flags), e->lint);
    if (e->lint != 1) printk(msg::kLapicNmiNotLint1);
  }
}

void visit_io_apic(const SubtableHeader& entry, void*) {
  const auto* e = entry_as<MadtIoApic>(entry, kMadtIoApic);
  if (e == nullptr) return;
  if (kListsAll) printk(msg::kIoapic, e->id, e->address, e->gsi_base);
  register_io_apic(e->id, e->address, e->gsi_base);
}

void visit_override(const SubtableHeader& entry, void*) {
  const auto* e = entry_as<MadtOverride>(entry, kMadtOverride);
  if (e == nullptr) return;
  printk(msg::kIntSrcOvr, e->bus, e->source, e->gsi, polarity(e->inti_flags),
         trigger(e->inti_flags));
  override_isa_irq(e->source, e->gsi, e->inti_flags);
}

void visit_nmi_source(const SubtableHeader& entry, void*) {
  if (const auto* e = entry_as<MadtNmiSource>(entry, kMadtNmiSource))
    printk(msg::kNmiSrc, polarity(e->inti_flags), trigger(e->inti_flags), e->gsi);
}

void print_lapic_address() {
  if (!release::since(5, 12)) printk(msg::kLapicAddress, static_cast<unsigned>(lapic_address));
}

void parse_madt(const AcpiHeader& table) {
  const auto each = [&table](void (*visit)(const SubtableHeader&, void*)) {
    acpi_for_each_subtable(table, sizeof(AcpiMadt), visit, nullptr);
  };
  // Kind by kind, in the order of arch/x86/kernel/acpi/boot.c.
  each(visit_local_apic);
  each(visit_x2apic);
  each(visit_local_nmi);
  each(visit_io_apic);
  each(visit_override);
  each(visit_nmi_source);
  report_isa_overrides();
  if (has_lapics && io_apic_count() > 0) printk(msg::kUsingMadt);
}

const AcpiHeader* find_madt() {
  const AcpiHeader* table = acpi_find_table("APIC");
  return table != nullptr && table->length >= sizeof(AcpiMadt) ? table : nullptr;
}

}  // namespace

void acpi_boot_table_early() {
  const AcpiHeader* table = find_madt();
  if (table == nullptr || !apic_wanted()) return;
  lapic_address = reinterpret_cast<const AcpiMadt*>(table)->local_apic;
  print_lapic_address();
  choose_early_apic_driver();
}

void acpi_boot_init() {
  const AcpiFadt* fadt = acpi_fadt();
  if (fadt != nullptr && acpi_pm_timer_port() != 0)
    printk(msg::kPmTimer, static_cast<unsigned>(acpi_pm_timer_port()));
  const AcpiHeader* table = find_madt();
  if (table != nullptr && apic_wanted()) {
    print_lapic_address();
    acpi_for_each_subtable(*table, sizeof(AcpiMadt), visit_address, nullptr);
    parse_madt(*table);
  }
  const AcpiHeader* hpet = acpi_find_table("HPET");
  if (hpet != nullptr && hpet->length >= sizeof(AcpiHpet)) {
    const auto& h = *reinterpret_cast<const AcpiHpet*>(hpet);
    printk(msg::kHpet, h.id, static_cast<unsigned long>(h.address.address));
  }
}

u64 acpi_local_apic_address() { return lapic_address; }
bool acpi_has_local_apics() { return has_lapics; }
