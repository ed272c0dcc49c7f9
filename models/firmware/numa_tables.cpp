#include <fmt/format.h>

#include <variant>

#include "models/firmware/acpi_tables.h"
#include "models/firmware/byte_writer.h"
#include "models/firmware/firmware_error.h"
#include "models/firmware/spec/acpi_layout.h"

namespace apicsim {

namespace {

/// One overload per structure of ACPI §5.2.16.1 ff.
struct SratEncoder {
  ByteWriter& out;

  void begin(acpi_layout::EntryLayout layout) const {
    out.u8(layout.type);
    out.u8(layout.length);
  }
  void operator()(const SratLocalApic& e) const {
    begin(acpi_layout::srat_local_apic);
    out.u8(e.proximity);
    out.u8(e.apic_id);
    out.u32(e.flags);
    out.u8(e.sapic_eid);
    out.put(e.proximity >> 8, 3);
    out.u32(e.clock_domain);
  }
  void operator()(const SratMemory& e) const {
    begin(acpi_layout::srat_memory);
    out.u32(e.proximity);
    out.u16(0);
    out.u64(e.base);
    out.u64(e.length);
    out.u32(0);
    out.u32(e.flags);
    out.u64(0);
  }
  void operator()(const SratX2apic& e) const {
    begin(acpi_layout::srat_x2apic);
    out.u16(0);
    out.u32(e.proximity);
    out.u32(e.apic_id);
    out.u32(e.flags);
    out.u32(e.clock_domain);
    out.u32(0);
  }
  void operator()(const RawEntry& e) const { out.bytes(e.bytes); }
};

SratLocalApic local_apic(ByteReader in) {
  SratLocalApic e;
  e.proximity = in.u8();
  e.apic_id = in.u8();
  e.flags = in.u32();
  e.sapic_eid = in.u8();
  e.proximity |= static_cast<std::uint32_t>(in.get(3) << 8);
  e.clock_domain = in.u32();
  return e;
}

SratMemory memory(ByteReader in) {
  SratMemory e;
  e.proximity = in.u32();
  in.u16();
  e.base = in.u64();
  e.length = in.u64();
  in.u32();
  e.flags = in.u32();
  return e;
}

SratX2apic x2apic(ByteReader in) {
  SratX2apic e;
  in.u16();
  e.proximity = in.u32();
  e.apic_id = in.u32();
  e.flags = in.u32();
  e.clock_domain = in.u32();
  return e;
}

SratEntry decode_by_type(std::uint8_t type, ByteReader in, const Bytes& whole) {
  switch (type) {
    case acpi_layout::srat_local_apic.type:
      return local_apic(in);
    case acpi_layout::srat_memory.type:
      return memory(in);
    case acpi_layout::srat_x2apic.type:
      return x2apic(in);
    default:
      return RawEntry{whole};
  }
}

SratEntry decode(const Bytes& whole) {
  ByteReader in(whole);
  const std::uint8_t type = in.u8();
  in.u8();
  SratEntry entry = decode_by_type(type, in, whole);
  if (encode_entry(entry) != whole) return RawEntry{whole};
  return entry;
}

constexpr std::uint8_t local_distance = 10;

void check_distances(const SlitDescription& slit) {
  const std::size_t count = slit.distances.size();
  for (std::size_t row = 0; row < count; ++row) {
    if (slit.distances[row].size() != count) {
      throw FirmwareError(
          fmt::format("row {} of the distance matrix has {} columns; it must have {}", row,
                      slit.distances[row].size(), count));
    }
    for (std::size_t column = 0; column < count; ++column) {
      const int distance = slit.distances[row][column];
      const bool right = row == column ? distance == local_distance : distance >= local_distance;
      if (!right) {
        throw FirmwareError(fmt::format(
            "distance {} from node {} to node {}; allowed: 10 to itself, 10 to 255 to another",
            distance, row, column));
      }
    }
  }
}

}  // namespace

Bytes encode_entry(const SratEntry& entry) {
  ByteWriter out;
  std::visit(SratEncoder{out}, entry);
  return out.take();
}

Bytes build_srat(const SratDescription& srat) {
  ByteWriter out;
  out.u32(srat.table_revision);
  out.u64(0);
  for (const SratEntry& entry : srat.entries) std::visit(SratEncoder{out}, entry);
  return out.take();
}

SratDescription parse_srat(const Bytes& body) {
  ByteReader in(body);
  SratDescription srat;
  srat.table_revision = in.u32();
  in.u64();
  while (in.left() >= 2) {
    ByteReader ahead = in;
    ahead.u8();
    const std::size_t length = ahead.u8();
    if (length < 2 || length > in.left()) break;
    srat.entries.push_back(decode(in.bytes(length)));
  }
  if (in.left() > 0) srat.entries.push_back(RawEntry{in.bytes(in.left())});
  return srat;
}

Bytes build_slit(const SlitDescription& slit) {
  check_distances(slit);
  ByteWriter out;
  out.u64(slit.distances.size());
  for (const auto& row : slit.distances) out.bytes(row);
  return out.take();
}

SlitDescription parse_slit(const Bytes& body) {
  ByteReader in(body);
  const std::uint64_t count = in.u64();
  SlitDescription slit;
  if (count > 255 || count * count != in.left()) return slit;
  for (std::uint64_t row = 0; row < count; ++row) slit.distances.push_back(in.bytes(count));
  return slit;
}

}  // namespace apicsim
