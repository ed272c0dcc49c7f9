#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "sim/scenario/nearest.h"
#include "sim/scenario/toml_reader.h"
#include "sim/scenario/units.h"

namespace apicsim {

namespace {

using Kind = TomlNode::Kind;

constexpr std::size_t kLargestFile = std::size_t{16} << 20;

/// One step of a dotted path: a key, or an index into the array before it.
struct Step {
  std::string key;
  std::optional<std::size_t> index;
};

/// One part of a dotted path; a part in quotes is a key as it stands, whatever it holds.
Step parse_step(const std::string& part, const Place& place) {
  if (part.size() > 2 && part.front() == '"' && part.back() == '"')
    return {part.substr(1, part.size() - 2), std::nullopt};
  const std::size_t bracket = part.find('[');
  Step step{part.substr(0, bracket), std::nullopt};
  if (step.key.empty()) throw ScenarioError(place, "the key has an empty part");
  if (bracket == std::string::npos) return step;
  const auto index = part.back() == ']'
                         ? parse_unsigned(part.substr(bracket + 1, part.size() - bracket - 2))
                         : std::nullopt;
  if (!index)
    throw ScenarioError(place, "'" + part + "' is not a key with an index; allowed: a[0]");
  step.index = static_cast<std::size_t>(*index);
  return step;
}

std::vector<Step> split_path(const std::string& path, const Place& place) {
  std::vector<Step> steps;
  std::string part;
  bool quoted = false;
  for (const char c : path) {
    if (c == '"') quoted = !quoted;
    if (c == '.' && !quoted) {
      steps.push_back(parse_step(part, place));
      part.clear();
    } else {
      part += c;
    }
  }
  if (quoted) throw ScenarioError(place, "the key has an opening quote without a closing one");
  steps.push_back(parse_step(part, place));
  return steps;
}

/// Where the key of an assignment ends: the first '=' outside of quotes.
std::size_t find_equals(const std::string& assignment) {
  bool quoted = false;
  for (std::size_t i = 0; i < assignment.size(); ++i) {
    if (assignment[i] == '"') quoted = !quoted;
    if (assignment[i] == '=' && !quoted) return i;
  }
  return std::string::npos;
}

void replace_places(TomlNode& node, const Place& place) {
  node.place = place;
  for (auto& [key, child] : node.children) replace_places(*child, place);
}

std::unique_ptr<TomlNode> make_string(const std::string& text) {
  auto node = std::make_unique<TomlNode>();
  node->kind = Kind::string;
  node->text = text;
  return node;
}

/// Reads the value as TOML; text that is no TOML value is a string without its quotes.
std::unique_ptr<TomlNode> parse_value(const std::string& text, const TomlNode* old) {
  std::unique_ptr<TomlNode> value;
  try {
    auto parsed = parse_toml("value = " + text, "");
    if (parsed->children.size() == 1) value = std::move(parsed->children.front().second);
  } catch (const ScenarioError&) {
    // Not a TOML value.
  }
  const bool wants_string = old != nullptr && old->kind == Kind::string;
  if (!value || (wants_string && value->kind != Kind::string)) return make_string(text);
  return value;
}

/// "key+=value": words behind those of a string.
void append_words(TomlNode& table, const Step& step, const std::string& text, const Place& place) {
  TomlNode* old = table.child(step.key);
  if (step.index || old == nullptr || old->kind != Kind::string)
    throw ScenarioError(place, fmt::format("'{}' is no string that '+=' could add to", step.key));
  const auto added = parse_value(text, old);
  const bool both = !old->text.empty() && !added->text.empty();
  old->text += (both ? " " : "") + added->text;
  old->place = place;
}

/// The table that holds the last key of the path, made where it does not exist yet.
TomlNode& descend(TomlNode& from, const Step& step, const Place& place) {
  TomlNode* next = from.child(step.key);
  if (next == nullptr) {
    if (step.index) throw ScenarioError(place, "there is no array '" + step.key + "'");
    auto table = std::make_unique<TomlNode>();
    table->place = place;
    next = table.get();
    from.put(step.key, std::move(table));
  }
  if (step.index) {
    if (next->kind != Kind::array || *step.index >= next->children.size())
      throw ScenarioError(place, fmt::format("'{}' has no element {}", step.key, *step.index));
    next = next->children[*step.index].second.get();
  }
  if (next->kind != Kind::table)
    throw ScenarioError(place,
                        fmt::format("'{}' is {}, not a table", step.key, describe(next->kind)));
  return *next;
}

struct Unknown {
  const TomlNode* table = nullptr;
  const TomlNode::Child* child = nullptr;
  std::string path;
};

std::string join(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

/// First unknown key below a node in file order.
std::optional<Unknown> find_unknown(const TomlNode& node, const std::string& path) {
  if (node.kind == Kind::array) {
    for (std::size_t i = 0; i < node.children.size(); ++i)
      if (auto found = find_unknown(*node.children[i].second, fmt::format("{}[{}]", path, i)))
        return found;
    return std::nullopt;
  }
  if (node.kind != Kind::table || !node.visited) return std::nullopt;
  for (const auto& child : node.children) {
    const bool known =
        std::find(node.asked.begin(), node.asked.end(), child.first) != node.asked.end();
    if (!known) return Unknown{&node, &child, join(path, child.first)};
    if (auto found = find_unknown(*child.second, join(path, child.first))) return found;
  }
  return std::nullopt;
}

bool holds_only_tables(const TomlNode& node) {
  return node.kind == Kind::table &&
         std::all_of(node.children.begin(), node.children.end(), [](const TomlNode::Child& child) {
           return child.second->kind == Kind::table;
         });
}

bool is_table(const TomlNode& node) { return node.kind == Kind::table; }

/// Takes over the base's children; `mergeable` says which of its own tables are merged with theirs.
void merge(TomlNode& into, TomlNode& base, bool (*mergeable)(const TomlNode&)) {
  for (auto& [key, child] : base.children) {
    TomlNode* const own = into.child(key);
    if (own == nullptr)
      into.put(key, std::move(child));
    else if (mergeable(*own) && is_table(*child))
      merge(*own, *child, mergeable);
  }
}

std::string read_file(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error))
    throw ScenarioError(file.string() + ": cannot be read: is a directory");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw ScenarioError(file.string() + ": cannot be read: " + std::strerror(errno));
  std::string text;
  char buffer[65536];
  while (stream.read(buffer, sizeof buffer), stream.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kLargestFile)
      throw ScenarioError(
          fmt::format("{}: is larger than {} MiB", file.string(), kLargestFile >> 20));
  }
  return text;
}

}  // namespace

