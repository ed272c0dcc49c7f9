#include "sim/firmware_check/text_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/firmware_check/decode.h"

namespace apicsim {

namespace {

constexpr std::size_t kWidth = 100;

/// Fields that say nothing beyond what the line shows anyhow.
bool is_shown(const DecodedStructure& structure, const DecodedField& field) {
  if (field.key == "length" || (field.key == "type" && structure.known)) return false;
  const bool reserved = field.key.rfind("reserved", 0) == 0;
  return !reserved || std::any_of(field.bytes.begin(), field.bytes.end(),
                                  [](std::uint8_t byte) { return byte != 0; });
}

std::string path_text(const DecodedField& field) {
  return fmt::format("{:02x}.{:x}", field.value & 0xFF, field.value >> 8);
}

std::string value_text(const DecodedField& field) {
  switch (field.form) {
    case FieldForm::text:
      return "'" + printable_text(field.bytes) + "'";
    case FieldForm::bytes:
      return fmt::format("{:02x}", fmt::join(field.bytes, " "));
    case FieldForm::path:
      return path_text(field);
    default:
      break;
  }
  if (field.size > 8) return fmt::format("{:02x}", fmt::join(field.bytes, " "));
  const std::string number =
      field.value < 10 ? fmt::format("{}", field.value) : fmt::format("{:#x}", field.value);
  return field.meaning.empty() ? number : fmt::format("{} ({})", number, field.meaning);
}

bool has_path(const DecodedStructure& structure) {
  return std::any_of(structure.fields.begin(), structure.fields.end(),
                     [](const DecodedField& field) { return field.form == FieldForm::path; });
}

/// "I/O APIC 8 00:1e.1": a device scope as scenarios write it.
std::string scope_text(const DecodedStructure& scope) {
  std::string text = scope.name;
  const std::uint64_t type = scope.number("type");
  if (type != 1 && type != 2) text += fmt::format(" {}", scope.number("enumeration_id"));
  text += fmt::format(" {:02x}", scope.number("start_bus"));
  const char* separator = ":";
  for (const DecodedField& field : scope.fields) {
    if (field.form != FieldForm::path) continue;
    text += separator + path_text(field);
    separator = "/";
  }
  return text;
}

std::string fields_text(const DecodedStructure& structure) {
  if (has_path(structure)) return scope_text(structure);
  std::string text = structure.name;
  const char* separator = "  ";
  for (const DecodedField& field : structure.fields) {
    if (!is_shown(structure, field)) continue;
    text += separator + field.key + " " + value_text(field);
    separator = ", ";
  }
  return text;
}

void add_structure(const DecodedStructure& structure, std::size_t depth, std::string& out) {
  const std::size_t indent = 2 * depth;
  const std::string place = fmt::format("{}{:#06x}  ", std::string(indent, ' '), structure.offset);
  out += place + wrapped(fields_text(structure), place.size()) + "\n";
  if (!structure.damage.empty())
    out += fmt::format("{}damaged: {}\n", std::string(place.size(), ' '), structure.damage);
  for (const DecodedStructure& part : structure.parts) add_structure(part, depth + 1, out);
}

/// The header is in the title line already.
bool is_header_field(const DecodedField& field) {
  static const char* const keys[] = {"signature",    "length",     "revision",
                                     "checksum",     "oem_id",     "oem_table_id",
                                     "oem_revision", "creator_id", "creator_revision"};
  return std::any_of(std::begin(keys), std::end(keys),
                     [&](const char* key) { return field.key == key; });
}

std::string title_text(const DecodedTable& table) {
  const std::string title = table_title(table.signature);
  std::string text = fmt::format("{}  {}{}{} bytes", table.signature, title,
                                 title.empty() ? "" : ", ", table.bytes.size());
  if (const DecodedField* revision = table.root.find("revision"))
    text += fmt::format(", revision {}", revision->value);
  if (table.root.find("oem_table_id") != nullptr)
    text += fmt::format(", OEM '{}' '{}' {:#x}", table.root.text("oem_id"),
                        table.root.text("oem_table_id"), table.root.number("oem_revision"));
  if (table.address != 0) text += fmt::format(", at {:#x}", table.address);
  return text;
}

}  // namespace

std::string wrapped(const std::string& text, std::size_t indent) {
  std::string result;
  std::size_t column = indent;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find(' ', at);
    if (end == std::string::npos) end = text.size();
    if (column + (end - at) > kWidth && column > indent) {
      result += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += ' ';
      ++column;
    }
    result += text.substr(at, end - at);
    column += end - at;
    at = end + 1;
  }
  return result;
}

std::string table_text(const DecodedTable& table) {
  std::string out = title_text(table) + "\n";
  for (const DecodedField& field : table.root.fields)
    if (!is_header_field(field) && is_shown(table.root, field))
      out += fmt::format("  {:#06x}  {:<28} {}\n", field.offset, field.key,
                         wrapped(value_text(field), 39));
  if (!table.root.damage.empty()) out += fmt::format("  damaged: {}\n", table.root.damage);
  for (const DecodedStructure& part : table.root.parts) add_structure(part, 1, out);
  return out;
}

std::string table_list(const TableSet& set) {
  std::string out;
  for (const DecodedTable& table : set.tables)
    out +=
        fmt::format("  {:<8} {:>7} bytes  {}\n", table.signature, table.bytes.size(), table.source);
  for (const std::string& skipped : set.skipped) out += fmt::format("  left out: {}\n", skipped);
  return out;
}

std::string findings_text(const std::vector<Finding>& findings, bool colour) {
  if (findings.empty()) return "  none\n";
  std::string out;
  for (const Finding& finding : findings) {
    const char* paint = finding.severity == Severity::error     ? "\033[31m"
                        : finding.severity == Severity::warning ? "\033[33m"
                                                                : "";
    const bool painted = colour && *paint != '\0';
    out += fmt::format("  {}{:<7}{} {:<4} {:#06x}  {}\n", painted ? paint : "",
                       severity_name(finding.severity), painted ? "\033[0m" : "", finding.table,
                       finding.offset, wrapped(finding.what, 23));
    out += fmt::format("                       rule {}: {}\n", finding.rule, finding.section);
    out += fmt::format("                       {}\n", wrapped(finding.consequence, 23));
  }
  return out;
}

}  // namespace apicsim
