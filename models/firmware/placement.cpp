#include "models/firmware/placement.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "models/firmware/acpi_header.h"
#include "models/firmware/acpi_tables.h"
#include "models/firmware/byte_writer.h"
#include "models/firmware/dsdt.h"
#include "models/firmware/firmware_error.h"
#include "models/firmware/smbios.h"
#include "models/firmware/spec/acpi_layout.h"
#include "models/firmware/spec/fadt_fields.h"

namespace apicsim {

namespace {

std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

/// Gives out addresses of the ACPI data region, first to last, around what has a fixed place.
class Allocator {
 public:
  explicit Allocator(const FirmwareDescription& firmware) : m_firmware(firmware) {}

  void reserve(std::uint64_t address, std::size_t size) {
    if (address != 0) m_taken.push_back({address, address + size});
  }

  std::uint64_t place(const std::string& name, std::uint64_t fixed, std::size_t size,
                      std::uint64_t alignment) {
    if (fixed != 0) return fixed;
    std::uint64_t at = align_up(std::max(m_next, m_firmware.region_base), alignment);
    for (std::uint64_t moved = at;; at = moved) {
      for (const Range& range : m_taken) {
        if (moved < range.end && range.begin < moved + size) {
          moved = align_up(range.end, alignment);
        }
      }
      if (moved == at) break;
    }
    if (at + size > m_firmware.region_base + m_firmware.region_size) {
      throw FirmwareError(fmt::format(
          "table {} of {} bytes does not fit the ACPI region {:#x}-{:#x}; make the region larger",
          name, size, m_firmware.region_base, m_firmware.region_base + m_firmware.region_size));
    }
    m_next = at + size;
    return at;
  }

 private:
  struct Range {
    std::uint64_t begin;
    std::uint64_t end;
  };
  const FirmwareDescription& m_firmware;
  std::vector<Range> m_taken;
  std::uint64_t m_next = 0;
};

Bytes facs(const FacsDescription& facs) {
  ByteWriter out;
  out.text("FACS", 4);
  out.u32(acpi_layout::facs_size);
  out.u32(facs.hardware_signature);
  out.u32(0);  // waking vector
  out.u32(0);  // global lock
  out.u32(facs.flags);
  out.u64(0);  // 64-bit waking vector
  out.u8(facs.version);
  out.zeros(acpi_layout::facs_size - out.size());
  return out.take();
}

Bytes dsdt(const DsdtTable& table) {
  if (!table.dump.empty()) return table.dump;
  return wrap_table("DSDT", table.header, build_dsdt(table.contents));
}

Bytes root_table(const char* signature, const RootTableDescription& root,
                 const std::vector<std::uint64_t>& entries, std::size_t width) {
  ByteWriter out;
  for (const std::uint64_t entry : entries) {
    if (width == 4 && entry >> 32 != 0) {
      throw FirmwareError(fmt::format("address {:#x} does not fit an entry of the RSDT", entry));
    }
    out.put(entry, width);
  }
  return wrap_table(signature, root.header, out.take());
}

Bytes rsdp(const RsdpDescription& rsdp, std::uint64_t rsdt, std::uint64_t xsdt) {
  using namespace acpi_layout;
  ByteWriter out;
  out.text("RSD PTR ", 8);
  out.u8(0);
  out.text(rsdp.oem_id, oem_id_width);
  out.u8(rsdp.revision);
  out.u32(rsdt);
  const bool extended = rsdp.revision >= 2;
  if (extended) {
    out.u32(rsdp_size_v2);
    out.u64(xsdt);
    out.u8(0);
    out.zeros(3);
  }
  Bytes bytes = out.take();
  const Bytes first(bytes.begin(), bytes.begin() + rsdp_size_v1);
  bytes[rsdp_checksum_offset] = static_cast<std::uint8_t>(rsdp.checksum_error - byte_sum(first));
  if (extended) {
    bytes[rsdp_extended_checksum_offset] =
        static_cast<std::uint8_t>(rsdp.checksum_error - byte_sum(bytes));
  }
  return bytes;
}

/// Sets a pointer of a dumped FADT: those of its 32-bit and its 64-bit field that are in use. Tells
/// whether there was one.
bool link(Bytes& fadt, std::size_t at, std::size_t wide_at, std::uint64_t address) {
  bool linked = false;
  const auto set = [&](std::size_t offset, std::size_t width) {
    if (offset + width > fadt.size()) return;
    const auto field = fadt.begin() + static_cast<std::ptrdiff_t>(offset);
    const auto end = field + static_cast<std::ptrdiff_t>(width);
    if (std::all_of(field, end, [](std::uint8_t byte) { return byte == 0; })) return;
    for (std::size_t i = 0; i < width; ++i)
      fadt[offset + i] = static_cast<std::uint8_t>(address >> (8 * i));
    linked = true;
  };
  set(at, 4);
  set(wide_at, 8);
  return linked;
}

/// A dumped FADT with its pointers to FACS and DSDT. The sum of its bytes stays what it was, so
/// that a wrong checksum stays wrong.
Bytes linked_fadt(Bytes table, std::uint64_t facs, std::uint64_t dsdt) {
  const std::uint8_t sum = byte_sum(table);
  if (table.size() < acpi_layout::header_size) return table;
  link(table, fadt::facs_offset, fadt::x_facs_offset, facs);
  if (!link(table, fadt::dsdt_offset, fadt::x_dsdt_offset, dsdt))
    throw FirmwareError("the FADT of the dump points to no DSDT");
  std::uint8_t& checksum = table[acpi_layout::checksum_offset];
  checksum = static_cast<std::uint8_t>(checksum + sum - byte_sum(table));
  return table;
}

/// Sorts and checks that no two overlap.
void finish(FirmwareImage& image) {
  auto& blobs = image.blobs;
  std::sort(blobs.begin(), blobs.end(),
            [](const FirmwareBlob& a, const FirmwareBlob& b) { return a.address < b.address; });
  for (std::size_t i = 1; i < blobs.size(); ++i) {
    const FirmwareBlob& before = blobs[i - 1];
    if (before.address + before.bytes.size() > blobs[i].address) {
      throw FirmwareError(
          fmt::format("{} at {:#x} ({} bytes) overlaps {} at {:#x}; move one of them", before.name,
                      before.address, before.bytes.size(), blobs[i].name, blobs[i].address));
    }
  }
}

/// Follows the pointers from the leaves up: each step needs the addresses of the one before.
class Placer {
 public:
  explicit Placer(const FirmwareDescription& firmware)
      : m_firmware(firmware), m_allocator(firmware) {}

