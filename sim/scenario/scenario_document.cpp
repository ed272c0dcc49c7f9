#include "sim/scenario/scenario_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sim/scenario/nearest.h"

namespace apicsim {

namespace {

namespace fs = std::filesystem;

constexpr const char* kKey = "cures";

std::vector<std::string> scenarios_beside(const fs::path& file) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(file.parent_path(), error))
    if (entry.path().extension() == ".toml" && entry.path() != file)
      names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

fs::path cured_file(const TomlTable& root, const std::string& name, const fs::path& file) {
  const fs::path path = file.parent_path() / (name + ".toml");
  std::error_code error;
  if (name.find('/') == std::string::npos && fs::is_regular_file(path, error)) return path;
  const auto close = nearest_name(name, scenarios_beside(file));
  root.fail(kKey, fmt::format("there is no '{}' beside this scenario{}", name,
                              close ? fmt::format("; did you mean '{}'?", *close) : ""));
}

TomlDocument with_cured(TomlDocument document, const fs::path& file) {
  TomlTable root = document.root();
  root.allow("title");  // first in the list of what is allowed
  const auto name = root.text(kKey);
  if (!name) return document;
  root.need_text("title");
  auto cured = TomlDocument::load(cured_file(root, *name, file));
  if (cured.root().has(kKey))
    root.fail(kKey, fmt::format("'{}' is a cure itself; allowed: what it cures", *name));
  document.amend(std::move(cured));
  return document;
}

}  // namespace

TomlDocument load_scenario_document(const fs::path& file) {
  return with_cured(TomlDocument::load(file), file);
}

TomlDocument parse_scenario_document(const std::string& text, const fs::path& file) {
  return with_cured(TomlDocument::parse(text, file.string()), file);
}

}  // namespace apicsim
