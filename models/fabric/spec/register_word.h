#pragma once

#include <cstdint>

namespace apicsim::spec {

/// What one bit of a register does, seen through one interface to it (a page, MSRs, ports).
enum class Word : std::uint8_t {
  absent,        ///< the register does not exist there
  reserved,      ///< reads zero; a write is dropped or, where the section says so, refused
  rw,            ///< keeps what is written
  ro,            ///< shows state; writes are dropped
  ro_zero,       ///< shows state; only zero may be written
  wo,            ///< takes what is written, reads zero
  wo_zero,       ///< only zero may be written, reads zero
  w1c,           ///< shows an event; writing one clears it
  kept,          ///< keeps what is written, without effect
  not_modelled,  ///< the hardware has it, the model does not
};

/// The word as tables print it.
constexpr const char* text(Word word) {
  switch (word) {
    case Word::absent:
      return "–";
    case Word::reserved:
      return "reserved";
    case Word::rw:
      return "rw";
    case Word::ro:
      return "ro";
    case Word::ro_zero:
      return "ro, write 0";
    case Word::wo:
      return "wo";
    case Word::wo_zero:
      return "wo, write 0";
    case Word::w1c:
      return "w1c";
    case Word::kept:
      return "kept";
    case Word::not_modelled:
      return "not modelled";
  }
  return "";
}

/// Bits [lsb, lsb + width) as a mask; lsb + width is at most 64.
constexpr std::uint64_t bit_range(unsigned lsb, unsigned width) {
  return (width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1) << lsb;
}

}  // namespace apicsim::spec
