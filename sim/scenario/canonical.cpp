#include "sim/scenario/canonical.h"

#include <algorithm>

#include "sim/scenario/toml_reader.h"

namespace apicsim {

namespace {

using Kind = TomlNode::Kind;

/// Length first, so that no value can pass for structure.
std::string framed(const std::string& text) { return std::to_string(text.size()) + ':' + text; }

std::string table_text(const TomlNode& node, const std::vector<std::string>& without) {
  std::vector<const TomlNode::Child*> children;
  for (const TomlNode::Child& child : node.children)
    if (std::find(without.begin(), without.end(), child.first) == without.end())
      children.push_back(&child);
  std::sort(children.begin(), children.end(),
            [](const auto* left, const auto* right) { return left->first < right->first; });
  std::string text = "{";
  for (const TomlNode::Child* child : children)
    text += framed(child->first) + canonical_text(*child->second, without);
  return text + "}";
}

}  // namespace

std::string canonical_text(const TomlNode& node, const std::vector<std::string>& without) {
  switch (node.kind) {
    case Kind::integer:
      return "i" + std::to_string(node.integer) + ";";
    case Kind::boolean:
      return node.boolean ? "true;" : "false;";
    case Kind::string:
      return "s" + framed(node.text);
    case Kind::table:
      return table_text(node, without);
    case Kind::array: {
      std::string text = "[";
      for (const TomlNode::Child& child : node.children)
        text += canonical_text(*child.second, without);
      return text + "]";
    }
    case Kind::floating:
    case Kind::date:
      break;  // no reader takes them: they never get this far
  }
  return ";";
}

std::string TomlDocument::canonical(const std::vector<std::string>& without) const {
  return canonical_text(*m_root, without);
}

}  // namespace apicsim
