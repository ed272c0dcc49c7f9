#include "models/firmware/aml.h"

#include <fmt/format.h>

#include "models/firmware/byte_writer.h"
#include "models/firmware/firmware_error.h"
#include "models/firmware/spec/aml_opcodes.h"

namespace apicsim::aml {

namespace {

constexpr std::size_t segment_width = 4;

/// PkgLength counts itself: ACPI §20.2.4.
Bytes with_length(const Bytes& contents) {
  ByteWriter out;
  const std::size_t short_total = contents.size() + 1;
  if (short_total <= 0x3F) {
    out.u8(short_total);
  } else {
    std::size_t extra = 1;
    while (((contents.size() + 1 + extra) >> (4 + 8 * extra)) != 0) ++extra;
    const std::size_t total = contents.size() + 1 + extra;
    out.u8(extra << 6 | (total & 0x0F));
    out.put(total >> 4, extra);
  }
  out.bytes(contents);
  return out.take();
}

bool is_lead(char c) { return (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_segment(ByteWriter& out, const std::string& segment, const std::string& path) {
  bool good = !segment.empty() && segment.size() <= segment_width && is_lead(segment[0]);
  for (const char c : segment) good = good && (is_lead(c) || is_digit(c));
  if (!good) {
    throw FirmwareError(fmt::format(
        "'{}' is no ACPI name; a segment has 1 to 4 of A-Z, 0-9 and _, no digit first", path));
  }
  out.text(segment + std::string(segment_width - segment.size(), '_'), segment_width);
}

Bytes extended(std::uint8_t opcode, const Bytes& contents) {
  return join({Bytes{aml_opcode::extended_prefix, opcode}, with_length(contents)});
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Word and dword address space descriptors differ in the width of their five numbers only.
Bytes address_space(std::uint8_t type, std::uint8_t flags, std::uint64_t first, std::uint64_t last,
                    std::size_t width) {
  ByteWriter out;
  out.u8(width == 2 ? aml_opcode::resource_word : aml_opcode::resource_dword);
  out.u16(3 + 5 * width);
  out.u8(type);
  out.u8(aml_opcode::min_and_max_fixed);
  out.u8(flags);
  out.put(0, width);
  out.put(first, width);
  out.put(last, width);
  out.put(0, width);
  out.put(last - first + 1, width);
  return out.take();
}

}  // namespace

Bytes name_string(const std::string& path) {
  ByteWriter out;
  std::string rest = path;
  if (!rest.empty() && rest[0] == '\\') {
    out.u8(aml_opcode::root_char);
    rest.erase(0, 1);
  }
  const std::size_t dot = rest.find('.');
  if (dot != std::string::npos) {
    constexpr std::uint8_t dual_name_prefix = 0x2E;
    out.u8(dual_name_prefix);
    append_segment(out, rest.substr(0, dot), path);
    rest.erase(0, dot + 1);
  }
  append_segment(out, rest, path);
  return out.take();
}

Bytes integer(std::uint32_t value) {
  ByteWriter out;
  if (value <= 1) {
    out.u8(value == 0 ? aml_opcode::zero : aml_opcode::one);
  } else if (value <= 0xFF) {
    out.u8(aml_opcode::byte_prefix);
    out.u8(value);
  } else if (value <= 0xFFFF) {
    out.u8(aml_opcode::word_prefix);
    out.u16(value);
  } else {
    out.u8(aml_opcode::dword_prefix);
    out.u32(value);
  }
  return out.take();
}

Bytes string(const std::string& text) {
  ByteWriter out;
  out.u8(aml_opcode::string_prefix);
  out.text(text, text.size() + 1);
  return out.take();
}

bool is_eisa_id(const std::string& id) {
  if (id.size() != 7) return false;
  for (std::size_t i = 0; i < 7; ++i) {
    const bool good = i < 3 ? id[i] >= 'A' && id[i] <= 'Z' : hex_digit(id[i]) >= 0;
    if (!good) return false;
  }
  return true;
}

Bytes eisa_id(const std::string& id) {
  if (!is_eisa_id(id)) {
    throw FirmwareError(
        fmt::format("'{}' is no EISA id; it has three of A-Z and four of 0-9, A-F", id));
  }
  // Five bits for each letter, four for each digit, most significant byte first (ACPI §18.5.36).
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 3; ++i) value = value << 5 | static_cast<std::uint32_t>(id[i] - 0x40);
  for (std::size_t i = 3; i < 7; ++i)
    value = value << 4 | static_cast<std::uint32_t>(hex_digit(id[i]));
  ByteWriter out;
  out.u8(aml_opcode::dword_prefix);
  for (int shift = 24; shift >= 0; shift -= 8) out.u8(value >> shift);
  return out.take();
}

Bytes name(const std::string& path, const Bytes& value) {
  return join({Bytes{aml_opcode::name}, name_string(path), value});
}

Bytes package(const std::vector<Bytes>& elements) {
  const auto count = static_cast<std::uint8_t>(elements.size());
  return join({Bytes{aml_opcode::package}, with_length(join({Bytes{count}, join(elements)}))});
}

Bytes buffer(const Bytes& contents) {
  const auto size = static_cast<std::uint32_t>(contents.size());
  return join({Bytes{aml_opcode::buffer}, with_length(join({integer(size), contents}))});
}

Bytes scope(const std::string& path, const Bytes& terms) {
  return join({Bytes{aml_opcode::scope}, with_length(join({name_string(path), terms}))});
}

Bytes device(const std::string& path, const Bytes& terms) {
  return extended(aml_opcode::device, join({name_string(path), terms}));
}

Bytes processor(const std::string& path, std::uint8_t uid, std::uint32_t pblk,
                std::uint8_t pblk_length, const Bytes& terms) {
  ByteWriter out;
  out.bytes(name_string(path));
  out.u8(uid);
  out.u32(pblk);
  out.u8(pblk_length);
  out.bytes(terms);
  return extended(aml_opcode::processor, out.take());
}

Bytes io_port(std::uint16_t base, std::uint8_t length) {
  ByteWriter out;
  out.u8(aml_opcode::resource_io);
  out.u8(1);  // decodes 16 address bits
  out.u16(base);
  out.u16(base);
  out.u8(1);
  out.u8(length);
  return out.take();
}

Bytes irq(std::uint16_t mask) {
  ByteWriter out;
  out.u8(aml_opcode::resource_irq);
  out.u16(mask);
  out.u8(1);  // edge, active high, exclusive
  return out.take();
}

Bytes memory32_fixed(std::uint32_t base, std::uint32_t length) {
  ByteWriter out;
  out.u8(aml_opcode::resource_memory32_fixed);
  out.u16(9);
  out.u8(1);  // read and write
  out.u32(base);
  out.u32(length);
  return out.take();
}

Bytes word_bus_number(std::uint16_t first, std::uint16_t last) {
  return address_space(aml_opcode::space_bus, 0, first, last, 2);
}

Bytes word_io(std::uint16_t first, std::uint16_t last) {
  constexpr std::uint8_t entire_range = 3;
  return address_space(aml_opcode::space_io, entire_range, first, last, 2);
}

Bytes dword_memory(std::uint32_t first, std::uint32_t last) {
  constexpr std::uint8_t read_write = 1;
  return address_space(aml_opcode::space_memory, read_write, first, last, 4);
}

Bytes resource_template(const std::vector<Bytes>& descriptors) {
  // A checksum of zero stands for "not checked" (ACPI §6.4.2.9); compilers write it, too.
  return buffer(join({join(descriptors), Bytes{aml_opcode::resource_end, 0}}));
}

Bytes join(const std::vector<Bytes>& terms) {
  ByteWriter out;
  for (const Bytes& term : terms) out.bytes(term);
  return out.take();
}

}  // namespace apicsim::aml
