#pragma once

#include <cstdint>

#include "tests/differential/forms.h"
#include "tests/differential/program.h"

namespace apicsim::differential {

constexpr int no_register = -1;
constexpr int rip_relative = -2;  ///< as MemoryOperand::base: `displacement` is then an address

struct MemoryOperand {
  int base = no_register;
  int index = no_register;
  unsigned scale = 0;  ///< as a shift
  std::int64_t displacement = 0;
  bool address32 = false;
};

/// What a form leaves open.
struct Choice {
  unsigned size = 4;  ///< operand size in bytes
  unsigned reg = 0;
  unsigned rm = 0;  ///< register, unless `memory`
  bool memory = false;
  MemoryOperand operand;
  std::uint64_t immediate = 0;
  bool lock = false;
  std::uint8_t repeat = 0;  ///< F2, F3 or 0
  bool force_rex = false;
};

/// Whether the encoding carries a REX prefix, which turns AH..BH into SPL..DIL.
bool has_rex(const Form& form, const Choice& choice);

Item encode(const Form& form, const Choice& choice);

}  // namespace apicsim::differential
