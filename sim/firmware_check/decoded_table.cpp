#include "sim/firmware_check/decoded_table.h"

#include <algorithm>

namespace apicsim {

const DecodedField* DecodedStructure::find(std::string_view key) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const DecodedField& field) { return field.key == key; });
  return found == fields.end() ? nullptr : &*found;
}

std::uint64_t DecodedStructure::number(std::string_view key) const {
  const DecodedField* field = find(key);
  return field == nullptr ? 0 : field->value;
}

std::size_t DecodedStructure::place_of(std::string_view key) const {
  const DecodedField* field = find(key);
  return field == nullptr ? offset : field->offset;
}

std::string DecodedStructure::text(std::string_view key) const {
  const DecodedField* field = find(key);
  return field == nullptr ? std::string() : printable_text(field->bytes);
}

std::string printable_text(const Bytes& bytes) {
  std::size_t end = bytes.size();
  while (end > 0 && (bytes[end - 1] == 0 || bytes[end - 1] == ' ')) --end;
  std::string text(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(end));
  for (char& c : text)
    if (c < ' ' || c > '~') c = '.';
  return text;
}

}  // namespace apicsim
