#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

namespace apicsim {

/// A guest image that cannot be used. what() is one line: file, what is wrong, what would be right.
class ElfError : public std::runtime_error {
 public:
  ElfError(const std::filesystem::path& file, const std::string& what)
      : std::runtime_error(file.string() + ": " + what) {}
};

}  // namespace apicsim
