#include "guest/acpi/acpi.h"

#include "guest/boot/boot_data.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"
#include "guest/lib/string.h"
#include "guest/mm/kernel_map.h"
#include "guest/mm/layout.h"

namespace {

constexpr int kMostTables = 64;
// Larger than any real table; a length beyond this is damage.
constexpr u32 kMostTableBytes = 8u << 20;

const AcpiHeader* tables[kMostTables];
u64 places[kMostTables];  // physical
int table_total;
// Sums are tested when tables are first used since 3.17, so behind the early look at the DMAR.
constexpr bool kTestsLate = release::since(3, 17);
const AcpiHeader* dsdt;
bool disabled;

bool setup_acpi(const char* value) {
  if (value == nullptr || strcmp(value, "off") != 0) return false;
  disabled = true;
  return true;
}
KERNEL_PARAM(acpi, "acpi", setup_acpi);

u8 byte_sum(const void* data, size_t size) {
  const u8* bytes = static_cast<const u8*>(data);
  u8 sum = 0;
  for (size_t i = 0; i < size; ++i) sum = static_cast<u8>(sum + bytes[i]);
  return sum;
}

// drivers/acpi/acpica/tbprint.c: what no terminal can show becomes a question mark.
void fix_string(char* text, size_t length) {
  for (size_t i = 0; i < length && text[i] != '\0'; ++i) {
    const u8 c = static_cast<u8>(text[i]);
    if (c < 0x20 || (c >= 0x7f && c < 0xa0)) text[i] = '?';
  }
}

bool has_signature(const AcpiHeader& table, const char* signature) {
  return memcmp(table.signature, signature, 4) == 0;
}

void print_table(u64 physical, const AcpiHeader& table) {
  const unsigned long long address = physical;
  if (has_signature(table, "FACS")) {
    printk(msg::kAcpiFacs, table.signature, address, table.length);
    return;
  }
  AcpiHeader shown = table;
  fix_string(shown.signature, 4);
  fix_string(shown.oem_id, 6);
  fix_string(shown.oem_table_id, 8);
  fix_string(shown.creator_id, 4);
  printk(msg::kAcpiTable, shown.signature, address, table.length, table.revision, shown.oem_id,
         shown.oem_table_id, shown.oem_revision, shown.creator_id, shown.creator_revision);
}

const AcpiHeader* map_table(u64 physical) {
  const auto* header = static_cast<const AcpiHeader*>(ioremap_cache(physical, sizeof(AcpiHeader)));
  if (header == nullptr) return nullptr;
  const u32 length = header->length;
  // A length that is too short is taken as it is; all of the header counts in any case.
  if (length > kMostTableBytes) {
    if (kTestsLate) return header;
    printk(msg::kAcpiBadLength, header->signature, length);
    return nullptr;
  }
  const u64 first_page = align_down(physical, kPageSize);
  if (physical + length <= first_page + kPageSize) return header;
  return static_cast<const AcpiHeader*>(ioremap_cache(physical, length));
}

// Only the header of such a table is mapped, and nobody gets to see it.
bool is_too_long(const AcpiHeader& table) { return table.length > kMostTableBytes; }

void test_sum(const AcpiHeader& table) {
  const u8 sum = byte_sum(&table, table.length);
  if (has_signature(table, "FACS") || sum == 0) return;
  printk(msg::kAcpiBadChecksum, table.signature, table.checksum,
         static_cast<u8>(table.checksum - sum));
}

const AcpiHeader* install(u64 physical) {
  if (physical == 0) return nullptr;
  const AcpiHeader* table = map_table(physical);
  if (table == nullptr) return nullptr;
  print_table(physical, *table);
  if (!kTestsLate) test_sum(*table);
  if (table_total == kMostTables) return table;
  places[table_total] = physical;
  tables[table_total++] = table;
  return table;
}

bool is_rsdp(const AcpiRsdp* rsdp) {
  return memcmp(rsdp->signature, "RSD PTR ", 8) == 0 && byte_sum(rsdp, 20) == 0;
}

u64 scan_for_rsdp(u64 start, u64 end) {
  const auto* area = static_cast<const char*>(ioremap_cache(start, end - start));
  if (area == nullptr) return 0;
  for (u64 at = 0; at + sizeof(AcpiRsdp) <= end - start; at += 16) {
    if (is_rsdp(reinterpret_cast<const AcpiRsdp*>(area + at))) return start + at;
  }
  return 0;
}

u64 find_rsdp() {
  if (boot_data().rsdp != 0) return boot_data().rsdp;
  // §5.2.5.1: the first KiB of the extended BIOS data area, then the BIOS area.
  const auto* segment = static_cast<const u16*>(ioremap_cache(0x40e, 2));
  const u64 ebda = segment == nullptr ? 0 : static_cast<u64>(*segment) << 4;
  u64 found = 0;
  if (ebda >= 0x80000 && ebda < 0xa0000) found = scan_for_rsdp(ebda, ebda + 1024);
  return found != 0 ? found : scan_for_rsdp(0xe0000, 0x100000);
}

void install_fadt_children(const AcpiFadt& fadt) {
  const size_t length = fadt.header.length;
  const bool has_x_dsdt = length >= offsetof(AcpiFadt, x_dsdt) + 8;
  const bool has_x_facs = length >= offsetof(AcpiFadt, x_facs) + 8;
  u64 dsdt_address = has_x_dsdt && fadt.x_dsdt != 0 ? fadt.x_dsdt : fadt.dsdt;
  u64 facs_address = fadt.facs != 0 ? fadt.facs : has_x_facs ? fadt.x_facs : 0;
  dsdt = install(dsdt_address);
  install(facs_address);
}

void install_root_entries(const AcpiHeader& root, size_t entry_size) {
  if (root.length < sizeof(AcpiHeader)) return;
  const auto* entry = reinterpret_cast<const u8*>(&root) + sizeof(AcpiHeader);
  const size_t count = (root.length - sizeof(AcpiHeader)) / entry_size;
  for (size_t i = 0; i < count; ++i, entry += entry_size) {
    u64 address = 0;
    memcpy(&address, entry, entry_size);
    const AcpiHeader* table = install(address);
    if (table != nullptr && has_signature(*table, "FACP") && !is_too_long(*table))
      install_fadt_children(*reinterpret_cast<const AcpiFadt*>(table));
  }
}

// drivers/acpi/tables.c acpi_reserve_initial_tables()
void print_reservations() {
  for (int i = 0; i < table_total; ++i) {
    const unsigned long long first = places[i];
    printk(msg::kAcpiReserving, tables[i]->signature, first, first + tables[i]->length - 1);
  }
}

}  // namespace

