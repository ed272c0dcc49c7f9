// SSE and SSE2 moves between XMM registers, general registers and memory.
#include <algorithm>

#include "models/core/vector_operands.h"
#include "models/memory/dram_view.h"

namespace apicsim {

namespace {

// --- 128 bits -----------------------------------------------------------------------------------

template <class Source>
const Op* move_to_xmm(Cpu& cpu, const Op* op) {
  Vector128 value;
  if (!vector_available(cpu, op) || !Source::load(cpu, op, value)) return cpu.leave(op);
  store_xmm(cpu, op->dst, value);
  return op + 1;
}

template <bool aligned>
const Op* move_to_memory(Cpu& cpu, const Op* op) {
  if (!vector_available(cpu, op)) return cpu.leave(op);
  return VectorMemory<aligned>::store(cpu, op, load_xmm(cpu, op->src)) ? op + 1 : cpu.leave(op);
}

template <bool aligned>
Selection move128(const Shape& shape) {
  if (shape.dst == OperandKind::mem) return {move_to_memory<aligned>};
  if (shape.src == OperandKind::mem) return {move_to_xmm<VectorMemory<aligned>>};
  return {move_to_xmm<XmmSource>};
}

// --- 32 and 64 bits -----------------------------------------------------------------------------

/// Loads T into the low bits and clears the rest: MOVD, MOVQ, MOVSS and MOVSD from memory.
template <class T, class Source>
const Op* load_scalar(Cpu& cpu, const Op* op) {
  T value;
  if (!vector_available(cpu, op) || !Source::load(cpu, op, value)) return cpu.leave(op);
  store_xmm(cpu, op->dst, {{value, 0}});
  return op + 1;
}

/// Half 0 or 1 of the register goes to memory: MOVD, MOVQ, MOVSS, MOVSD, MOVLPS, MOVHPS.
template <class T, unsigned half>
const Op* store_scalar(Cpu& cpu, const Op* op) {
  if (!vector_available(cpu, op)) return cpu.leave(op);
  const T value = static_cast<T>(cpu.vectors.xmm[op->src][half]);
  return cpu.store_operand<T>(op, value) ? op + 1 : cpu.leave(op);
}

template <class T>
const Op* move_to_general(Cpu& cpu, const Op* op) {
  if (!vector_available(cpu, op)) return cpu.leave(op);
  cpu.set_reg<T>(op->dst, static_cast<T>(cpu.vectors.xmm[op->src][0]));
  return op + 1;
}

/// MOVSS and MOVSD between registers keep the upper bits; MOVQ clears them.
template <class T>
const Op* merge_scalar(Cpu& cpu, const Op* op) {
  if (!vector_available(cpu, op)) return cpu.leave(op);
  std::memcpy(cpu.vectors.xmm[op->dst], cpu.vectors.xmm[op->src], sizeof(T));
  return op + 1;
}
const Op* move_low_quadword(Cpu& cpu, const Op* op) {
  if (!vector_available(cpu, op)) return cpu.leave(op);
  store_xmm(cpu, op->dst, {{cpu.vectors.xmm[op->src][0], 0}});
  return op + 1;
}

/// MOVLPS, MOVHPS, MOVLPD, MOVHPD from memory: one half, the other is kept.
template <unsigned half>
const Op* load_half(Cpu& cpu, const Op* op) {
  u64 value;
  if (!vector_available(cpu, op) || !cpu.load_operand<u64>(op, value)) return cpu.leave(op);
  cpu.vectors.xmm[op->dst][half] = value;
  return op + 1;
}
/// MOVHLPS and MOVLHPS.
template <unsigned to, unsigned from>
const Op* move_half(Cpu& cpu, const Op* op) {
  if (!vector_available(cpu, op)) return cpu.leave(op);
  cpu.vectors.xmm[op->dst][to] = cpu.vectors.xmm[op->src][from];
  return op + 1;
}

template <class T>
const Op* store_general(Cpu& cpu, const Op* op) {
  if (!cpu.environment().sse2) return cpu.raise(op, Fault::ud());
  return cpu.store_operand<T>(op, cpu.reg<T>(op->src)) ? op + 1 : cpu.leave(op);
}

/// A store whose data go to memory past the caches (SDM Vol. 1 §10.4.6.2). Matters to agents that
/// do not snoop; the caches' state is that after a usual store.
template <const Op* (*store)(Cpu&, const Op*), unsigned size>
const Op* store_past_caches(Cpu& cpu, const Op* op) {
  const Op* const next = store(cpu, op);
  DramView* const dram = cpu.environment().dram;
  u64 linear, physical;
  if (dram == nullptr || next != op + 1) return next;
  if (cpu.address<u8>(op, Access::write, linear) &&
      cpu.translate(linear, Access::write, cpu.privilege(), physical))
    dram->written_back(physical, std::min<u64>(size, page_size - (physical & page_mask)));
  return next;
}

template <class T>
Selection move_scalar(const Shape& shape) {
  if (shape.dst == OperandKind::mem) return {store_scalar<T, 0>};
  if (shape.src == OperandKind::mem) return {load_scalar<T, Mem>};
  return {merge_scalar<T>};
}

/// MOVD and MOVQ with a general register or memory on one side.
template <class T>
Selection move_general(const Shape& shape) {
  if (is_xmm(shape.operands[0])) {
    if (shape.src == OperandKind::mem) return {load_scalar<T, Mem>};
    if (is_xmm(shape.operands[1])) return {move_low_quadword};
    return {load_scalar<T, SrcReg>};
  }
  if (shape.dst == OperandKind::mem) return {store_scalar<T, 0>};
  return {move_to_general<T>};
}

template <unsigned half>
Selection move_half_memory(const Shape& shape) {
  return {shape.dst == OperandKind::mem ? store_scalar<u64, half> : load_half<half>};
}

bool has_xmm(const Shape& shape) { return is_xmm(shape.operands[0]) || is_xmm(shape.operands[1]); }

}  // namespace

Selection select_vector_move(const Shape& shape, Op& op) {
  if (!choose_vector_set(shape, op)) return {};
  if (shape.mnemonic == ZYDIS_MNEMONIC_MOVNTI)
    return {shape.src_size == 8 ? store_past_caches<store_general<u64>, 8>
                                : store_past_caches<store_general<u32>, 4>};
  if (!has_xmm(shape)) return {};
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_MOVAPS:
    case ZYDIS_MNEMONIC_MOVAPD:
    case ZYDIS_MNEMONIC_MOVDQA:
      return move128<true>(shape);
    case ZYDIS_MNEMONIC_MOVNTPS:
    case ZYDIS_MNEMONIC_MOVNTPD:
    case ZYDIS_MNEMONIC_MOVNTDQ:
      return {store_past_caches<move_to_memory<true>, 16>};
    case ZYDIS_MNEMONIC_MOVUPS:
    case ZYDIS_MNEMONIC_MOVUPD:
    case ZYDIS_MNEMONIC_MOVDQU:
      return move128<false>(shape);
    case ZYDIS_MNEMONIC_MOVSS:
      return move_scalar<u32>(shape);
    case ZYDIS_MNEMONIC_MOVSD:
      return move_scalar<u64>(shape);
    case ZYDIS_MNEMONIC_MOVD:
      return move_general<u32>(shape);
    case ZYDIS_MNEMONIC_MOVQ:
      return move_general<u64>(shape);
    case ZYDIS_MNEMONIC_MOVLPS:
    case ZYDIS_MNEMONIC_MOVLPD:
      return move_half_memory<0>(shape);
    case ZYDIS_MNEMONIC_MOVHPS:
    case ZYDIS_MNEMONIC_MOVHPD:
      return move_half_memory<1>(shape);
    case ZYDIS_MNEMONIC_MOVHLPS:
      return {move_half<0, 1>};
    case ZYDIS_MNEMONIC_MOVLHPS:
      return {move_half<1, 0>};
    default:
      return {};
  }
}

}  // namespace apicsim
