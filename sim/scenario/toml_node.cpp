#include "sim/scenario/toml_node.h"

#include <algorithm>
#include <string_view>

namespace {

/// Some malformed files ("[[[a]]") break what toml++ asserts of them.
struct BrokenAssertion {};

[[noreturn]] [[maybe_unused]] void break_assertion() { throw BrokenAssertion(); }

}  // namespace

#define TOML_EXCEPTIONS 1
#define TOML_ASSERT(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) : break_assertion())
#include <toml++/toml.h>

namespace apicsim {

namespace {

Place place_of(const toml::source_region& region, const std::string& source) {
  return {source, static_cast<std::uint32_t>(region.begin.line),
          static_cast<std::uint32_t>(region.begin.column)};
}

std::unique_ptr<TomlNode> convert(const toml::node& from, const std::string& source);

bool written_earlier(const TomlNode::Child& left, const TomlNode::Child& right) {
  const Place& a = left.second->place;
  const Place& b = right.second->place;
  return a.line != b.line ? a.line < b.line : a.column < b.column;
}

void convert_table(const toml::table& from, const std::string& source, TomlNode& to) {
  to.kind = TomlNode::Kind::table;
  for (const auto& [key, value] : from) {
    to.children.emplace_back(std::string(key.str()), convert(value, source));
    // The place of a scalar is that of its key: that is what a reader looks for in the line.
    if (!value.is_table()) to.children.back().second->place = place_of(key.source(), source);
  }
  std::stable_sort(to.children.begin(), to.children.end(), written_earlier);
}

void convert_scalar(const toml::node& from, TomlNode& to) {
  if (const auto* integer = from.as_integer()) {
    to.kind = TomlNode::Kind::integer;
    to.integer = integer->get();
  } else if (const auto* boolean = from.as_boolean()) {
    to.kind = TomlNode::Kind::boolean;
    to.boolean = boolean->get();
  } else if (const auto* string = from.as_string()) {
    to.kind = TomlNode::Kind::string;
    to.text = string->get();
  } else {
    to.kind = from.is_floating_point() ? TomlNode::Kind::floating : TomlNode::Kind::date;
  }
}

std::unique_ptr<TomlNode> convert(const toml::node& from, const std::string& source) {
  auto to = std::make_unique<TomlNode>();
  to->place = place_of(from.source(), source);
  if (const auto* table = from.as_table()) {
    convert_table(*table, source, *to);
  } else if (const auto* array = from.as_array()) {
    to->kind = TomlNode::Kind::array;
    for (const auto& element : *array) to->children.emplace_back("", convert(element, source));
  } else {
    convert_scalar(from, *to);
  }
  return to;
}

std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

}  // namespace

TomlNode* TomlNode::child(const std::string& name) const {
  for (const auto& [key, value] : children)
    if (key == name) return value.get();
  return nullptr;
}

void TomlNode::put(const std::string& name, std::unique_ptr<TomlNode> value) {
  for (auto& [key, old] : children) {
    if (key != name) continue;
    old = std::move(value);
    return;
  }
  children.emplace_back(name, std::move(value));
}

std::unique_ptr<TomlNode> copy_of(const TomlNode& node) {
  auto copy = std::make_unique<TomlNode>();
  copy->kind = node.kind;
  copy->place = node.place;
  copy->integer = node.integer;
  copy->boolean = node.boolean;
  copy->text = node.text;
  for (const auto& [name, child] : node.children)
    copy->children.emplace_back(name, copy_of(*child));
  return copy;
}

const char* describe(TomlNode::Kind kind) {
  switch (kind) {
    case TomlNode::Kind::integer:
      return "an integer";
    case TomlNode::Kind::floating:
      return "a number with a fraction";
    case TomlNode::Kind::boolean:
      return "true or false";
    case TomlNode::Kind::string:
      return "a string";
    case TomlNode::Kind::date:
      return "a date or time";
    case TomlNode::Kind::array:
      return "an array";
    case TomlNode::Kind::table:
      return "a table";
  }
  return "a value";
}

std::unique_ptr<TomlNode> parse_toml(const std::string& text, const std::string& source) {
  try {
    const toml::table table = toml::parse(text, source);
    auto root = std::make_unique<TomlNode>();
    root->place = {source, 1, 1};
    convert_table(table, source, *root);
    return root;
  } catch (const toml::parse_error& error) {
    throw ScenarioError(place_of(error.source(), source),
                        "not valid TOML: " + one_line(error.description()));
  } catch (const BrokenAssertion&) {
    throw ScenarioError(source + ": not valid TOML");
  }
}

}  // namespace apicsim
