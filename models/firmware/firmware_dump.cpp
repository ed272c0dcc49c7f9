#include "models/firmware/firmware_dump.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/firmware/acpi_header.h"
#include "models/firmware/acpi_tables.h"
#include "models/firmware/smbios.h"
#include "models/firmware/spec/acpi_layout.h"

namespace apicsim {

namespace {

using namespace acpi_layout;

const std::string kRootPointer = "RSD PTR ";

const DumpedTable* find_table(const std::vector<DumpedTable>& dump, const std::string& signature) {
  const auto found = std::find_if(dump.begin(), dump.end(), [&](const DumpedTable& table) {
    return table.signature == signature;
  });
  return found == dump.end() ? nullptr : &*found;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::uint64_t number_at(const Bytes& bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width && at + i < bytes.size(); ++i)
    value |= std::uint64_t{bytes[at + i]} << (8 * i);
  return value;
}

/// Those that no root table lists: the pointer, the root tables, and what the FADT points to.
bool is_linked_otherwise(const std::string& signature) {
  static const std::vector<std::string> names = {kRootPointer, "RSDT", "XSDT", "DSDT", "FACS"};
  return contains(names, signature);
}

/// Addresses in the order of the root table; empty when the dump has none.
std::vector<std::uint64_t> root_entries(const std::vector<DumpedTable>& dump) {
  const DumpedTable* root = find_table(dump, "XSDT");
  const std::size_t width = root != nullptr ? 8 : 4;
  if (root == nullptr) root = find_table(dump, "RSDT");
  std::vector<std::uint64_t> entries;
  if (root == nullptr) return entries;
  for (std::size_t at = header_size; at + width <= root->bytes.size(); at += width)
    entries.push_back(number_at(root->bytes, at, width));
  return entries;
}

/// The listed tables in the order in which the operating system finds them.
std::vector<const DumpedTable*> listed_tables(const std::vector<DumpedTable>& dump) {
  const std::vector<std::uint64_t> entries = root_entries(dump);
  std::vector<const DumpedTable*> tables;
  const auto add = [&](const DumpedTable& table) {
    if (!is_linked_otherwise(table.signature) &&
        std::find(tables.begin(), tables.end(), &table) == tables.end())
      tables.push_back(&table);
  };
  for (const std::uint64_t entry : entries)
    for (const DumpedTable& table : dump)
      if (entry != 0 && table.address == entry) add(table);
  for (const DumpedTable& table : dump) {
    const bool loaded_later = table.signature == "SSDT" && table.address != 0 && !entries.empty();
    if (!loaded_later) add(table);
  }
  return tables;
}

/// Gives tables their addresses of the dump where that is possible.
class Claims {
 public:
  explicit Claims(const DumpUse& use) : m_use(use) {}

  void take(std::uint64_t address, std::uint64_t size) {
    if (address != 0 && size != 0) m_taken.push_back({address, size});
  }

  /// `address`, now taken, or 0.
  std::uint64_t claim(std::uint64_t address, std::uint64_t size, std::uint64_t alignment = 1) {
    if (address == 0 || address % alignment != 0 || !m_use.usable(address, size)) return 0;
    for (const Range& range : m_taken)
      if (address < range.address + range.size && range.address < address + size) return 0;
    take(address, size);
    return address;
  }

 private:
  struct Range {
    std::uint64_t address;
    std::uint64_t size;
  };
  const DumpUse& m_use;
  std::vector<Range> m_taken;
};

/// One use of a dump.
class Substitution {
 public:
  Substitution(const std::vector<DumpedTable>& dump, const DumpUse& use,
               FirmwareDescription& firmware)
      : m_dump(dump), m_use(use), m_firmware(firmware), m_claims(use) {}

  void run() {
    take_smbios();
    put_root_pointer();
    put_tables();
    put_facs();
    put_dsdt();
    put_roots();
  }

 private:
  const DumpedTable* wanted(const std::string& signature) const {
    return contains(m_use.keep, signature) ? nullptr : find_table(m_dump, signature);
  }

  void take_smbios() {
    const SmbiosDescription& smbios = m_firmware.smbios;
    if (!smbios.present) return;
    const SmbiosTable table = build_smbios_table(smbios);
    m_claims.take(smbios.table_address, table.bytes.size());
    m_claims.take(smbios.entry_address, build_smbios_entry(smbios, table).size());
  }

  void put_root_pointer() {
    RsdpDescription& rsdp = m_firmware.rsdp;
    const DumpedTable* dumped = wanted(kRootPointer);
    if (dumped != nullptr) {
      const Bytes& bytes = dumped->bytes;
      rsdp.revision = bytes[rsdp_revision_offset];
      const auto oem = bytes.begin() + rsdp_oem_id_offset;
      rsdp.oem_id = std::string(oem, std::find(oem, oem + oem_id_width, 0));
      // Where operating systems look for it: ACPI §5.2.5.1.
      const bool in_bios = dumped->address >= 0xE0000 && dumped->address < 0x100000;
      const std::uint64_t address = in_bios ? m_claims.claim(dumped->address, bytes.size(), 16) : 0;
      if (address != 0) {
        rsdp.address = address;
        return;
      }
    }
    m_claims.take(rsdp.address, rsdp_size_v2);
  }

  /// Described tables that stay: those of `keep`, and a FADT where the dump has none.
  bool stays(const AcpiTable& table) const {
    return contains(m_use.keep, table.signature) ||
           (table.signature == "FACP" && find_table(m_dump, "FACP") == nullptr);
  }

