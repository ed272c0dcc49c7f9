#include <variant>

#include "models/firmware/acpi_tables.h"
#include "models/firmware/byte_writer.h"
#include "models/firmware/spec/acpi_layout.h"

namespace apicsim {

namespace {

using acpi_layout::EntryLayout;

void begin(ByteWriter& out, EntryLayout layout) {
  out.u8(layout.type);
  out.u8(layout.length);
}

/// One overload per structure of ACPI §5.2.12.2 ff.
struct MadtEncoder {
  ByteWriter& out;

  void operator()(const MadtLocalApic& e) const {
    begin(out, acpi_layout::madt_local_apic);
    out.u8(e.uid);
    out.u8(e.apic_id);
    out.u32(e.flags);
  }
  void operator()(const MadtIoApic& e) const {
    begin(out, acpi_layout::madt_io_apic);
    out.u8(e.id);
    out.u8(e.reserved);
    out.u32(e.address);
    out.u32(e.gsi_base);
  }
  void operator()(const MadtOverride& e) const {
    begin(out, acpi_layout::madt_override);
    out.u8(e.bus);
    out.u8(e.source);
    out.u32(e.gsi);
    out.u16(e.flags);
  }
  void operator()(const MadtNmiSource& e) const {
    begin(out, acpi_layout::madt_nmi_source);
    out.u16(e.flags);
    out.u32(e.gsi);
  }
  void operator()(const MadtLocalApicNmi& e) const {
    begin(out, acpi_layout::madt_local_apic_nmi);
    out.u8(e.uid);
    out.u16(e.flags);
    out.u8(e.lint);
  }
  void operator()(const MadtLocalApicAddress& e) const {
    begin(out, acpi_layout::madt_local_apic_address);
    out.u16(e.reserved);
    out.u64(e.address);
  }
  void operator()(const MadtIoSapic& e) const {
    begin(out, acpi_layout::madt_io_sapic);
    out.u8(e.id);
    out.u8(e.reserved);
    out.u32(e.gsi_base);
    out.u64(e.address);
  }
  void operator()(const MadtLocalSapic& e) const {
    out.u8(acpi_layout::madt_local_sapic.type);
    out.u8(acpi_layout::madt_local_sapic.length + e.uid_text.size() + 1);
    out.u8(e.uid);
    out.u8(e.id);
    out.u8(e.eid);
    out.zeros(3);
    out.u32(e.flags);
    out.u32(e.processor_uid);
    out.text(e.uid_text, e.uid_text.size() + 1);
  }
  void operator()(const MadtPlatformInterrupt& e) const {
    begin(out, acpi_layout::madt_platform_interrupt);
    out.u16(e.flags);
    out.u8(e.type);
    out.u8(e.processor_id);
    out.u8(e.processor_eid);
    out.u8(e.vector);
    out.u32(e.gsi);
    out.u32(e.source_flags);
  }
  void operator()(const MadtLocalX2apic& e) const {
    begin(out, acpi_layout::madt_local_x2apic);
    out.u16(e.reserved);
    out.u32(e.apic_id);
    out.u32(e.flags);
    out.u32(e.uid);
  }
  void operator()(const MadtX2apicNmi& e) const {
    begin(out, acpi_layout::madt_x2apic_nmi);
    out.u16(e.flags);
    out.u32(e.uid);
    out.u8(e.lint);
    out.put(e.reserved, 3);
  }
  void operator()(const MadtWakeup& e) const {
    begin(out, acpi_layout::madt_wakeup);
    out.u16(e.version);
    out.u32(e.reserved);
    out.u64(e.mailbox);
  }
  void operator()(const RawEntry& e) const { out.bytes(e.bytes); }
};

MadtLocalApic local_apic(ByteReader in) {
  MadtLocalApic e;
  e.uid = in.u8();
  e.apic_id = in.u8();
  e.flags = in.u32();
  return e;
}

MadtIoApic io_apic(ByteReader in) {
  MadtIoApic e;
  e.id = in.u8();
  e.reserved = in.u8();
  e.address = in.u32();
  e.gsi_base = in.u32();
  return e;
}

MadtOverride interrupt_override(ByteReader in) {
  MadtOverride e;
  e.bus = in.u8();
  e.source = in.u8();
  e.gsi = in.u32();
  e.flags = in.u16();
  return e;
}

MadtNmiSource nmi_source(ByteReader in) {
  MadtNmiSource e;
  e.flags = in.u16();
  e.gsi = in.u32();
  return e;
}

MadtLocalApicNmi local_apic_nmi(ByteReader in) {
  MadtLocalApicNmi e;
  e.uid = in.u8();
  e.flags = in.u16();
  e.lint = in.u8();
  return e;
}

MadtLocalApicAddress local_apic_address(ByteReader in) {
  MadtLocalApicAddress e;
  e.reserved = in.u16();
  e.address = in.u64();
  return e;
}

MadtIoSapic io_sapic(ByteReader in) {
  MadtIoSapic e;
  e.id = in.u8();
  e.reserved = in.u8();
  e.gsi_base = in.u32();
  e.address = in.u64();
  return e;
}

MadtLocalSapic local_sapic(ByteReader in) {
  MadtLocalSapic e;
  e.uid = in.u8();
  e.id = in.u8();
  e.eid = in.u8();
  in.bytes(3);
  e.flags = in.u32();
  e.processor_uid = in.u32();
  const Bytes text = in.bytes(in.left());
  if (!text.empty()) e.uid_text.assign(text.begin(), text.end() - 1);
  return e;
}

MadtPlatformInterrupt platform_interrupt(ByteReader in) {
  MadtPlatformInterrupt e;
  e.flags = in.u16();
  e.type = in.u8();
  e.processor_id = in.u8();
  e.processor_eid = in.u8();
  e.vector = in.u8();
  e.gsi = in.u32();
  e.source_flags = in.u32();
  return e;
}

MadtWakeup wakeup(ByteReader in) {
  MadtWakeup e;
  e.version = in.u16();
  e.reserved = in.u32();
  e.mailbox = in.u64();
  return e;
}

MadtLocalX2apic local_x2apic(ByteReader in) {
  MadtLocalX2apic e;
  e.reserved = in.u16();
  e.apic_id = in.u32();
  e.flags = in.u32();
  e.uid = in.u32();
  return e;
}

MadtX2apicNmi x2apic_nmi(ByteReader in) {
  MadtX2apicNmi e;
  e.flags = in.u16();
  e.uid = in.u32();
  e.lint = in.u8();
  e.reserved = static_cast<std::uint32_t>(in.get(3));
  return e;
}

MadtEntry decode_by_type(std::uint8_t type, ByteReader in, const Bytes& whole) {
  switch (type) {
    case acpi_layout::madt_local_apic.type:
      return local_apic(in);
    case acpi_layout::madt_io_apic.type:
      return io_apic(in);
    case acpi_layout::madt_override.type:
      return interrupt_override(in);
    case acpi_layout::madt_nmi_source.type:
      return nmi_source(in);
    case acpi_layout::madt_local_apic_nmi.type:
      return local_apic_nmi(in);
    case acpi_layout::madt_local_apic_address.type:
      return local_apic_address(in);
    case acpi_layout::madt_io_sapic.type:
      return io_sapic(in);
    case acpi_layout::madt_local_sapic.type:
      return local_sapic(in);
    case acpi_layout::madt_platform_interrupt.type:
      return platform_interrupt(in);
    case acpi_layout::madt_wakeup.type:
      return wakeup(in);
    case acpi_layout::madt_local_x2apic.type:
      return local_x2apic(in);
    case acpi_layout::madt_x2apic_nmi.type:
      return x2apic_nmi(in);
    default:
      return RawEntry{whole};
  }
}

/// What the description cannot hold (another length, reserved bits set) stays raw.
MadtEntry decode(const Bytes& whole) {
  ByteReader in(whole);
  const std::uint8_t type = in.u8();
  in.u8();
  MadtEntry entry = decode_by_type(type, in, whole);
  if (encode_entry(entry) != whole) return RawEntry{whole};
  return entry;
}

}  // namespace

Bytes encode_entry(const MadtEntry& entry) {
  ByteWriter out;
  std::visit(MadtEncoder{out}, entry);
  return out.take();
}

Bytes build_madt(const MadtDescription& madt) {
  ByteWriter out;
  out.u32(madt.local_apic_address);
  out.u32(madt.flags);
  for (const MadtEntry& entry : madt.entries) std::visit(MadtEncoder{out}, entry);
  return out.take();
}

MadtDescription parse_madt(const Bytes& body) {
  ByteReader in(body);
  MadtDescription madt;
  madt.local_apic_address = in.u32();
  madt.flags = in.u32();
  while (in.left() >= 2) {
    ByteReader ahead = in;
    ahead.u8();
    const std::size_t length = ahead.u8();
    if (length < 2 || length > in.left()) break;
    madt.entries.push_back(decode(in.bytes(length)));
  }
  if (in.left() > 0) madt.entries.push_back(RawEntry{in.bytes(in.left())});
  return madt;
}

}  // namespace apicsim
