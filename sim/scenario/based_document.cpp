#include "sim/scenario/based_document.h"

#include <fmt/format.h>

namespace apicsim {

namespace {

namespace fs = std::filesystem;

/// Files that a file may stand on, one after the other.
constexpr unsigned kDeepestBase = 4;

TomlDocument load(const fs::path& file, const std::string& kind, BaseRule rule, unsigned depth) {
  auto document = TomlDocument::load(file);
  auto root = document.root();
  const auto base = root.text("base");
  if (!base) return document;
  const fs::path path = file.parent_path() / (*base + ".toml");
  std::error_code error;
  if (base->find('/') != std::string::npos || !fs::is_regular_file(path, error))
    root.fail("base", fmt::format("there is no {} '{}'; allowed: one of {}", kind, *base,
                                  file.parent_path().string()));
  if (depth == kDeepestBase)
    root.fail("base", fmt::format("is the {}th in a row; allowed: no circle, and up to {}",
                                  depth + 1, kDeepestBase));
  auto below = load(path, kind, rule, depth + 1);
  if (rule == BaseRule::inherit)
    document.inherit(std::move(below));
  else
    document.amend(std::move(below));
  return document;
}

}  // namespace

TomlDocument load_with_bases(const fs::path& file, const std::string& kind, BaseRule rule) {
  return load(file, kind, rule, 0);
}

}  // namespace apicsim
