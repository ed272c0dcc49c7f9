// SSE2 integer and bitwise operations on XMM registers.
#include <algorithm>

#include "models/core/vector_operands.h"

namespace apicsim {

namespace {

/// The lanes of type T of two operands, combined one by one by F.
template <class T, class F>
struct Lanes {
  static Vector128 apply(const Vector128& a, const Vector128& b) {
    constexpr unsigned count = 16 / sizeof(T);
    T x[count], y[count];
    std::memcpy(x, &a, 16);
    std::memcpy(y, &b, 16);
    for (unsigned n = 0; n < count; ++n) x[n] = F::lane(x[n], y[n]);
    Vector128 result;
    std::memcpy(&result, x, 16);
    return result;
  }
};

struct Add {
  template <class T>
  static T lane(T a, T b) {
    return static_cast<T>(a + b);
  }
};
struct Subtract {
  template <class T>
  static T lane(T a, T b) {
    return static_cast<T>(a - b);
  }
};
struct Equal {
  template <class T>
  static T lane(T a, T b) {
    return a == b ? static_cast<T>(~T{0}) : T{0};
  }
};
struct Greater {
  template <class T>
  static T lane(T a, T b) {
    return a > b ? static_cast<T>(~T{0}) : T{0};
  }
};
struct Smaller {
  template <class T>
  static T lane(T a, T b) {
    return std::min(a, b);
  }
};
struct Larger {
  template <class T>
  static T lane(T a, T b) {
    return std::max(a, b);
  }
};
struct MultiplyLow {
  static u16 lane(u16 a, u16 b) { return static_cast<u16>(u32{a} * b); }
};
struct MultiplyHigh {
  static i16 lane(i16 a, i16 b) { return static_cast<i16>((i32{a} * b) >> 16); }
};
struct MultiplyHighUnsigned {
  static u16 lane(u16 a, u16 b) { return static_cast<u16>((u32{a} * b) >> 16); }
};
struct MultiplyDoublewords {
  static u64 lane(u64 a, u64 b) { return (a & 0xFFFFFFFF) * (b & 0xFFFFFFFF); }
};
struct And {
  static u64 lane(u64 a, u64 b) { return a & b; }
};
struct AndNot {
  static u64 lane(u64 a, u64 b) { return ~a & b; }
};
struct Or {
  static u64 lane(u64 a, u64 b) { return a | b; }
};
struct Xor {
  static u64 lane(u64 a, u64 b) { return a ^ b; }
};

/// PUNPCKL.., PUNPCKH..: lanes of the low or high halves in turn.
template <class T, bool high>
struct Unpack {
  static Vector128 apply(const Vector128& a, const Vector128& b) {
    constexpr unsigned half = 8 / sizeof(T);
    T x[half], y[half], both[2 * half];
    std::memcpy(x, &a.q[high], 8);
    std::memcpy(y, &b.q[high], 8);
    for (unsigned n = 0; n < half; ++n) {
      both[2 * n] = x[n];
      both[2 * n + 1] = y[n];
    }
    Vector128 result;
    std::memcpy(&result, both, 16);
    return result;
  }
};

template <class Function, class Source>
const Op* combine(Cpu& cpu, const Op* op) {
  Vector128 b;
  if (!vector_available(cpu, op) || !Source::load(cpu, op, b)) return cpu.leave(op);
  store_xmm(cpu, op->dst, Function::apply(load_xmm(cpu, op->dst), b));
  return op + 1;
}

template <class Function>
Selection two(const Shape& shape) {
  return {shape.src == OperandKind::mem ? combine<Function, VectorMemory<true>>
                                        : combine<Function, XmmSource>};
}

// --- shifts: counts beyond the lane give zeros, or the sign --------------------------------------

enum class Shift : u8 { left, right, arithmetic };

template <class T, Shift kind>
T shifted(T value, u64 count) {
  constexpr unsigned width = bits_of<T>;
  if constexpr (kind == Shift::arithmetic) {
    const auto by = static_cast<unsigned>(std::min<u64>(count, width - 1));
    return static_cast<T>(static_cast<Signed<T>>(value) >> by);
  }
  if (count >= width) return 0;
  return static_cast<T>(kind == Shift::left ? value << count : value >> count);
}

template <class T, Shift kind>
Vector128 shift_lanes(const Vector128& a, u64 count) {
  constexpr unsigned lanes = 16 / sizeof(T);
  T x[lanes];
  std::memcpy(x, &a, 16);
  for (T& lane : x) lane = shifted<T, kind>(lane, count);
  Vector128 result;
  std::memcpy(&result, x, 16);
  return result;
}
template <class T, Shift kind>
struct ShiftBy {
  static Vector128 apply(const Vector128& a, const Vector128& b) {
    return shift_lanes<T, kind>(a, b.q[0]);
  }
};
template <class T, Shift kind>
const Op* shift_immediate(Cpu& cpu, const Op* op) {
  if (!vector_available(cpu, op)) return cpu.leave(op);
  const u64 count = static_cast<u8>(op->imm);
  store_xmm(cpu, op->dst, shift_lanes<T, kind>(load_xmm(cpu, op->dst), count));
  return op + 1;
}
template <class T, Shift kind>
Selection shift(const Shape& shape) {
  if (shape.src == OperandKind::imm) return {shift_immediate<T, kind>};
  return two<ShiftBy<T, kind>>(shape);
}

/// PSLLDQ and PSRLDQ: by bytes.
template <bool left>
const Op* shift_bytes(Cpu& cpu, const Op* op) {
  if (!vector_available(cpu, op)) return cpu.leave(op);
  const unsigned count = std::min<unsigned>(static_cast<u8>(op->imm), 16);
  u8 bytes[48] = {};
  std::memcpy(bytes + 16, cpu.vectors.xmm[op->dst], 16);
  std::memcpy(cpu.vectors.xmm[op->dst], bytes + (left ? 16 - count : 16 + count), 16);
  return op + 1;
}

// --- shuffles -----------------------------------------------------------------------------------

/// `first`: lane behind which the four lanes of type T lie that are chosen from and replaced.
template <class T, unsigned first, class Source>
const Op* shuffle(Cpu& cpu, const Op* op) {
  Vector128 source;
  if (!vector_available(cpu, op) || !Source::load(cpu, op, source)) return cpu.leave(op);
  T from[16 / sizeof(T)], to[16 / sizeof(T)];
  std::memcpy(from, &source, 16);
  std::memcpy(to, &source, 16);
  for (unsigned n = 0; n < 4; ++n)
    to[first + n] = from[first + (static_cast<u8>(op->imm) >> (2 * n) & 3)];
  std::memcpy(cpu.vectors.xmm[op->dst], to, 16);
  return op + 1;
}
template <class T, unsigned first>
Selection shuffle_of(const Shape& shape) {
  return {shape.src == OperandKind::mem ? shuffle<T, first, VectorMemory<true>>
                                        : shuffle<T, first, XmmSource>};
}

/// SHUFPS and SHUFPD: the low half from the destination, the high half from the source.
template <class T, class Source>
const Op* shuffle_both(Cpu& cpu, const Op* op) {
  Vector128 source;
  if (!vector_available(cpu, op) || !Source::load(cpu, op, source)) return cpu.leave(op);
  constexpr unsigned count = 16 / sizeof(T), select_bits = count / 2;
  T a[count], b[count], result[count];
  std::memcpy(a, cpu.vectors.xmm[op->dst], 16);
  std::memcpy(b, &source, 16);
  for (unsigned n = 0; n < count; ++n) {
    const unsigned chosen = static_cast<u8>(op->imm) >> (select_bits * n) & (count - 1);
    result[n] = n < count / 2 ? a[chosen] : b[chosen];
  }
  std::memcpy(cpu.vectors.xmm[op->dst], result, 16);
  return op + 1;
}
template <class T>
Selection shuffle_both_of(const Shape& shape) {
  return {shape.src == OperandKind::mem ? shuffle_both<T, VectorMemory<true>>
                                        : shuffle_both<T, XmmSource>};
}

/// The sign bits of the lanes: PMOVMSKB, MOVMSKPS, MOVMSKPD.
template <class T>
const Op* move_signs(Cpu& cpu, const Op* op) {
  if (!vector_available(cpu, op)) return cpu.leave(op);
  T lanes[16 / sizeof(T)];
  std::memcpy(lanes, cpu.vectors.xmm[op->src], 16);
  u32 mask = 0;
  for (unsigned n = 0; n < 16 / sizeof(T); ++n)
    mask |= static_cast<u32>(lanes[n] >> (bits_of<T> - 1)) << n;
  cpu.set_reg<u32>(op->dst, mask);
  return op + 1;
}

Selection select_arithmetic(const Shape& shape) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_PADDB:
      return two<Lanes<u8, Add>>(shape);
    case ZYDIS_MNEMONIC_PADDW:
      return two<Lanes<u16, Add>>(shape);
    case ZYDIS_MNEMONIC_PADDD:
      return two<Lanes<u32, Add>>(shape);
    case ZYDIS_MNEMONIC_PADDQ:
      return two<Lanes<u64, Add>>(shape);
    case ZYDIS_MNEMONIC_PSUBB:
      return two<Lanes<u8, Subtract>>(shape);
    case ZYDIS_MNEMONIC_PSUBW:
      return two<Lanes<u16, Subtract>>(shape);
    case ZYDIS_MNEMONIC_PSUBD:
      return two<Lanes<u32, Subtract>>(shape);
    case ZYDIS_MNEMONIC_PSUBQ:
      return two<Lanes<u64, Subtract>>(shape);
    case ZYDIS_MNEMONIC_PCMPEQB:
      return two<Lanes<u8, Equal>>(shape);
    case ZYDIS_MNEMONIC_PCMPEQW:
      return two<Lanes<u16, Equal>>(shape);
    case ZYDIS_MNEMONIC_PCMPEQD:
      return two<Lanes<u32, Equal>>(shape);
    case ZYDIS_MNEMONIC_PCMPGTB:
      return two<Lanes<i8, Greater>>(shape);
    case ZYDIS_MNEMONIC_PCMPGTW:
      return two<Lanes<i16, Greater>>(shape);
    case ZYDIS_MNEMONIC_PCMPGTD:
      return two<Lanes<i32, Greater>>(shape);
    case ZYDIS_MNEMONIC_PMINUB:
      return two<Lanes<u8, Smaller>>(shape);
    case ZYDIS_MNEMONIC_PMAXUB:
      return two<Lanes<u8, Larger>>(shape);
    case ZYDIS_MNEMONIC_PMINSW:
      return two<Lanes<i16, Smaller>>(shape);
    case ZYDIS_MNEMONIC_PMAXSW:
      return two<Lanes<i16, Larger>>(shape);
    case ZYDIS_MNEMONIC_PMULLW:
      return two<Lanes<u16, MultiplyLow>>(shape);
    case ZYDIS_MNEMONIC_PMULHW:
      return two<Lanes<i16, MultiplyHigh>>(shape);
    case ZYDIS_MNEMONIC_PMULHUW:
      return two<Lanes<u16, MultiplyHighUnsigned>>(shape);
    case ZYDIS_MNEMONIC_PMULUDQ:
      return two<Lanes<u64, MultiplyDoublewords>>(shape);
    default:
      return {};
  }
}

