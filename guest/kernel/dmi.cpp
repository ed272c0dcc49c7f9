#include "guest/kernel/dmi.h"

#include "guest/kernel/messages.h"
#include "guest/lib/string.h"
#include "guest/mm/kernel_map.h"

namespace {

// SMBIOS 2.8 §5.2.1.
struct __attribute__((packed)) EntryPoint {
  char anchor[4];
  u8 checksum;
  u8 length;
  u8 major, minor;
  u16 largest;
  u8 revision;
  u8 formatted[5];
  char dmi_anchor[5];
  u8 dmi_checksum;
  u16 table_length;
  u32 table;
  u16 count;
  u8 bcd_revision;
};
static_assert(sizeof(EntryPoint) == 0x1f, "SMBIOS 2.8 table 1");

struct __attribute__((packed)) StructureHeader {
  u8 type;
  u8 length;
  u16 handle;
};

enum StructureType : u8 {
  kBiosInformation = 0,
  kSystemInformation = 1,
  kBaseboard = 2,
  kEnd = 127
};

constexpr u64 kAreaStart = 0xf0000, kAreaEnd = 0x100000;
constexpr size_t kFieldSize = 65;

struct Fields {
  char bios_vendor[kFieldSize], bios_version[kFieldSize], bios_date[kFieldSize];
  char vendor[kFieldSize], product[kFieldSize], product_version[kFieldSize];
  char board[kFieldSize];
};
Fields fields;
char description[256];

bool sums_to_zero(const void* data, size_t size) {
  u8 sum = 0;
  for (size_t i = 0; i < size; ++i) sum = static_cast<u8>(sum + static_cast<const u8*>(data)[i]);
  return sum == 0;
}

// Copies the string that byte `offset` of the structure numbers; `end` bounds the table.
void copy_string(const StructureHeader* header, size_t offset, const char* end, char* to) {
  if (offset >= header->length) return;
  u8 number = reinterpret_cast<const u8*>(header)[offset];
  const char* text = reinterpret_cast<const char*>(header) + header->length;
  for (; number > 1 && text < end; --number)
    text += strnlen(text, static_cast<size_t>(end - text)) + 1;
  if (number != 1 || text >= end) return;
  const size_t length = strnlen(text, static_cast<size_t>(end - text));
  strlcpy(to, text, min_of(length + 1, kFieldSize));
}

// The structure behind this one: past the strings, which two zeros end (SMBIOS 2.8 §6.1.3).
const char* next_structure(const StructureHeader* header, const char* end) {
  const char* at = reinterpret_cast<const char*>(header) + header->length;
  while (at + 1 < end && (at[0] != '\0' || at[1] != '\0')) ++at;
  return at + 2;
}

void read_structure(const StructureHeader* header, const char* end) {
  switch (header->type) {
    case kBiosInformation:
      copy_string(header, 4, end, fields.bios_vendor);
      copy_string(header, 5, end, fields.bios_version);
      copy_string(header, 8, end, fields.bios_date);
      break;
    case kSystemInformation:
      copy_string(header, 4, end, fields.vendor);
      copy_string(header, 5, end, fields.product);
      copy_string(header, 6, end, fields.product_version);
      break;
    case kBaseboard:
      copy_string(header, 5, end, fields.board);
      break;
    default:
      break;
  }
}

void read_table(const EntryPoint& entry) {
  const auto* table = static_cast<const char*>(ioremap_cache(entry.table, entry.table_length));
  if (table == nullptr) return;
  const char* end = table + entry.table_length;
  const char* at = table;
  for (u16 i = 0; i < entry.count && at + sizeof(StructureHeader) <= end; ++i) {
    const auto* header = reinterpret_cast<const StructureHeader*>(at);
    if (header->length < sizeof(StructureHeader) || at + header->length > end) return;
    read_structure(header, end);
    if (header->type == kEnd) return;
    at = next_structure(header, end);
  }
}

// drivers/firmware/dmi_scan.c dmi_format_ids()
void format_description() {
  const bool board = fields.board[0] != '\0';
  snprintf(description, sizeof(description), "%s %s%s%s, BIOS %s %s", fields.vendor, fields.product,
           board ? "/" : "", fields.board, fields.bios_version, fields.bios_date);
}

}  // namespace

void dmi_scan_machine() {
  const auto* area = static_cast<const char*>(ioremap_cache(kAreaStart, kAreaEnd - kAreaStart));
  if (area == nullptr) return;
  for (u64 at = 0; at + sizeof(EntryPoint) <= kAreaEnd - kAreaStart; at += 16) {
    const auto* entry = reinterpret_cast<const EntryPoint*>(area + at);
    if (memcmp(entry->anchor, "_SM_", 4) != 0 || memcmp(entry->dmi_anchor, "_DMI_", 5) != 0)
      continue;
    if (entry->length > 32 || !sums_to_zero(entry, entry->length)) continue;
    read_table(*entry);
    format_description();
    printk(msg::kSmbios, entry->major, entry->minor);
    printk(msg::kDmi, description);
    return;
  }
  printk(msg::kNoDmi);
}

const char* dmi_description() { return description; }
const char* dmi_vendor() { return fields.vendor; }
const char* dmi_product() { return fields.product; }
const char* dmi_board() { return fields.board; }
const char* dmi_bios_vendor() { return fields.bios_vendor; }
const char* dmi_bios_version() { return fields.bios_version; }
const char* dmi_product_version() { return fields.product_version; }
