#include <variant>

#include "models/firmware/acpi_header.h"
#include "models/firmware/acpi_tables.h"
#include "models/firmware/firmware_error.h"
#include "models/firmware/spec/acpi_layout.h"

namespace apicsim {

namespace {

struct BodyBuilder {
  std::uint8_t revision;

  Bytes operator()(const FadtDescription& body) const { return build_fadt(body, revision); }
  Bytes operator()(const MadtDescription& body) const { return build_madt(body); }
  Bytes operator()(const DmarDescription& body) const { return build_dmar(body); }
  Bytes operator()(const McfgDescription& body) const { return build_mcfg(body); }
  Bytes operator()(const HpetTableDescription& body) const { return build_hpet(body); }
  Bytes operator()(const SratDescription& body) const { return build_srat(body); }
  Bytes operator()(const SlitDescription& body) const { return build_slit(body); }
  Bytes operator()(const SpcrDescription& body) const { return build_spcr(body); }
  Bytes operator()(const RawBody& body) const { return body.bytes; }
};

/// Does the description hold all of the table? One that the builder refuses does not.
bool rebuilds(const AcpiTable& table, const Bytes& body) {
  try {
    return std::visit(BodyBuilder{table.header.revision}, table.body) == body;
  } catch (const FirmwareError&) {
    return false;
  }
}

AcpiBody parse_body(const std::string& signature, const Bytes& body) {
  if (signature == "FACP") return parse_fadt(body);
  if (signature == "APIC") return parse_madt(body);
  if (signature == "DMAR") return parse_dmar(body);
  if (signature == "MCFG") return parse_mcfg(body);
  if (signature == "HPET") return parse_hpet(body);
  if (signature == "SRAT") return parse_srat(body);
  if (signature == "SLIT") return parse_slit(body);
  if (signature == "SPCR") return parse_spcr(body);
  return RawBody{body, false};
}

}  // namespace

Bytes build_table(const AcpiTable& table) {
  const auto* raw = std::get_if<RawBody>(&table.body);
  if (raw != nullptr && raw->whole_table) return raw->bytes;
  const Bytes body = std::visit(BodyBuilder{table.header.revision}, table.body);
  return wrap_table(table.signature, table.header, body);
}

AcpiTable parse_table(const Bytes& bytes) {
  check_table(bytes);
  AcpiTable table;
  table.signature = table_signature(bytes);
  table.header = parse_header(bytes);
  const Bytes body(bytes.begin() + acpi_layout::header_size, bytes.end());
  table.body = parse_body(table.signature, body);
  if (!rebuilds(table, body)) table.body = RawBody{body, false};
  return table;
}

}  // namespace apicsim
