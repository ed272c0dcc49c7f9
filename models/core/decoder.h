#pragma once

#include <Zydis/Zydis.h>

#include <vector>

#include "models/core/block_cache.h"
#include "models/core/op.h"
#include "models/core/timing/instruction_table.h"

namespace apicsim {

/// Turns machine code into blocks of operations.
class Decoder {
 public:
  /// `timing`: what instructions cost, for timed execution; it is kept by reference.
  explicit Decoder(const InstructionTable* timing = nullptr);

  /// Bytes of code from one physical address on.
  struct Code {
    const u8* bytes = nullptr;
    unsigned size = 0;  ///< available, up to the end of the page
    u64 physical = 0;
    u8 code_size = 64;
  };

  /// Decodes up to a control transfer, a system instruction, max_instructions or the end of the
  /// bytes. `block.instructions` is 0 when the first instruction needs bytes behind the end.
  Block decode(const Code& code, const BlockCache& probes, Decoded& out) const;
  /// Decodes one instruction that runs into the next page; `code.bytes` go on there.
  Block decode_crossing(const Code& code, u64 second_page, const BlockCache& probes,
                        Decoded& out) const;

  static constexpr unsigned max_instructions = 32;

 private:
  enum class Status : u8 { decoded, needs_more_bytes };
  Status decode_one(const Code& code, unsigned offset, Op& op, OpTiming& timing,
                    bool& ends_block) const;
  void append(const Op& op, const OpTiming& timing, Decoded& out) const;
  /// `number`: of the instruction that the probe stands before.
  void append_probe(const BlockCache& probes, u64 physical, unsigned offset, unsigned number,
                    Decoded& out) const;
  const ZydisDecoder& decoder_for(u8 code_size) const;

  const InstructionTable* m_timing;
  ZydisDecoder m_decoder16, m_decoder32, m_decoder64;
};

}  // namespace apicsim
