#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "sim/scenario/toml_reader.h"

namespace apicsim {

/// Overwrites `out` with the value of `key` if the file has one; the default of a member stays
/// otherwise. The largest value is the smaller of `max` and what the type holds.
template <typename T>
void take(TomlTable& table, const std::string& key, T& out, std::uint64_t min = 0,
          std::uint64_t max = std::numeric_limits<T>::max()) {
  if (const auto value = table.number(key, min, max)) out = static_cast<T>(*value);
}
inline void take(TomlTable& table, const std::string& key, std::string& out) {
  if (const auto value = table.text(key)) out = *value;
}
inline void take(TomlTable& table, const std::string& key, bool& out) {
  if (const auto value = table.flag(key)) out = *value;
}
inline void take_size(TomlTable& table, const std::string& key, std::uint64_t& out) {
  if (const auto value = table.size(key)) out = *value;
}
inline void take_frequency(TomlTable& table, const std::string& key, std::uint64_t& out) {
  if (const auto value = table.frequency(key)) out = *value;
}

/// A text of at most `width` characters.
inline void take_text(TomlTable& table, const std::string& key, std::string& out,
                      std::size_t width) {
  const auto value = table.text(key);
  if (!value) return;
  if (value->size() > width) {
    table.fail(key, "'" + *value + "' is too long; allowed: up to " + std::to_string(width) +
                        " characters");
  }
  out = *value;
}

}  // namespace apicsim
