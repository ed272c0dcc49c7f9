#include <fmt/format.h>

#include "models/firmware/acpi_tables.h"
#include "models/firmware/byte_writer.h"
#include "models/firmware/firmware_error.h"
#include "models/firmware/generic_address.h"
#include "models/firmware/spec/acpi_layout.h"
#include "models/firmware/spec/fadt_fields.h"

namespace apicsim {

void write_generic_address(ByteWriter& out, const GenericAddress& address) {
  out.u8(address.space);
  out.u8(address.bit_width);
  out.u8(address.bit_offset);
  out.u8(address.access_size);
  out.u64(address.address);
}

GenericAddress read_generic_address(ByteReader& in) {
  GenericAddress address;
  address.space = in.u8();
  address.bit_width = in.u8();
  address.bit_offset = in.u8();
  address.access_size = in.u8();
  address.address = in.u64();
  return address;
}

namespace {

constexpr std::size_t header_size = acpi_layout::header_size;

/// Writes `value` at the table offset `offset` if a table of this revision reaches that far.
void set(ByteWriter& out, std::size_t offset, std::uint64_t value, std::size_t width) {
  const std::size_t at = offset - header_size;
  if (at + width <= out.size()) out.patch(at, value, width);
}

std::uint64_t field_at(const Bytes& body, std::size_t offset, std::size_t width) {
  const std::size_t at = offset - header_size;
  if (at + width > body.size()) return 0;
  return ByteReader(body.data() + at, width).get(width);
}

void set_addresses(ByteWriter& out, const FadtDescription& fadt) {
  if (fadt.facs_in_32) set(out, fadt::facs_offset, fadt.facs_address, 4);
  if (fadt.dsdt_in_32) set(out, fadt::dsdt_offset, fadt.dsdt_address, 4);
  if (fadt.facs_in_64) set(out, fadt::x_facs_offset, fadt.facs_address, 8);
  if (fadt.dsdt_in_64) set(out, fadt::x_dsdt_offset, fadt.dsdt_address, 8);
}

}  // namespace

Bytes build_fadt(const FadtDescription& fadt, std::uint8_t revision) {
  ByteWriter out;
  out.zeros(fadt::length(revision) - header_size);
  set_addresses(out, fadt);
  for (const fadt::Field& field : fadt::fields) {
    const std::uint64_t value = fadt.*field.member;
    if (value >> (8 * field.width) != 0) {
      throw FirmwareError(fmt::format("FADT field '{}' is {:#x}; it has only {} bytes", field.name,
                                      value, field.width));
    }
    set(out, field.offset, value, field.width);
  }
  for (const fadt::AddressField& field : fadt::address_fields) {
    ByteWriter address;
    write_generic_address(address, fadt.*field.member);
    const Bytes encoded = address.take();
    for (std::size_t i = 0; i < encoded.size(); ++i) set(out, field.offset + i, encoded[i], 1);
  }
  set(out, fadt::hypervisor_offset, fadt.hypervisor_vendor, 8);
  return out.take();
}

FadtDescription parse_fadt(const Bytes& body) {
  FadtDescription fadt;
  const std::uint64_t facs = field_at(body, fadt::facs_offset, 4);
  const std::uint64_t dsdt = field_at(body, fadt::dsdt_offset, 4);
  const std::uint64_t x_facs = field_at(body, fadt::x_facs_offset, 8);
  const std::uint64_t x_dsdt = field_at(body, fadt::x_dsdt_offset, 8);
  fadt.facs_in_32 = facs != 0;
  fadt.dsdt_in_32 = dsdt != 0;
  fadt.facs_in_64 = x_facs != 0;
  fadt.dsdt_in_64 = x_dsdt != 0;
  fadt.facs_address = x_facs != 0 ? x_facs : facs;
  fadt.dsdt_address = x_dsdt != 0 ? x_dsdt : dsdt;
  for (const fadt::Field& field : fadt::fields) {
    fadt.*field.member = static_cast<std::uint32_t>(field_at(body, field.offset, field.width));
  }
  for (const fadt::AddressField& field : fadt::address_fields) {
    const std::size_t at = field.offset - header_size;
    if (at + 12 > body.size()) continue;
    ByteReader in(body.data() + at, 12);
    fadt.*field.member = read_generic_address(in);
  }
  fadt.hypervisor_vendor = field_at(body, fadt::hypervisor_offset, 8);
  return fadt;
}

Bytes build_mcfg(const McfgDescription& mcfg) {
  ByteWriter out;
  out.u64(mcfg.reserved);
  for (const McfgAllocation& allocation : mcfg.allocations) {
    out.u64(allocation.base);
    out.u16(allocation.segment);
    out.u8(allocation.start_bus);
    out.u8(allocation.end_bus);
    out.u32(allocation.reserved);
  }
  return out.take();
}

McfgDescription parse_mcfg(const Bytes& body) {
  ByteReader in(body);
  McfgDescription mcfg;
  mcfg.reserved = in.u64();
  while (in.left() >= 16) {
    McfgAllocation allocation;
    allocation.base = in.u64();
    allocation.segment = in.u16();
    allocation.start_bus = in.u8();
    allocation.end_bus = in.u8();
    allocation.reserved = in.u32();
    mcfg.allocations.push_back(allocation);
  }
  return mcfg;
}

Bytes build_hpet(const HpetTableDescription& hpet) {
  ByteWriter out;
  out.u32(hpet.block_id);
  write_generic_address(out, hpet.address);
  out.u8(hpet.number);
  out.u16(hpet.minimum_tick);
  out.u8(hpet.page_protection);
  return out.take();
}

HpetTableDescription parse_hpet(const Bytes& body) {
  ByteReader in(body);
  HpetTableDescription hpet;
  hpet.block_id = in.u32();
  hpet.address = read_generic_address(in);
  hpet.number = in.u8();
  hpet.minimum_tick = in.u16();
  hpet.page_protection = in.u8();
  return hpet;
}

Bytes build_spcr(const SpcrDescription& spcr) {
  ByteWriter out;
  out.u8(spcr.interface_type);
  out.zeros(3);
  write_generic_address(out, spcr.address);
  out.u8(spcr.interrupt_type);
  out.u8(spcr.irq);
  out.u32(spcr.gsi);
  out.u8(spcr.baud_rate);
  out.u8(spcr.parity);
  out.u8(spcr.stop_bits);
  out.u8(spcr.flow_control);
  out.u8(spcr.terminal_type);
  out.u8(0);
  out.u16(spcr.pci_device_id);
  out.u16(spcr.pci_vendor_id);
  out.u8(spcr.pci_bus);
  out.u8(spcr.pci_device);
  out.u8(spcr.pci_function);
  out.u32(spcr.pci_flags);
  out.u8(spcr.pci_segment);
  out.u32(0);
  return out.take();
}

SpcrDescription parse_spcr(const Bytes& body) {
  ByteReader in(body);
  SpcrDescription spcr;
  spcr.interface_type = in.u8();
  in.bytes(3);
  spcr.address = read_generic_address(in);
  spcr.interrupt_type = in.u8();
  spcr.irq = in.u8();
  spcr.gsi = in.u32();
  spcr.baud_rate = in.u8();
  spcr.parity = in.u8();
  spcr.stop_bits = in.u8();
  spcr.flow_control = in.u8();
  spcr.terminal_type = in.u8();
  in.u8();
  spcr.pci_device_id = in.u16();
  spcr.pci_vendor_id = in.u16();
  spcr.pci_bus = in.u8();
  spcr.pci_device = in.u8();
  spcr.pci_function = in.u8();
  spcr.pci_flags = in.u32();
  spcr.pci_segment = in.u8();
  return spcr;
}

}  // namespace apicsim
