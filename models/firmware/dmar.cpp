#include <variant>

#include "models/firmware/acpi_tables.h"
#include "models/firmware/byte_writer.h"
#include "models/firmware/spec/acpi_layout.h"

namespace apicsim {

namespace {

using acpi_layout::DmarType;

Bytes encode_scopes(const std::vector<DmarScope>& scopes) {
  ByteWriter out;
  for (const DmarScope& scope : scopes) {
    out.u8(scope.type);
    out.u8(acpi_layout::dmar_scope_fixed + 2 * scope.path.size());
    out.u8(scope.flags);
    out.u8(scope.reserved);
    out.u8(scope.enumeration_id);
    out.u8(scope.start_bus);
    for (const DmarPathStep& step : scope.path) {
      out.u8(step.device);
      out.u8(step.function);
    }
  }
  return out.take();
}

/// One overload per structure of VT-d §8.3 ff.
struct DmarEncoder {
  ByteWriter& out;

  void begin(DmarType type, std::size_t length) const {
    out.u16(static_cast<std::uint16_t>(type));
    out.u16(length);
  }
  void operator()(const DmarDrhd& e) const {
    const Bytes scopes = encode_scopes(e.scopes);
    begin(DmarType::drhd, acpi_layout::dmar_drhd_fixed + scopes.size());
    out.u8(e.flags);
    out.u8(e.size);
    out.u16(e.segment);
    out.u64(e.address);
    out.bytes(scopes);
  }
  void operator()(const DmarRmrr& e) const {
    const Bytes scopes = encode_scopes(e.scopes);
    begin(DmarType::rmrr, acpi_layout::dmar_rmrr_fixed + scopes.size());
    out.u16(e.reserved);
    out.u16(e.segment);
    out.u64(e.base);
    out.u64(e.limit);
    out.bytes(scopes);
  }
  void operator()(const DmarAtsr& e) const {
    const Bytes scopes = encode_scopes(e.scopes);
    begin(DmarType::atsr, acpi_layout::dmar_atsr_fixed + scopes.size());
    out.u8(e.flags);
    out.u8(e.reserved);
    out.u16(e.segment);
    out.bytes(scopes);
  }
  void operator()(const DmarSatc& e) const {
    const Bytes scopes = encode_scopes(e.scopes);
    begin(DmarType::satc, acpi_layout::dmar_satc_fixed + scopes.size());
    out.u8(e.flags);
    out.u8(e.reserved);
    out.u16(e.segment);
    out.bytes(scopes);
  }
  void operator()(const DmarSidp& e) const {
    const Bytes scopes = encode_scopes(e.scopes);
    begin(DmarType::sidp, acpi_layout::dmar_sidp_fixed + scopes.size());
    out.u16(e.reserved);
    out.u16(e.segment);
    out.bytes(scopes);
  }
  void operator()(const DmarRhsa& e) const {
    begin(DmarType::rhsa, acpi_layout::dmar_rhsa_length);
    out.u32(e.reserved);
    out.u64(e.address);
    out.u32(e.proximity);
  }
  void operator()(const DmarAndd& e) const {
    begin(DmarType::andd, acpi_layout::dmar_andd_fixed + e.name.size());
    for (std::size_t i = 0; i < 3; ++i) out.u8(i < e.reserved.size() ? e.reserved[i] : 0);
    out.u8(e.device);
    out.bytes(e.name);
  }
  void operator()(const RawEntry& e) const { out.bytes(e.bytes); }
};

std::vector<DmarScope> decode_scopes(ByteReader& in) {
  std::vector<DmarScope> scopes;
  while (in.left() >= acpi_layout::dmar_scope_fixed) {
    DmarScope scope;
    scope.type = in.u8();
    const std::size_t length = in.u8();
    scope.flags = in.u8();
    scope.reserved = in.u8();
    scope.enumeration_id = in.u8();
    scope.start_bus = in.u8();
    if (length < acpi_layout::dmar_scope_fixed) break;
    ByteReader path = in.part(length - acpi_layout::dmar_scope_fixed);
    while (path.left() >= 2) {
      DmarPathStep step;
      step.device = path.u8();
      step.function = path.u8();
      scope.path.push_back(step);
    }
    scopes.push_back(scope);
  }
  return scopes;
}

DmarDrhd drhd(ByteReader in) {
  DmarDrhd e;
  e.flags = in.u8();
  e.size = in.u8();
  e.segment = in.u16();
  e.address = in.u64();
  e.scopes = decode_scopes(in);
  return e;
}

DmarRmrr rmrr(ByteReader in) {
  DmarRmrr e;
  e.reserved = in.u16();
  e.segment = in.u16();
  e.base = in.u64();
  e.limit = in.u64();
  e.scopes = decode_scopes(in);
  return e;
}

/// ATSR and SATC have the same fields.
template <typename Structure>
Structure with_flags(ByteReader in) {
  Structure e;
  e.flags = in.u8();
  e.reserved = in.u8();
  e.segment = in.u16();
  e.scopes = decode_scopes(in);
  return e;
}

DmarSidp sidp(ByteReader in) {
  DmarSidp e;
  e.reserved = in.u16();
  e.segment = in.u16();
  e.scopes = decode_scopes(in);
  return e;
}

DmarRhsa rhsa(ByteReader in) {
  DmarRhsa e;
  e.reserved = in.u32();
  e.address = in.u64();
  e.proximity = in.u32();
  return e;
}

DmarAndd andd(ByteReader in) {
  DmarAndd e;
  e.reserved = in.bytes(3);
  e.device = in.u8();
  e.name = in.bytes(in.left());
  return e;
}

DmarEntry decode_by_type(std::uint16_t type, ByteReader in, const Bytes& whole) {
  switch (static_cast<DmarType>(type)) {
    case DmarType::drhd:
      return drhd(in);
    case DmarType::rmrr:
      return rmrr(in);
    case DmarType::atsr:
      return with_flags<DmarAtsr>(in);
    case DmarType::rhsa:
      return rhsa(in);
    case DmarType::andd:
      return andd(in);
    case DmarType::satc:
      return with_flags<DmarSatc>(in);
    case DmarType::sidp:
      return sidp(in);
  }
  return RawEntry{whole};
}

/// A structure whose scopes do not fill it exactly, as some firmware writes them, stays raw.
DmarEntry decode(const Bytes& whole) {
  ByteReader in(whole);
  const std::uint16_t type = in.u16();
  in.u16();
  DmarEntry entry = decode_by_type(type, in, whole);
  if (encode_entry(entry) != whole) return RawEntry{whole};
  return entry;
}

}  // namespace

Bytes encode_entry(const DmarEntry& entry) {
  ByteWriter out;
  std::visit(DmarEncoder{out}, entry);
  return out.take();
}

Bytes build_dmar(const DmarDescription& dmar) {
  ByteWriter out;
  out.u8(dmar.host_address_width);
  out.u8(dmar.flags);
  for (std::size_t i = 0; i < acpi_layout::dmar_reserved; ++i) {
    out.u8(i < dmar.reserved.size() ? dmar.reserved[i] : 0);
  }
  for (const DmarEntry& entry : dmar.entries) std::visit(DmarEncoder{out}, entry);
  return out.take();
}

DmarDescription parse_dmar(const Bytes& body) {
  ByteReader in(body);
  DmarDescription dmar;
  dmar.host_address_width = in.u8();
  dmar.flags = in.u8();
  dmar.reserved = in.bytes(acpi_layout::dmar_reserved);
  while (in.left() >= acpi_layout::dmar_entry_header) {
    ByteReader ahead = in;
    ahead.u16();
    const std::size_t length = ahead.u16();
    if (length < acpi_layout::dmar_entry_header || length > in.left()) break;
    dmar.entries.push_back(decode(in.bytes(length)));
  }
  if (in.left() > 0) dmar.entries.push_back(RawEntry{in.bytes(in.left())});
  return dmar;
}

}  // namespace apicsim
