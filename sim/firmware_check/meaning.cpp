#include "sim/firmware_check/meaning.h"

#include <fmt/format.h>

namespace apicsim {

std::string flag_names(std::uint64_t value, std::initializer_list<const char*> names) {
  std::string text;
  for (unsigned bit = 0; bit < 64; ++bit) {
    if ((value >> bit & 1) == 0) continue;
    const std::string name = name_at(bit, names);
    if (!text.empty()) text += ", ";
    text += name.empty() ? fmt::format("bit {}", bit) : name;
  }
  return text;
}

std::string name_at(std::uint64_t value, std::initializer_list<const char*> names) {
  return value < names.size() ? names.begin()[value] : "";
}

}  // namespace apicsim
