#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/core/cpu.h"
#include "models/memory/physical_memory.h"

namespace apicsim {

/// One operand of a static probe: "8@%rax", "-4@$5", "8@-16(%rbp)", "8@symbol(%rip)" is not known.
/// Size and signedness first, then where the value is (SystemTap, UserSpaceProbeImplementation).
struct ProbeOperand {
  enum class Kind : std::uint8_t { constant, in_register, memory };

  Kind kind = Kind::constant;
  unsigned size = 8;  ///< bytes: 1, 2, 4, 8
  bool is_signed = false;
  std::int64_t displacement = 0;  ///< constant, or offset of the address
  std::uint8_t base = 0;          ///< offset in CpuState::registers
  std::uint8_t index = 0;         ///< likewise; the zero slot when there is none
  unsigned scale = 1;
};

/// Empty when an operand is of a form that is not known: the probe then has no arguments.
std::vector<ProbeOperand> parse_probe_operands(const std::string& text);

/// The value at the moment the probe is hit; nullopt when its address is not mapped to memory.
std::optional<std::uint64_t> evaluate(const ProbeOperand& operand, const Cpu& cpu,
                                      const PhysicalMemory& memory);

/// Text of the guest at a linear address up to its NUL, as `cpu` sees it; nullopt when it is not
/// mapped to memory, longer than `most`, empty, or not printable ASCII.
std::optional<std::string> read_guest_text(std::uint64_t linear, std::size_t most, const Cpu& cpu,
                                           const PhysicalMemory& memory);

}  // namespace apicsim
