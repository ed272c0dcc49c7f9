#include "sim/scenario/toml_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/scenario/nearest.h"
#include "sim/scenario/units.h"

namespace apicsim {

namespace {

using Kind = TomlNode::Kind;

constexpr std::uint64_t kDecimalUpTo = 65'536;

/// Small bounds are counts, large ones addresses and sizes.
std::string bound(std::uint64_t value) {
  return value <= kDecimalUpTo ? fmt::format("{}", value) : fmt::format("{:#x}", value);
}

std::string range(std::uint64_t min, std::uint64_t max) {
  return fmt::format("allowed: {}..{}", bound(min), bound(max));
}

std::optional<std::vector<std::uint8_t>> parse_hex_pairs(const std::string& text) {
  std::vector<std::uint8_t> bytes;
  std::string pair;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      if (!pair.empty()) return std::nullopt;
      continue;
    }
    pair += c;
    if (pair.size() < 2) continue;
    const auto value = parse_unsigned("0x" + pair);
    if (!value || pair.find('_') != std::string::npos) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(*value));
    pair.clear();
  }
  if (!pair.empty()) return std::nullopt;
  return bytes;
}

}  // namespace

TomlTable::TomlTable(TomlNode& node, std::string path) : m_node(&node), m_path(std::move(path)) {
  m_node->visited = true;
}

void TomlTable::allow(const std::string& key) {
  auto& asked = m_node->asked;
  if (std::find(asked.begin(), asked.end(), key) == asked.end()) asked.push_back(key);
}

TomlNode* TomlTable::find(const std::string& key) {
  allow(key);
  return m_node->child(key);
}

TomlNode* TomlTable::find(const std::string& key, Kind kind) {
  TomlNode* node = find(key);
  if (node != nullptr && node->kind != kind)
    fail(key, fmt::format("is {}; allowed: {}", describe(node->kind), describe(kind)));
  return node;
}

TomlNode& TomlTable::need(const std::string& key) {
  TomlNode* node = find(key);
  if (node != nullptr) return *node;
  std::vector<std::string> unknown;
  for (const auto& [name, child] : m_node->children)
    if (std::find(m_node->asked.begin(), m_node->asked.end(), name) == m_node->asked.end())
      unknown.push_back(name);
  const auto close = nearest_name(key, unknown);
  if (close) fail(*close, fmt::format("unknown key; did you mean '{}'?", key));
  fail(key, "is missing");
}

std::uint64_t TomlTable::to_number(const TomlNode& node, const std::string& key, std::uint64_t min,
                                   std::uint64_t max) const {
  if (node.kind != Kind::integer && node.kind != Kind::string)
    fail(key, fmt::format("is {}; allowed: an integer", describe(node.kind)));
  if (node.kind == Kind::string) {
    const auto parsed = parse_unsigned(node.text);
    if (!parsed) fail(key, fmt::format("'{}' is not an integer; {}", node.text, range(min, max)));
    if (*parsed < min || *parsed > max)
      fail(key, fmt::format("{} is out of range; {}", node.text, range(min, max)));
    return *parsed;
  }
  const auto value = static_cast<std::uint64_t>(node.integer);
  if (node.integer < 0 || value < min || value > max)
    fail(key, fmt::format("{} is out of range; {}", node.integer, range(min, max)));
  return value;
}

std::optional<std::uint64_t> TomlTable::number(const std::string& key, std::uint64_t min,
                                               std::uint64_t max) {
  const TomlNode* node = find(key);
  if (node == nullptr) return std::nullopt;
  return to_number(*node, key, min, max);
}

std::optional<std::uint64_t> TomlTable::size(const std::string& key, std::uint64_t min,
                                             std::uint64_t max) {
  const TomlNode* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->kind != Kind::string) return to_number(*node, key, min, max);
  const auto value = parse_size(node->text);
  if (!value)
    fail(key, fmt::format("'{}' is not a size; allowed: bytes, or a number with KiB, MiB, GiB, TiB",
                          node->text));
  if (*value < min || *value > max)
    fail(key, fmt::format("{} is out of range; {}", node->text, range(min, max)));
  return value;
}

std::optional<std::uint64_t> TomlTable::duration(const std::string& key) {
  const TomlNode* node = find(key, Kind::string);
  if (node == nullptr) return std::nullopt;
  const auto value = parse_duration(node->text);
  if (!value)
    fail(key,
         fmt::format("'{}' is not a time; allowed: a number with ps, ns, us, ms, s", node->text));
  return value;
}

std::optional<std::uint64_t> TomlTable::frequency(const std::string& key) {
  const TomlNode* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->kind != Kind::string) return to_number(*node, key, 1, ~std::uint64_t{0});
  const auto value = parse_frequency(node->text);
  if (!value || *value == 0)
    fail(key, fmt::format("'{}' is not a frequency; allowed: a number with Hz, kHz, MHz, GHz",
                          node->text));
  return value;
}

std::optional<std::string> TomlTable::text(const std::string& key) {
  const TomlNode* node = find(key, Kind::string);
  if (node == nullptr) return std::nullopt;
  return node->text;
}

std::optional<bool> TomlTable::flag(const std::string& key) {
  const TomlNode* node = find(key, Kind::boolean);
  if (node == nullptr) return std::nullopt;
  return node->boolean;
}

