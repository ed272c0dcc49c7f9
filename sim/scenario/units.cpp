#include "sim/scenario/units.h"

#include <initializer_list>

namespace apicsim {

namespace {

__extension__ using Wide = unsigned __int128;
constexpr Wide kLimit = ~std::uint64_t{0};

struct Unit {
  const char* name;
  std::uint64_t factor;
};

std::optional<unsigned> digit_value(char c, unsigned base) {
  unsigned value = base;
  if (c >= '0' && c <= '9') value = static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') value = static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') value = static_cast<unsigned>(c - 'A') + 10;
  if (value >= base) return std::nullopt;
  return value;
}

/// Digits with an optional decimal point: mantissa / 10^scale.
struct Decimal {
  Wide mantissa = 0;
  Wide scale = 1;
};

std::optional<Decimal> parse_decimal(const std::string& text) {
  Decimal decimal;
  bool point = false, digits = false;
  for (const char c : text) {
    if (c == '.' && !point && digits) {
      point = true;
      digits = false;
      continue;
    }
    const auto value = digit_value(c, 10);
    if (!value) return std::nullopt;
    decimal.mantissa = decimal.mantissa * 10 + *value;
    if (point) decimal.scale *= 10;
    digits = true;
    if (decimal.mantissa > kLimit || decimal.scale > kLimit) return std::nullopt;
  }
  return digits ? std::optional<Decimal>(decimal) : std::nullopt;
}

std::optional<std::uint64_t> parse_with_unit(const std::string& text,
                                             std::initializer_list<Unit> units) {
  std::size_t split = text.find_first_not_of("0123456789.");
  if (split == std::string::npos) return std::nullopt;
  const auto number = parse_decimal(text.substr(0, split));
  while (split < text.size() && text[split] == ' ') ++split;
  const std::string name = text.substr(split);
  for (const Unit& unit : units) {
    if (!number || name != unit.name) continue;
    const Wide product = number->mantissa * unit.factor;
    if (product % number->scale != 0 || product / number->scale > kLimit) return std::nullopt;
    return static_cast<std::uint64_t>(product / number->scale);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_unsigned(const std::string& text) {
  const bool hexadecimal = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  const unsigned base = hexadecimal ? 16 : 10;
  Wide value = 0;
  bool last_was_digit = false;
  for (std::size_t i = hexadecimal ? 2 : 0; i < text.size(); ++i) {
    if (text[i] == '_' && last_was_digit) {
      last_was_digit = false;
      continue;
    }
    const auto digit = digit_value(text[i], base);
    if (!digit) return std::nullopt;
    value = value * base + *digit;
    if (value > kLimit) return std::nullopt;
    last_was_digit = true;
  }
  if (!last_was_digit) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

std::optional<std::uint64_t> parse_size(const std::string& text) {
  if (const auto plain = parse_unsigned(text)) return plain;
  return parse_with_unit(text, {{"B", 1},
                                {"KiB", 1ull << 10},
                                {"MiB", 1ull << 20},
                                {"GiB", 1ull << 30},
                                {"TiB", 1ull << 40}});
}

std::optional<std::uint64_t> parse_duration(const std::string& text) {
  return parse_with_unit(text, {{"ps", 1},
                                {"ns", 1'000},
                                {"us", 1'000'000},
                                {"ms", 1'000'000'000},
                                {"s", 1'000'000'000'000}});
}

std::optional<std::uint64_t> parse_frequency(const std::string& text) {
  return parse_with_unit(text,
                         {{"Hz", 1}, {"kHz", 1'000}, {"MHz", 1'000'000}, {"GHz", 1'000'000'000}});
}

}  // namespace apicsim
