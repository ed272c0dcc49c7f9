#pragma once

#include <Zydis/Zydis.h>

#include "models/core/timing/instruction_table.h"

namespace apicsim {

/// The class of an instruction, by mnemonic, operand forms and prefixes. `operands` holds all of
/// them, the hidden ones behind the visible ones, as ZydisDecoderDecodeFull writes them.
InstructionClass instruction_class(const ZydisDecodedInstruction& instruction,
                                   const ZydisDecodedOperand* operands);

/// What the scoreboard knows of a decoded instruction: costs of its class, what its memory operands
/// add, what it waits for and what it makes ready.
OpTiming instruction_timing(const InstructionTable& table,
                            const ZydisDecodedInstruction& instruction,
                            const ZydisDecodedOperand* operands);

}  // namespace apicsim
