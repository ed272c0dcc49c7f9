#include "models/core/operands.h"

namespace apicsim {

namespace {

// Counts are masked to 5 bits, 6 with 64-bit operands; a count of 0 changes nothing (SDM Vol. 2,
// SAL/SAR/SHL/SHR). What the manual leaves undefined is as Intel's processors do it: OF of counts
// above 1 as if for the last step, AF cleared.
template <class T>
unsigned masked(u8 count) {
  return count & (sizeof(T) == 8 ? 63 : 31);
}

struct Shl {
  template <class T>
  static T apply(StatusFlags& f, T a, unsigned n) {
    const T r = n < bits_of<T> ? static_cast<T>(a << n) : T{0};
    const bool carry = n <= bits_of<T> && ((a >> (bits_of<T> - n)) & 1);
    f.set_result<T>(r, carry, bit(r, bits_of<T> - 1) != carry);
    return r;
  }
};
struct Shr {
  template <class T>
  static T apply(StatusFlags& f, T a, unsigned n) {
    const T r = n < bits_of<T> ? static_cast<T>(a >> n) : T{0};
    const T before = n - 1 < bits_of<T> ? static_cast<T>(a >> (n - 1)) : T{0};
    f.set_result<T>(r, before & 1, bit(before, bits_of<T> - 1));
    return r;
  }
};
struct Sar {
  template <class T>
  static T apply(StatusFlags& f, T a, unsigned n) {
    const auto s = static_cast<Signed<T>>(a);
    const unsigned top = bits_of<T> - 1;
    const T r = static_cast<T>(s >> (n < top ? n : top));
    f.set_result<T>(r, (s >> (n - 1 < top ? n - 1 : top)) & 1, false);
    return r;
  }
};
struct Rol {
  template <class T>
  static T apply(StatusFlags& f, T a, unsigned count) {
    const unsigned n = count & (bits_of<T> - 1);
    const T r = n ? static_cast<T>((a << n) | (a >> (bits_of<T> - n))) : a;
    f.set_cf_of(r & 1, bit(r, bits_of<T> - 1) != (r & 1));
    return r;
  }
};
struct Ror {
  template <class T>
  static T apply(StatusFlags& f, T a, unsigned count) {
    const unsigned n = count & (bits_of<T> - 1);
    const T r = n ? static_cast<T>((a >> n) | (a << (bits_of<T> - n))) : a;
    f.set_cf_of(bit(r, bits_of<T> - 1), bit(r, bits_of<T> - 1) != bit(r, bits_of<T> - 2));
    return r;
  }
};
/// Rotation through CF: modulo 9 and 17 for the narrow operands.
struct Rcl {
  template <class T>
  static T apply(StatusFlags& f, T a, unsigned count) {
    const unsigned n = count % (bits_of<T> + 1);
    T r = a;
    bool carry = f.cf();
    if (n > 0) {
      r = static_cast<T>((n < bits_of<T> ? static_cast<T>(a << n) : T{0}) |
                         (static_cast<T>(carry) << (n - 1)) |
                         (n > 1 ? static_cast<T>(a >> (bits_of<T> + 1 - n)) : T{0}));
      carry = (a >> (bits_of<T> - n)) & 1;
    }
    f.set_cf_of(carry, bit(r, bits_of<T> - 1) != carry);
    return r;
  }
};
struct Rcr {
  template <class T>
  static T apply(StatusFlags& f, T a, unsigned count) {
    const unsigned n = count % (bits_of<T> + 1);
    T r = a;
    bool carry = f.cf();
    if (n > 0) {
      r = static_cast<T>((n < bits_of<T> ? static_cast<T>(a >> n) : T{0}) |
                         (static_cast<T>(carry) << (bits_of<T> - n)) |
                         (n > 1 ? static_cast<T>(a << (bits_of<T> + 1 - n)) : T{0}));
      carry = (a >> (n - 1)) & 1;
    }
    f.set_cf_of(carry, bit(r, bits_of<T> - 1) != bit(r, bits_of<T> - 2));
    return r;
  }
};

template <class F, class D, class Count>
struct Shift {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      u8 count;
      T a;
      Count::load(cpu, op, count);
      // The destination is accessed whatever the count is.
      if (!D::load_for_write(cpu, op, a)) return cpu.leave(op);
      if (const unsigned n = masked<T>(count))
        D::store(cpu, op, F::template apply<T>(cpu.status, a, n));
      else if constexpr (sizeof(T) == 4)
        D::store(cpu, op, a);  // a 32-bit register is written, and so extended, even then
      return op + 1;
    }
  };
};

