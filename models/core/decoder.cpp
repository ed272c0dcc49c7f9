#include "models/core/decoder.h"

#include <algorithm>

#include "models/core/cpu.h"
#include "models/core/select.h"
#include "models/core/timing/instruction_timing.h"

namespace apicsim {

Seg segment_of(ZydisRegister reg) {
  switch (reg) {
    case ZYDIS_REGISTER_ES:
      return Seg::es;
    case ZYDIS_REGISTER_CS:
      return Seg::cs;
    case ZYDIS_REGISTER_SS:
      return Seg::ss;
    case ZYDIS_REGISTER_FS:
      return Seg::fs;
    case ZYDIS_REGISTER_GS:
      return Seg::gs;
    default:
      return Seg::ds;
  }
}

namespace {

const Op* raise_invalid_opcode(Cpu& cpu, const Op* op) { return cpu.raise(op, Fault::ud()); }
/// Longer than 15 bytes: #GP(0), SDM Vol. 2 §2.3.11.
const Op* raise_too_long(Cpu& cpu, const Op* op) { return cpu.raise(op, Fault::gp()); }

/// Behind the last instruction of a block that no transfer ends.
const Op* fall_through(Cpu& cpu, const Op* op) {
  return cpu.jump(op, cpu.registers[16] + op->offset, 0);
}

const Op* report_probe(Cpu& cpu, const Op* op) {
  if (cpu.probe_reported(cpu.rip_of(op))) return op + 1;
  if (CoreObserver* observer = cpu.environment().observer)
    observer->probe(cpu.number(), cpu.now(op), static_cast<u32>(op->imm));
  return op + 1;
}

using SelectFunction = Selection (*)(const Shape&, Op&);
constexpr SelectFunction groups[] = {
    select_alu,         select_data,           select_branch,      select_shift,
    select_bit,         select_muldiv,         select_atomic,      select_string,
    select_flag,        select_system,         select_segment,     select_far,
    select_io,          select_legacy,         select_translation, select_fpu,
    select_vector_move, select_vector_integer, select_unmodelled};

u8 register_offset(ZydisRegister reg) {
  if (reg == ZYDIS_REGISTER_NONE) return slot::zero;
  if (reg == ZYDIS_REGISTER_RIP || reg == ZYDIS_REGISTER_EIP) return slot::block_rip;
  if (reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH)
    return static_cast<u8>((reg - ZYDIS_REGISTER_AH) * 8 + 1);
  const auto id = ZydisRegisterGetId(reg);
  switch (ZydisRegisterGetClass(reg)) {
    case ZYDIS_REGCLASS_GPR8:
      // Zydis numbers AL..BL 0..3, AH..BH 4..7, SPL..DIL 8..11, R8B.. 12..
      return static_cast<u8>((id < 4 ? id : id - 4) * 8);
    case ZYDIS_REGCLASS_GPR16:
    case ZYDIS_REGCLASS_GPR32:
    case ZYDIS_REGCLASS_GPR64:
      return static_cast<u8>(id * 8);
    default:
      return static_cast<u8>(id);  // segment, control, debug registers: their number
  }
}

void set_memory_operand(const ZydisDecodedInstruction& insn, const ZydisDecodedOperandMem& mem,
                        u8 code_size, Op& op) {
  op.base = register_offset(mem.base);
  op.index = register_offset(mem.index);
  op.scale = mem.scale == 8 ? 3 : mem.scale == 4 ? 2 : mem.scale == 2 ? 1 : 0;
  op.disp = mem.disp.value;
  op.segment = segment_of(mem.segment);
  if (op.base == slot::block_rip) op.disp += op.offset + insn.length;
  if (insn.address_width != 64 || code_size != 64) op.flags |= op_flag::legacy_address;
}

OperandKind set_operand(const ZydisDecodedInstruction& insn, const ZydisDecodedOperand& operand,
                        u8 code_size, u8& reg, Op& op) {
  switch (operand.type) {
    case ZYDIS_OPERAND_TYPE_REGISTER:
      reg = register_offset(operand.reg.value);
      return OperandKind::reg;
    case ZYDIS_OPERAND_TYPE_MEMORY:
      set_memory_operand(insn, operand.mem, code_size, op);
      return OperandKind::mem;
    case ZYDIS_OPERAND_TYPE_IMMEDIATE:
      op.imm = operand.imm.is_signed ? operand.imm.value.s : static_cast<i64>(operand.imm.value.u);
      return OperandKind::imm;
    case ZYDIS_OPERAND_TYPE_POINTER:
      op.imm = operand.ptr.offset;
      op.detail = operand.ptr.segment;
      return OperandKind::imm;
    default:
      return OperandKind::none;
  }
}

u8 operand_bits(const ZydisDecodedInstruction& insn) { return static_cast<u8>(insn.operand_width); }

bool transfers_control(ZydisInstructionCategory category) {
  switch (category) {
    case ZYDIS_CATEGORY_CALL:
    case ZYDIS_CATEGORY_COND_BR:
    case ZYDIS_CATEGORY_INTERRUPT:
    case ZYDIS_CATEGORY_RET:
    case ZYDIS_CATEGORY_SYSCALL:
    case ZYDIS_CATEGORY_SYSRET:
    case ZYDIS_CATEGORY_UNCOND_BR:
      return true;
    default:
      return false;
  }
}

/// LOCK where the manual does not allow it (SDM Vol. 2, LOCK) is refused by Zydis itself.
void set_prefixes(const ZydisDecodedInstruction& insn, Op& op) {
  if (insn.attributes & ZYDIS_ATTRIB_HAS_LOCK) op.flags |= op_flag::lock;
  if (insn.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE)) op.flags |= op_flag::rep;
  if (insn.attributes & ZYDIS_ATTRIB_HAS_REPNE) op.flags |= op_flag::repne;
  if (insn.operand_width == 64) op.flags |= op_flag::wide_operand;
  if (transfers_control(insn.meta.category)) op.flags |= op_flag::branch;
}

Selection select(const ZydisDecodedInstruction& insn, const ZydisDecodedOperand* operands,
                 u8 code_size, Op& op) {
  Shape shape{insn, operands, insn.mnemonic};
  shape.code_size = code_size;
  u8 third_reg = slot::zero;
  const unsigned count = insn.operand_count_visible;
  if (count > 0) {
    shape.dst = set_operand(insn, operands[0], code_size, op.dst, op);
    shape.size = static_cast<u8>(operands[0].size / 8);
  }
  if (count > 1) {
    shape.src = set_operand(insn, operands[1], code_size, op.src, op);
    shape.src_size = static_cast<u8>(operands[1].size / 8);
  }
  if (count > 2) shape.third = set_operand(insn, operands[2], code_size, third_reg, op);
  for (const SelectFunction group : groups) {
    const Selection selection = group(shape, op);
    if (selection.handler) return selection;
  }
  return {raise_invalid_opcode, true};
}

Op blank(unsigned offset, u64 page) {
  Op op{};
  op.offset = static_cast<u16>(offset);
  op.page = page;
  op.dst = op.src = op.base = op.index = slot::zero;
  op.segment = Seg::ds;
  return op;
}

/// Macro-fusion: the branch travels with the instruction that sets its flags and takes its place at
/// the branch port (Intel Optimization Manual, Sandy Bridge, "Macro-fusion").
void join_with_branch(Decoded& before, const Op& op, OpTiming& branch) {
  if (branch.kind != TimingKind::branch || before.ops.empty()) return;
  OpTiming& first = before.timings.back();
  if (!bit(first.fusible_conditions, op.condition)) return;
  branch.fused = true;
  branch.uops = 0;
  for (UopGroup& group : first.groups)
    if (group.count != 0) group.ports = branch.groups[0].ports;
}

Op end_of_block(unsigned offset, unsigned number, u64 page) {
  Op op = blank(offset, page);
  op.handler = fall_through;
  op.number = static_cast<u8>(number);
  return op;
}

/// No modelled processor has these extensions: what encodes them is a hint, that is NOP, or WBINVD
/// with a prefix that does not count (SDM Vol. 2, NOP, ENDBR64, CLDEMOTE, WBNOINVD).
void without_later_meanings(ZydisDecoder& decoder) {
  for (const ZydisDecoderMode mode : {ZYDIS_DECODER_MODE_MPX, ZYDIS_DECODER_MODE_CET,
                                      ZYDIS_DECODER_MODE_CLDEMOTE, ZYDIS_DECODER_MODE_WBNOINVD})
    ZydisDecoderEnableMode(&decoder, mode, ZYAN_FALSE);
}

}  // namespace

