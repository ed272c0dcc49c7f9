#include "models/firmware/acpi_header.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/firmware/byte_writer.h"
#include "models/firmware/firmware_error.h"
#include "models/firmware/spec/acpi_layout.h"

namespace apicsim {

namespace {

std::string trimmed_text(ByteReader& in, std::size_t width) {
  const Bytes raw = in.bytes(width);
  auto end = raw.end();
  while (end != raw.begin() && *(end - 1) == 0) --end;
  return std::string(raw.begin(), end);
}

void check_width(const std::string& text, std::size_t width, const char* what) {
  if (text.size() > width) {
    throw FirmwareError(fmt::format("{} '{}' has {} characters; allowed: up to {}", what, text,
                                    text.size(), width));
  }
}

}  // namespace

std::uint8_t byte_sum(const Bytes& bytes) {
  std::uint8_t sum = 0;
  for (const std::uint8_t byte : bytes) sum = static_cast<std::uint8_t>(sum + byte);
  return sum;
}

Bytes wrap_table(const std::string& signature, const AcpiHeader& header, const Bytes& body) {
  using namespace acpi_layout;
  if (signature.size() != 4) {
    throw FirmwareError(
        fmt::format("table signature '{}' must have exactly 4 characters", signature));
  }
  check_width(header.oem_id, oem_id_width, "OEM id");
  check_width(header.oem_table_id, oem_table_id_width, "OEM table id");
  ByteWriter out;
  out.text(signature, 4);
  out.u32(header.stated_length.value_or(static_cast<std::uint32_t>(header_size + body.size())));
  out.u8(header.revision);
  out.u8(0);
  out.text(header.oem_id, oem_id_width);
  out.text(header.oem_table_id, oem_table_id_width);
  out.u32(header.oem_revision);
  out.u32(header.creator_id);
  out.u32(header.creator_revision);
  out.bytes(body);
  Bytes table = out.take();
  table[checksum_offset] = static_cast<std::uint8_t>(header.checksum_error - byte_sum(table));
  return table;
}

AcpiHeader parse_header(const Bytes& bytes) {
  ByteReader in(bytes);
  in.bytes(8);
  AcpiHeader header;
  header.revision = in.u8();
  in.u8();
  header.oem_id = trimmed_text(in, acpi_layout::oem_id_width);
  header.oem_table_id = trimmed_text(in, acpi_layout::oem_table_id_width);
  header.oem_revision = in.u32();
  header.creator_id = in.u32();
  header.creator_revision = in.u32();
  return header;
}

std::string table_signature(const Bytes& bytes) {
  return std::string(bytes.begin(), bytes.begin() + 4);
}

void check_table(const Bytes& bytes) {
  if (bytes.size() < acpi_layout::header_size) {
    throw FirmwareError(fmt::format("{} bytes are too few for an ACPI table; its header has {}",
                                    bytes.size(), acpi_layout::header_size));
  }
  const bool printable = std::all_of(bytes.begin(), bytes.begin() + 4,
                                     [](std::uint8_t c) { return c > 0x20 && c < 0x7F; });
  if (!printable) {
    throw FirmwareError("does not begin with a table signature of four printable characters");
  }
  ByteReader in(bytes);
  in.u32();
  const std::uint32_t length = in.u32();
  if (length != bytes.size()) {
    throw FirmwareError(fmt::format("length field of table '{}' says {} bytes, the file has {}",
                                    table_signature(bytes), length, bytes.size()));
  }
}

}  // namespace apicsim