  FirmwareImage run() {
    reserve_fixed();
    place_facs_and_dsdt();
    place_tables();
    place_roots();
    if (m_firmware.smbios.present) place_smbios();
    finish(m_image);
    return std::move(m_image);
  }

 private:
  std::uint64_t add(const std::string& name, std::uint64_t fixed, Bytes bytes,
                    std::uint64_t alignment) {
    const std::uint64_t at = m_allocator.place(name, fixed, bytes.size(), alignment);
    m_image.blobs.push_back({name, at, std::move(bytes)});
    return at;
  }

  void reserve_fixed() {
    m_allocator.reserve(m_firmware.facs.address, acpi_layout::facs_size);
    m_allocator.reserve(m_firmware.dsdt.address, dsdt(m_firmware.dsdt).size());
    for (const AcpiTable& table : m_firmware.tables) {
      m_allocator.reserve(table.address, build_table(table).size());
    }
    const std::size_t count = m_firmware.tables.size();
    m_allocator.reserve(m_firmware.rsdt.address, acpi_layout::header_size + 4 * count);
    m_allocator.reserve(m_firmware.xsdt.address, acpi_layout::header_size + 8 * count);
  }

  void place_facs_and_dsdt() {
    m_facs =
        add("FACS", m_firmware.facs.address, facs(m_firmware.facs), acpi_layout::facs_alignment);
    m_dsdt =
        add("DSDT", m_firmware.dsdt.address, dsdt(m_firmware.dsdt), m_firmware.table_alignment);
    if (m_facs >> 32 != 0 || m_dsdt >> 32 != 0) {
      throw FirmwareError("FACS and DSDT must lie below 4 GiB");
    }
  }

  void place_tables() {
    for (const AcpiTable& described : m_firmware.tables) {
      AcpiTable table = described;
      if (auto* fadt = std::get_if<FadtDescription>(&table.body)) {
        fadt->facs_address = m_facs;
        fadt->dsdt_address = m_dsdt;
      }
      auto* raw = std::get_if<RawBody>(&table.body);
      if (raw != nullptr && raw->whole_table && table.signature == "FACP")
        raw->bytes = linked_fadt(raw->bytes, m_facs, m_dsdt);
      m_entries.push_back(
          add(table.signature, table.address, build_table(table), m_firmware.table_alignment));
    }
  }

  void place_roots() {
    std::uint64_t rsdt = 0;
    std::uint64_t xsdt = 0;
    if (m_firmware.rsdt.present) {
      rsdt = add("RSDT", m_firmware.rsdt.address, root_table("RSDT", m_firmware.rsdt, m_entries, 4),
                 m_firmware.table_alignment);
    }
    if (m_firmware.xsdt.present) {
      xsdt = add("XSDT", m_firmware.xsdt.address, root_table("XSDT", m_firmware.xsdt, m_entries, 8),
                 m_firmware.table_alignment);
    }
    m_image.rsdp_address = m_firmware.rsdp.address;
    m_image.blobs.push_back({"RSDP", m_firmware.rsdp.address, rsdp(m_firmware.rsdp, rsdt, xsdt)});
  }

  void place_smbios() {
    const SmbiosDescription& smbios = m_firmware.smbios;
    const SmbiosTable table = build_smbios_table(smbios);
    m_image.blobs.push_back({"SMBIOS table", smbios.table_address, table.bytes});
    m_image.blobs.push_back(
        {"SMBIOS entry", smbios.entry_address, build_smbios_entry(smbios, table)});
  }

  const FirmwareDescription& m_firmware;
  Allocator m_allocator;
  FirmwareImage m_image;
  std::uint64_t m_facs = 0;
  std::uint64_t m_dsdt = 0;
  std::vector<std::uint64_t> m_entries;
};

}  // namespace

FirmwareImage place_firmware(const FirmwareDescription& firmware) { return Placer(firmware).run(); }

}  // namespace apicsim