  void put_tables() {
    std::vector<AcpiTable> tables;
    for (const AcpiTable& table : m_firmware.tables) {
      if (!stays(table)) continue;
      m_claims.take(table.address, build_table(table).size());
      tables.push_back(table);
    }
    for (const DumpedTable* dumped : listed_tables(m_dump)) {
      if (contains(m_use.keep, dumped->signature)) continue;
      AcpiTable table;
      table.signature = dumped->signature;
      table.header = parse_header(dumped->bytes);
      table.address = m_claims.claim(dumped->address, dumped->bytes.size());
      table.body = RawBody{dumped->bytes, true};
      tables.push_back(std::move(table));
    }
    m_firmware.tables = std::move(tables);
  }

  void put_facs() {
    FacsDescription& facs = m_firmware.facs;
    if (const DumpedTable* dumped = wanted("FACS")) {
      facs.address = m_claims.claim(dumped->address, facs_size, facs_alignment);
      facs.hardware_signature =
          static_cast<std::uint32_t>(number_at(dumped->bytes, facs_hardware_signature_offset, 4));
      facs.flags = static_cast<std::uint32_t>(number_at(dumped->bytes, facs_flags_offset, 4));
      facs.version = dumped->bytes[facs_version_offset];
      return;
    }
    m_claims.take(facs.address, facs_size);
  }

  void put_dsdt() {
    DsdtTable& dsdt = m_firmware.dsdt;
    const DumpedTable* dumped = wanted("DSDT");
    if (dumped == nullptr) {
      // A generated one may lie where a table of the dump does: the region takes it then.
      dsdt.address = 0;
      return;
    }
    dsdt.header = parse_header(dumped->bytes);
    dsdt.dump = dumped->bytes;
    dsdt.address = m_claims.claim(dumped->address, dumped->bytes.size());
  }

  void put_root(const DumpedTable* dumped, std::size_t width, RootTableDescription& root) {
    root.present = dumped != nullptr;
    if (dumped == nullptr) return;
    root.header = parse_header(dumped->bytes);
    root.address = m_claims.claim(dumped->address, header_size + width * m_firmware.tables.size());
  }

  void put_roots() {
    const DumpedTable* rsdt = wanted("RSDT");
    const DumpedTable* xsdt = wanted("XSDT");
    if (rsdt == nullptr && xsdt == nullptr) {
      m_firmware.rsdt.address = 0;
      m_firmware.xsdt.address = 0;
      return;
    }
    put_root(rsdt, 4, m_firmware.rsdt);
    put_root(xsdt, 8, m_firmware.xsdt);
    // A pointer of revision 0 has no place for an XSDT.
    if (m_firmware.rsdp.revision < 2) m_firmware.rsdt.present = true;
  }

  const std::vector<DumpedTable>& m_dump;
  const DumpUse& m_use;
  FirmwareDescription& m_firmware;
  Claims m_claims;
};

std::string blob_name(const std::string& signature) {
  return signature == kRootPointer ? "RSDP" : signature;
}

std::string placed_text(std::uint64_t now, std::uint64_t before) {
  const std::string text = fmt::format("is placed at {:#x}", now);
  return before == 0 ? text : text + fmt::format(" instead of {:#x}", before);
}

/// Does the blob hold the dumped table? The FACS is what software wrote there since: only the
/// fields that firmware sets count.
bool has_bytes(const FirmwareBlob& blob, const DumpedTable& table) {
  return table.signature == "FACS" || blob.bytes == table.bytes;
}

std::string change_of(const DumpedTable& table, const FirmwareImage& image) {
  const std::string name = blob_name(table.signature);
  const FirmwareBlob* same_name = nullptr;
  const FirmwareBlob* same_bytes = nullptr;
  const FirmwareBlob* same_place = nullptr;
  for (const FirmwareBlob& blob : image.blobs) {
    if (blob.name != name) continue;
    same_name = &blob;
    if (blob.address == table.address) same_place = &blob;
    if (!has_bytes(blob, table)) continue;
    if (same_bytes == nullptr || blob.address == table.address) same_bytes = &blob;
  }
  if (same_name == nullptr) return name + " is left out";
  if (same_bytes != nullptr && same_bytes->address == table.address) return "";
  if (same_bytes != nullptr) return name + " " + placed_text(same_bytes->address, table.address);
  const bool linked = name == "RSDP" || name == "RSDT" || name == "XSDT" || name == "FACP";
  const char* what = linked ? "points to where the tables are placed" : "is the machine's own";
  if (same_place != nullptr) return fmt::format("{} {}", name, what);
  return fmt::format("{} {} and {}", name, what, placed_text(same_name->address, table.address));
}

}  // namespace

void use_dump(const std::vector<DumpedTable>& dump, const DumpUse& use,
              FirmwareDescription& firmware) {
  Substitution(dump, use, firmware).run();
}

std::vector<std::string> changes_of_dump(const std::vector<DumpedTable>& dump,
                                         const FirmwareImage& image) {
  std::vector<std::string> changes;
  for (const DumpedTable& table : dump) {
    const std::string change = change_of(table, image);
    if (!change.empty()) changes.push_back(change);
  }
  for (const FirmwareBlob& blob : image.blobs) {
    const bool acpi = blob.name.rfind("SMBIOS", 0) != 0;
    const std::string signature = blob.name == "RSDP" ? kRootPointer : blob.name;
    if (acpi && find_table(dump, signature) == nullptr)
      changes.push_back(blob.name + " is not in the dump: the machine's own");
  }
  return changes;
}

}  // namespace apicsim