Selection select_bitwise(const Shape& shape) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_PAND:
    case ZYDIS_MNEMONIC_ANDPS:
    case ZYDIS_MNEMONIC_ANDPD:
      return two<Lanes<u64, And>>(shape);
    case ZYDIS_MNEMONIC_PANDN:
    case ZYDIS_MNEMONIC_ANDNPS:
    case ZYDIS_MNEMONIC_ANDNPD:
      return two<Lanes<u64, AndNot>>(shape);
    case ZYDIS_MNEMONIC_POR:
    case ZYDIS_MNEMONIC_ORPS:
    case ZYDIS_MNEMONIC_ORPD:
      return two<Lanes<u64, Or>>(shape);
    case ZYDIS_MNEMONIC_PXOR:
    case ZYDIS_MNEMONIC_XORPS:
    case ZYDIS_MNEMONIC_XORPD:
      return two<Lanes<u64, Xor>>(shape);
    default:
      return {};
  }
}

Selection select_unpack(const Shape& shape) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_PUNPCKLBW:
      return two<Unpack<u8, false>>(shape);
    case ZYDIS_MNEMONIC_PUNPCKLWD:
      return two<Unpack<u16, false>>(shape);
    case ZYDIS_MNEMONIC_PUNPCKLDQ:
    case ZYDIS_MNEMONIC_UNPCKLPS:
      return two<Unpack<u32, false>>(shape);
    case ZYDIS_MNEMONIC_PUNPCKLQDQ:
    case ZYDIS_MNEMONIC_UNPCKLPD:
      return two<Unpack<u64, false>>(shape);
    case ZYDIS_MNEMONIC_PUNPCKHBW:
      return two<Unpack<u8, true>>(shape);
    case ZYDIS_MNEMONIC_PUNPCKHWD:
      return two<Unpack<u16, true>>(shape);
    case ZYDIS_MNEMONIC_PUNPCKHDQ:
    case ZYDIS_MNEMONIC_UNPCKHPS:
      return two<Unpack<u32, true>>(shape);
    case ZYDIS_MNEMONIC_PUNPCKHQDQ:
    case ZYDIS_MNEMONIC_UNPCKHPD:
      return two<Unpack<u64, true>>(shape);
    default:
      return {};
  }
}

