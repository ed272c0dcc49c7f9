#include "sim/cli/variants.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/cli/exit_status.h"
#include "sim/scenario/toml_node.h"

namespace apicsim {

namespace {

constexpr std::size_t kMostVariants = 64;

struct Vary {
  std::string key;
  std::vector<std::string> values;  ///< as TOML
};

[[noreturn]] void fail(std::string text, const std::string& what) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  throw UsageError(fmt::format("apicsim compare: --vary {}: {}", text, what));
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else if (code < 0x20 || code == 0x7F)
      out += fmt::format("\\u{:04x}", code);
    else
      out += c;
  }
  return out + "\"";
}

/// A value as TOML text.
std::string toml_text(const TomlNode& node, const std::string& option) {
  switch (node.kind) {
    case TomlNode::Kind::string:
      return quoted(node.text);
    case TomlNode::Kind::integer:
      return std::to_string(node.integer);
    case TomlNode::Kind::boolean:
      return node.boolean ? "true" : "false";
    case TomlNode::Kind::array: {
      std::string text;
      for (const auto& [name, child] : node.children)
        text += (text.empty() ? "" : ", ") + toml_text(*child, option);
      return "[" + text + "]";
    }
    default:
      fail(option, fmt::format("{} cannot be varied; allowed: strings, integers, true and false",
                               describe(node.kind)));
  }
}

/// The first '=' outside of a quoted part of the key.
std::size_t find_equals(const std::string& option) {
  bool in_quotes = false;
  for (std::size_t i = 0; i < option.size(); ++i) {
    if (option[i] == '"') in_quotes = !in_quotes;
    if (option[i] == '=' && !in_quotes) return i;
  }
  return std::string::npos;
}

Vary parse_vary(const std::string& option) {
  const char* const wanted = "allowed: key=[value, ...], as kernel.cmdline='[\"\", \"nox2apic\"]'";
  const std::size_t equals = find_equals(option);
  if (equals == std::string::npos || equals == 0) fail(option, wanted);
  Vary vary;
  vary.key = option.substr(0, equals);
  std::unique_ptr<TomlNode> parsed;
  try {
    parsed = parse_toml("value = " + option.substr(equals + 1), "");
  } catch (const ScenarioError&) {
    fail(option, wanted);
  }
  const TomlNode* list = parsed->child("value");
  if (parsed->children.size() != 1 || list->kind != TomlNode::Kind::array || list->children.empty())
    fail(option, wanted);
  for (const auto& [name, child] : list->children) vary.values.push_back(toml_text(*child, option));
  return vary;
}

void check_keys(const std::vector<Vary>& varies) {
  std::size_t count = 1;
  for (std::size_t i = 0; i < varies.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j)
      if (varies[i].key == varies[j].key)
        throw UsageError("apicsim compare: --vary " + varies[i].key + " is there twice");
    count *= std::min(varies[i].values.size(), kMostVariants + 1);
    if (count > kMostVariants)
      throw UsageError(
          fmt::format("apicsim compare: more than {} combinations of --vary", kMostVariants));
  }
}

/// The combinations of all values, the last key changing fastest.
std::vector<std::vector<std::string>> combinations(const std::vector<Vary>& varies) {
  std::vector<std::vector<std::string>> all = {{}};
  for (const Vary& vary : varies) {
    std::vector<std::vector<std::string>> longer;
    for (const auto& start : all)
      for (const std::string& value : vary.values) {
        longer.push_back(start);
        longer.back().push_back(vary.key + "=" + value);
      }
    all = std::move(longer);
  }
  return all;
}

std::string label_of(const std::string& scenario, const std::vector<std::string>& assignments) {
  std::string label = scenario;
  for (std::size_t i = 0; i < assignments.size(); ++i)
    label += (i == 0 ? " " : ", ") + assignments[i];
  return label;
}

}  // namespace

std::vector<Variant> make_variants(const std::vector<std::string>& scenarios,
                                   const std::vector<std::string>& overrides,
                                   const std::vector<std::string>& options) {
  if (scenarios.empty())
    throw UsageError("apicsim compare: which scenarios? 'apicsim list' shows them");
  if (options.empty() && scenarios.size() < 2)
    throw UsageError("apicsim compare: needs two scenarios, or one and --vary");
  if (!options.empty() && scenarios.size() > 1)
    throw UsageError("apicsim compare: --vary varies one scenario, not several");
  std::vector<Vary> varies;
  for (const std::string& option : options) varies.push_back(parse_vary(option));
  check_keys(varies);
  std::vector<Variant> variants;
  for (const std::string& scenario : scenarios)
    for (const auto& combination : combinations(varies)) {
      Variant variant{label_of(scenario, combination), scenario, overrides};
      variant.overrides.insert(variant.overrides.end(), combination.begin(), combination.end());
      variants.push_back(std::move(variant));
    }
  return variants;
}

}  // namespace apicsim