Decoder::Decoder(const InstructionTable* timing) : m_timing(timing) {
  ZydisDecoderInit(&m_decoder16, ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16);
  ZydisDecoderInit(&m_decoder32, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
  ZydisDecoderInit(&m_decoder64, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  for (ZydisDecoder* decoder : {&m_decoder16, &m_decoder32, &m_decoder64})
    without_later_meanings(*decoder);
}

const ZydisDecoder& Decoder::decoder_for(u8 code_size) const {
  return code_size == 64 ? m_decoder64 : code_size == 32 ? m_decoder32 : m_decoder16;
}

Decoder::Status Decoder::decode_one(const Code& code, unsigned offset, Op& op, OpTiming& timing,
                                    bool& ends_block) const {
  timing = OpTiming();
  op = blank(offset, code.physical & ~page_mask);
  ZydisDecodedInstruction insn;
  ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
  const unsigned available = std::min(code.size - offset, longest_instruction);
  const ZyanStatus status = ZydisDecoderDecodeFull(&decoder_for(code.code_size),
                                                   code.bytes + offset, available, &insn, operands);
  if (status == ZYDIS_STATUS_NO_MORE_DATA && available < longest_instruction)
    return Status::needs_more_bytes;
  if (!ZYAN_SUCCESS(status)) {
    const bool too_long =
        status == ZYDIS_STATUS_INSTRUCTION_TOO_LONG || status == ZYDIS_STATUS_NO_MORE_DATA;
    op.handler = too_long ? raise_too_long : raise_invalid_opcode;
    op.length = 1;
    ends_block = true;
    return Status::decoded;
  }
  op.length = insn.length;
  op.address_bits = insn.address_width;
  op.operand_bits = operand_bits(insn);
  set_prefixes(insn, op);
  const Selection selection = select(insn, operands, code.code_size, op);
  op.handler = selection.handler;
  ends_block = selection.ends_block;
  if (m_timing) timing = instruction_timing(*m_timing, insn, operands);
  return Status::decoded;
}

void Decoder::append(const Op& op, const OpTiming& timing, Decoded& out) const {
  out.ops.push_back(op);
  if (m_timing) out.timings.push_back(timing);
}

void Decoder::append_probe(const BlockCache& probes, u64 physical, unsigned offset, unsigned number,
                           Decoded& out) const {
  const i64 probe = probes.probe_at(physical + offset);
  if (probe < 0) return;
  Op op = blank(offset, no_page);
  op.handler = report_probe;
  op.number = static_cast<u8>(number);
  op.imm = probe;
  op.flags |= op_flag::probe;
  append(op, OpTiming(), out);
}

Block Decoder::decode(const Code& code, const BlockCache& probes, Decoded& out) const {
  out = Decoded();
  Block block{};
  block.physical = code.physical;
  block.second_page = no_page;
  block.code_size = code.code_size;
  unsigned offset = 0, number = 0;
  bool ends_block = false;
  while (!ends_block && number < max_instructions && offset < code.size) {
    Op op;
    OpTiming timing;
    if (decode_one(code, offset, op, timing, ends_block) == Status::needs_more_bytes) break;
    if (probes.has_probes()) append_probe(probes, code.physical, offset, number + 1, out);
    op.number = static_cast<u8>(++number);
    if (m_timing) join_with_branch(out, op, timing);
    append(op, timing, out);
    offset += op.length;
  }
  block.bytes = static_cast<u16>(offset);
  block.instructions = static_cast<u8>(number);
  if (!ends_block && number > 0)
    append(end_of_block(offset, number, code.physical & ~page_mask), OpTiming(), out);
  return block;
}

Block Decoder::decode_crossing(const Code& code, u64 second_page, const BlockCache& probes,
                               Decoded& out) const {
  out = Decoded();
  Block block{};
  block.physical = code.physical;
  block.second_page = second_page;
  block.code_size = code.code_size;
  block.instructions = 1;
  Op op;
  OpTiming timing;
  bool ends_block = false;
  decode_one(code, 0, op, timing, ends_block);
  append_probe(probes, code.physical, 0, 1, out);
  op.number = 1;
  op.page = no_page;
  append(op, timing, out);
  block.bytes = op.length;
  if (!ends_block) append(end_of_block(op.length, 1, no_page), OpTiming(), out);
  return block;
}

}  // namespace apicsim