Selection select_shift_lanes(const Shape& shape) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_PSLLW:
      return shift<u16, Shift::left>(shape);
    case ZYDIS_MNEMONIC_PSLLD:
      return shift<u32, Shift::left>(shape);
    case ZYDIS_MNEMONIC_PSLLQ:
      return shift<u64, Shift::left>(shape);
    case ZYDIS_MNEMONIC_PSRLW:
      return shift<u16, Shift::right>(shape);
    case ZYDIS_MNEMONIC_PSRLD:
      return shift<u32, Shift::right>(shape);
    case ZYDIS_MNEMONIC_PSRLQ:
      return shift<u64, Shift::right>(shape);
    case ZYDIS_MNEMONIC_PSRAW:
      return shift<u16, Shift::arithmetic>(shape);
    case ZYDIS_MNEMONIC_PSRAD:
      return shift<u32, Shift::arithmetic>(shape);
    case ZYDIS_MNEMONIC_PSLLDQ:
      return {shift_bytes<true>};
    case ZYDIS_MNEMONIC_PSRLDQ:
      return {shift_bytes<false>};
    default:
      return {};
  }
}

Selection select_shuffle(const Shape& shape) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_PSHUFD:
      return shuffle_of<u32, 0>(shape);
    case ZYDIS_MNEMONIC_PSHUFLW:
      return shuffle_of<u16, 0>(shape);
    case ZYDIS_MNEMONIC_PSHUFHW:
      return shuffle_of<u16, 4>(shape);
    case ZYDIS_MNEMONIC_SHUFPS:
      return shuffle_both_of<u32>(shape);
    case ZYDIS_MNEMONIC_SHUFPD:
      return shuffle_both_of<u64>(shape);
    default:
      return {};
  }
}

Selection select_signs(const Shape& shape) {
  if (!is_xmm(shape.operands[1])) return {};
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_PMOVMSKB:
      return {move_signs<u8>};
    case ZYDIS_MNEMONIC_MOVMSKPS:
      return {move_signs<u32>};
    case ZYDIS_MNEMONIC_MOVMSKPD:
      return {move_signs<u64>};
    default:
      return {};
  }
}

}  // namespace

Selection select_vector_integer(const Shape& shape, Op& op) {
  if (!choose_vector_set(shape, op)) return {};
  if (const Selection signs = select_signs(shape); signs.handler) return signs;
  if (!is_xmm(shape.operands[0])) return {};
  for (const auto group :
       {select_arithmetic, select_bitwise, select_unpack, select_shift_lanes, select_shuffle})
    if (const Selection selection = group(shape); selection.handler) return selection;
  return {};
}

}  // namespace apicsim