TomlDocument TomlDocument::load(const std::filesystem::path& file) {
  return parse(read_file(file), file.string());
}

TomlDocument TomlDocument::parse(const std::string& text, const std::string& source) {
  return TomlDocument(parse_toml(text, source));
}

void TomlDocument::set(const std::string& assignment) {
  set(assignment, {"--set " + assignment, 0, 0});
}

void TomlDocument::set(const std::string& assignment, const Place& place) {
  const std::size_t equals = find_equals(assignment);
  if (equals == std::string::npos || equals == 0)
    throw ScenarioError(place, "is not an assignment; allowed: key=value");
  const bool appends = assignment[equals - 1] == '+';
  const auto steps = split_path(assignment.substr(0, equals - (appends ? 1 : 0)), place);
  TomlNode* table = m_root.get();
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) table = &descend(*table, steps[i], place);

  const Step& last = steps.back();
  const std::string text = assignment.substr(equals + 1);
  if (appends) {
    append_words(*table, last, text, place);
    return;
  }
  if (last.index) {
    TomlNode* array = table->child(last.key);
    if (array == nullptr || array->kind != Kind::array || *last.index >= array->children.size())
      throw ScenarioError(place, fmt::format("'{}' has no element {}", last.key, *last.index));
    auto& element = array->children[*last.index].second;
    element = parse_value(text, element.get());
    replace_places(*element, place);
    return;
  }
  auto value = parse_value(text, table->child(last.key));
  replace_places(*value, place);
  table->put(last.key, std::move(value));
}

void TomlDocument::inherit(TomlDocument base) { merge(*m_root, *base.m_root, holds_only_tables); }

void TomlDocument::amend(TomlDocument base) { merge(*m_root, *base.m_root, is_table); }

TomlTable TomlDocument::root() { return TomlTable(*m_root, ""); }

void TomlDocument::finish() const {
  const auto unknown = find_unknown(*m_root, "");
  if (!unknown) return;
  const auto& known = unknown->table->asked;
  const auto close = nearest_name(unknown->child->first, known);
  throw ScenarioError(unknown->child->second->place,
                      fmt::format("key '{}': unknown key; allowed: {}{}", unknown->path,
                                  known.empty() ? "none" : join_names(known),
                                  close ? fmt::format("; did you mean '{}'?", *close) : ""));
}

}  // namespace apicsim
