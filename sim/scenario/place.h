#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace apicsim {

/// Where a value was written: a file, or the option of the command line that set it.
struct Place {
  std::string source;        ///< file name, or "--set key=value"
  std::uint32_t line = 0;    ///< 1-based; 0 when the source has no lines
  std::uint32_t column = 0;  ///< 1-based; 0 when unknown

  /// "file:line" or "--set key=value".
  std::string text() const { return line == 0 ? source : source + ":" + std::to_string(line); }
};

/// Bad input of the user. what() is one line: place, key, what is wrong, what is allowed.
/// The program ends with exit status 2.
class ScenarioError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ScenarioError(const Place& place, const std::string& what)
      : std::runtime_error(place.text() + ": " + what) {}
};

}  // namespace apicsim
