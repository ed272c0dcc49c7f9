#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace apicsim {

/// Exact readings of a quantity with its unit; nullopt when the text is none, or does not fit.
/// A decimal fraction is allowed where the result is a whole number: "2.8GHz", "1.5GiB", "0.25us".

/// Bytes: B, KiB, MiB, GiB, TiB; a plain decimal or 0x number is bytes.
std::optional<std::uint64_t> parse_size(const std::string& text);
/// Picoseconds: ps, ns, us, ms, s. The unit must be there.
std::optional<std::uint64_t> parse_duration(const std::string& text);
/// Hertz: Hz, kHz, MHz, GHz. The unit must be there.
std::optional<std::uint64_t> parse_frequency(const std::string& text);
/// Decimal, or hexadecimal with 0x; underscores between digits are allowed.
std::optional<std::uint64_t> parse_unsigned(const std::string& text);

}  // namespace apicsim