std::optional<std::vector<std::uint8_t>> TomlTable::bytes(const std::string& key) {
  const TomlNode* node = find(key);
  if (node == nullptr) return std::nullopt;
  std::optional<std::vector<std::uint8_t>> bytes;
  if (node->kind == Kind::string) bytes = parse_hex_pairs(node->text);
  if (node->kind == Kind::array) {
    bytes.emplace();
    for (const std::uint64_t value : numbers(key, 0, 255))
      bytes->push_back(static_cast<std::uint8_t>(value));
  }
  if (!bytes) fail(key, "is not a row of bytes; allowed: \"de ad be ef\" or [0xde, 0xad]");
  return bytes;
}

std::vector<std::uint64_t> TomlTable::numbers(const std::string& key, std::uint64_t min,
                                              std::uint64_t max) {
  std::vector<std::uint64_t> values;
  const TomlNode* node = find(key, Kind::array);
  if (node == nullptr) return values;
  for (std::size_t i = 0; i < node->children.size(); ++i)
    values.push_back(to_number(*node->children[i].second, fmt::format("{}[{}]", key, i), min, max));
  return values;
}

std::vector<std::string> TomlTable::texts(const std::string& key) {
  std::vector<std::string> values;
  const TomlNode* node = find(key, Kind::array);
  if (node == nullptr) return values;
  for (const auto& [unused, child] : node->children) {
    if (child->kind != Kind::string)
      fail(key, fmt::format("holds {}; allowed: strings", describe(child->kind)));
    values.push_back(child->text);
  }
  return values;
}

std::optional<TomlTable> TomlTable::table(const std::string& key) {
  TomlNode* node = find(key, Kind::table);
  if (node == nullptr) return std::nullopt;
  return TomlTable(*node, name(key));
}

std::vector<TomlTable> TomlTable::tables(const std::string& key) {
  std::vector<TomlTable> tables;
  const TomlNode* node = find(key, Kind::array);
  if (node == nullptr) return tables;
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    TomlNode& child = *node->children[i].second;
    if (child.kind != Kind::table)
      fail(key, fmt::format("holds {}; allowed: tables", describe(child.kind)));
    tables.emplace_back(child, fmt::format("{}[{}]", name(key), i));
  }
  return tables;
}

std::vector<TomlTable> TomlTable::named_tables(const std::string& key, const std::string& name) {
  if (TomlNode* node = find(key, Kind::array)) {
    for (auto& [index, child] : node->children) {
      if (child->kind != Kind::string) continue;
      auto table = std::make_unique<TomlNode>();
      table->place = child->place;
      table->put(name, std::move(child));
      child = std::move(table);
    }
  }
  return tables(key);
}

std::unique_ptr<TomlNode> TomlTable::subtree(const std::string& key) {
  const TomlNode* node = find(key);
  return node == nullptr ? nullptr : copy_of(*node);
}

std::uint64_t TomlTable::need_number(const std::string& key, std::uint64_t min, std::uint64_t max) {
  need(key);
  return *number(key, min, max);
}

std::uint64_t TomlTable::need_size(const std::string& key, std::uint64_t min, std::uint64_t max) {
  need(key);
  return *size(key, min, max);
}

std::uint64_t TomlTable::need_frequency(const std::string& key) {
  need(key);
  return *frequency(key);
}

std::string TomlTable::need_text(const std::string& key) {
  need(key);
  return *text(key);
}

bool TomlTable::need_flag(const std::string& key) {
  need(key);
  return *flag(key);
}

std::vector<std::uint8_t> TomlTable::need_bytes(const std::string& key) {
  need(key);
  return *bytes(key);
}

TomlTable TomlTable::need_table(const std::string& key) {
  need(key);
  return *table(key);
}

bool TomlTable::has(const std::string& key) { return find(key) != nullptr; }

bool TomlTable::is_text(const std::string& key) {
  const TomlNode* node = find(key);
  return node != nullptr && node->kind == Kind::string;
}

std::vector<std::string> TomlTable::keys() {
  std::vector<std::string> keys;
  for (const auto& [key, child] : m_node->children) {
    keys.push_back(key);
    allow(key);
  }
  return keys;
}

Place TomlTable::place(const std::string& key) const {
  const TomlNode* node = m_node->child(key);
  return node != nullptr ? node->place : m_node->place;
}

Place TomlTable::place() const { return m_node->place; }

std::string TomlTable::name(const std::string& key) const {
  return m_path.empty() ? key : m_path + "." + key;
}

void TomlTable::fail(const std::string& key, const std::string& what) const {
  // "key[3]" names an element; its place is that of the array.
  const std::string base = key.substr(0, key.find('['));
  throw ScenarioError(place(base), fmt::format("key '{}': {}", name(key), what));
}

void TomlTable::fail(const std::string& what) const {
  throw ScenarioError(place(), m_path.empty() ? what : fmt::format("key '{}': {}", m_path, what));
}

std::size_t TomlTable::choose(const std::string& key, const std::string& value,
                              const std::vector<std::string>& names) const {
  const auto found = std::find(names.begin(), names.end(), value);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const auto close = nearest_name(value, names);
  fail(key, fmt::format("unknown value '{}'; allowed: {}{}", value, join_names(names),
                        close ? fmt::format("; did you mean '{}'?", *close) : ""));
}

}  // namespace apicsim
