#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/place.h"

namespace apicsim {

/// One value of a TOML document with the place where it was written. Keeps which names of a table
/// the program asked for: these are the valid names, everything else in the file is an error.
struct TomlNode {
  enum class Kind : std::uint8_t { integer, floating, boolean, string, date, array, table };
  using Child = std::pair<std::string, std::unique_ptr<TomlNode>>;

  Kind kind = Kind::table;
  Place place;
  std::int64_t integer = 0;
  bool boolean = false;
  std::string text;             ///< of a string
  std::vector<Child> children;  ///< of a table (in file order) or an array (names empty)

  std::vector<std::string> asked;  ///< names that were asked of this table, in order
  bool visited = false;            ///< handed out as a table, so its names are checked

  TomlNode* child(const std::string& name) const;
  void put(const std::string& name, std::unique_ptr<TomlNode> value);
};

/// All of a node, as it was before anybody asked for its names.
std::unique_ptr<TomlNode> copy_of(const TomlNode& node);

/// "an integer", "a table", ...
const char* describe(TomlNode::Kind kind);

/// Parses TOML text. `source` names it in errors. Throws ScenarioError with file and line.
std::unique_ptr<TomlNode> parse_toml(const std::string& text, const std::string& source);

}  // namespace apicsim