template <class F>
Handler shift(const Shape& shape) {
  const bool by_cl = shape.src == OperandKind::reg;
  if (shape.dst == OperandKind::reg)
    return by_cl ? by_size<Shift<F, DstReg, SrcReg>::template Family>(shape.size)
                 : by_size<Shift<F, DstReg, SrcImm>::template Family>(shape.size);
  return by_cl ? by_size<Shift<F, Mem, SrcReg>::template Family>(shape.size)
               : by_size<Shift<F, Mem, SrcImm>::template Family>(shape.size);
}

struct CountImm {
  static u8 get(Cpu&, const Op* op) { return static_cast<u8>(op->imm); }
};
struct CountCl {
  static u8 get(Cpu& cpu, const Op*) { return cpu.reg<u8>(slot::rcx); }
};

/// A 16-bit operand with a count above 16 is undefined; processors then shift the 48-bit
/// concatenation dst:src:dst.
template <class T, bool Left>
T double_shift(StatusFlags& f, T dst, T src, unsigned n) {
  T r, before;
  const auto step = [&](unsigned k) -> T {
    if (k == 0) return dst;
    if constexpr (sizeof(T) == 2) {
      const u64 wide = Left ? (u64{dst} << 32 | u64{src} << 16 | dst) << k >> 32
                            : (u64{dst} << 32 | u64{src} << 16 | dst) >> k;
      return static_cast<T>(wide);
    } else {
      return Left ? static_cast<T>((dst << k) | (src >> (bits_of<T> - k)))
                  : static_cast<T>((dst >> k) | (src << (bits_of<T> - k)));
    }
  };
  r = step(n);
  before = step(n - 1);
  const bool carry = Left ? bit(before, bits_of<T> - 1) : before & 1;
  f.set_result<T>(r, carry, bit(r, bits_of<T> - 1) != bit(before, bits_of<T> - 1));
  return r;
}

template <bool Left, class D, class Count>
struct DoubleShift {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      T a;
      if (!D::load_for_write(cpu, op, a)) return cpu.leave(op);
      const T b = cpu.reg<T>(op->src);
      if constexpr (sizeof(T) > 1) {
        if (const unsigned n = masked<T>(Count::get(cpu, op)))
          D::store(cpu, op, double_shift<T, Left>(cpu.status, a, b, n));
        else if constexpr (sizeof(T) == 4)
          D::store(cpu, op, a);
      }
      return op + 1;
    }
  };
};

template <bool Left>
Handler double_shift_handler(const Shape& shape) {
  const bool by_cl = shape.third == OperandKind::reg;
  if (shape.dst == OperandKind::reg)
    return by_cl ? by_size<DoubleShift<Left, DstReg, CountCl>::template Family>(shape.size)
                 : by_size<DoubleShift<Left, DstReg, CountImm>::template Family>(shape.size);
  return by_cl ? by_size<DoubleShift<Left, Mem, CountCl>::template Family>(shape.size)
               : by_size<DoubleShift<Left, Mem, CountImm>::template Family>(shape.size);
}

}  // namespace

Selection select_shift(const Shape& shape, Op&) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_SHL:
      return {shift<Shl>(shape)};
    case ZYDIS_MNEMONIC_SHR:
      return {shift<Shr>(shape)};
    case ZYDIS_MNEMONIC_SAR:
      return {shift<Sar>(shape)};
    case ZYDIS_MNEMONIC_ROL:
      return {shift<Rol>(shape)};
    case ZYDIS_MNEMONIC_ROR:
      return {shift<Ror>(shape)};
    case ZYDIS_MNEMONIC_RCL:
      return {shift<Rcl>(shape)};
    case ZYDIS_MNEMONIC_RCR:
      return {shift<Rcr>(shape)};
    case ZYDIS_MNEMONIC_SHLD:
      return {double_shift_handler<true>(shape)};
    case ZYDIS_MNEMONIC_SHRD:
      return {double_shift_handler<false>(shape)};
    default:
      return {};
  }
}

}  // namespace apicsim
