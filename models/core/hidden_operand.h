#pragma once

#include "models/core/select.h"

namespace apicsim {

/// Zydis hides the memory operand of XLAT and OUTS; a prefix may still override its segment.
inline void set_hidden_segment(const Shape& shape, Op& op) {
  for (unsigned n = 0; n < shape.insn.operand_count; ++n)
    if (shape.operands[n].type == ZYDIS_OPERAND_TYPE_MEMORY)
      op.segment = segment_of(shape.operands[n].mem.segment);
}

}  // namespace apicsim