bool acpi_table_init() {
  if (disabled) return false;
  const u64 physical = find_rsdp();
  if (physical == 0) return false;
  const auto* rsdp = static_cast<const AcpiRsdp*>(ioremap_cache(physical, sizeof(AcpiRsdp)));
  if (rsdp == nullptr || !is_rsdp(rsdp)) return false;
  char oem_id[6];
  memcpy(oem_id, rsdp->oem_id, sizeof(oem_id));
  fix_string(oem_id, sizeof(oem_id));
  printk(msg::kAcpiRsdp, static_cast<unsigned long long>(physical),
         rsdp->revision > 0 ? rsdp->length : 20u, rsdp->revision, oem_id);
  const bool extended = rsdp->revision > 1 && rsdp->xsdt != 0;
  const u64 root_address = extended ? rsdp->xsdt : rsdp->rsdt;
  const AcpiHeader* root = root_address == 0 ? nullptr : map_table(root_address);
  if (root == nullptr) return false;
  print_table(root_address, *root);
  install_root_entries(*root, extended ? 8 : 4);
  if (release::since(5, 13)) print_reservations();
  return true;
}

void acpi_verify_tables() {
  if (!kTestsLate) return;
  for (int i = 0; i < table_total; ++i) {
    if (!is_too_long(*tables[i])) test_sum(*tables[i]);
    // Sums up gigabytes that are no memory, one uncached byte after the other; Linux does, too.
    const void* all = is_too_long(*tables[i]) ? ioremap(places[i], tables[i]->length) : nullptr;
    if (all != nullptr) test_sum(*static_cast<const AcpiHeader*>(all));
  }
}

const AcpiHeader* acpi_find_table(const char* signature, int nth) {
  for (int i = 0; i < table_total; ++i) {
    if (has_signature(*tables[i], signature) && !is_too_long(*tables[i]) && nth-- == 0)
      return tables[i];
  }
  return nullptr;
}

void acpi_for_each_subtable(const AcpiHeader& table, size_t first,
                            void (*visit)(const SubtableHeader& entry, void* context),
                            void* context) {
  const u8* bytes = reinterpret_cast<const u8*>(&table);
  for (size_t at = first; at + sizeof(SubtableHeader) <= table.length;) {
    const auto& entry = *reinterpret_cast<const SubtableHeader*>(bytes + at);
    if (entry.length < sizeof(SubtableHeader) || at + entry.length > table.length) {
      printk(msg::kAcpiBadSubtable, table.signature, entry.type);
      return;
    }
    visit(entry, context);
    at += entry.length;
  }
}

bool acpi_enabled() { return table_total != 0; }
const AcpiHeader* acpi_dsdt() { return dsdt; }

const AcpiFadt* acpi_fadt() {
  const AcpiHeader* table = acpi_find_table("FACP");
  // Shorter than version 1.0 (§5.2.9): not usable.
  if (table == nullptr || table->length < 116) return nullptr;
  return reinterpret_cast<const AcpiFadt*>(table);
}
