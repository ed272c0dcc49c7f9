#include "models/core/operands.h"

namespace apicsim {

namespace {

template <class T>
struct Wider;
template <>
struct Wider<u8> {
  using Unsigned = u16;
  using Integer = i16;
};
template <>
struct Wider<u16> {
  using Unsigned = u32;
  using Integer = i32;
};
template <>
struct Wider<u32> {
  using Unsigned = u64;
  using Integer = i64;
};
template <>
struct Wider<u64> {
  __extension__ using Unsigned = unsigned __int128;
  __extension__ using Integer = __int128;
};

/// The double-width value in rDX:rAX, or AX for bytes.
template <class T>
typename Wider<T>::Unsigned wide_accumulator(const Cpu& cpu) {
  using W = typename Wider<T>::Unsigned;
  if constexpr (sizeof(T) == 1)
    return cpu.reg<u16>(slot::rax);
  else
    return static_cast<W>(W{cpu.reg<T>(slot::rdx)} << bits_of<T>) | cpu.reg<T>(slot::rax);
}
template <class T>
void set_wide_accumulator(Cpu& cpu, T high, T low) {
  if constexpr (sizeof(T) == 1) {
    cpu.set_reg<u16>(slot::rax, static_cast<u16>(high << 8 | low));
  } else {
    cpu.set_reg<T>(slot::rax, low);
    cpu.set_reg<T>(slot::rdx, high);
  }
}

/// SF, ZF, AF and PF are undefined after multiplications; they are set as for the low half.
template <class T>
bool multiply_signed(T a, T b, T& low, T& high) {
  using W = typename Wider<T>::Integer;
  const W product = W{static_cast<Signed<T>>(a)} * static_cast<Signed<T>>(b);
  low = static_cast<T>(product);
  high = static_cast<T>(static_cast<typename Wider<T>::Unsigned>(product) >> bits_of<T>);
  return product != static_cast<W>(static_cast<Signed<T>>(low));
}

template <class S>
struct Mul {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      using W = typename Wider<T>::Unsigned;
      T b;
      if (!S::load(cpu, op, b)) return cpu.leave(op);
      const W product = static_cast<W>(W{cpu.reg<T>(slot::rax)} * b);
      const T high = static_cast<T>(product >> bits_of<T>), low = static_cast<T>(product);
      set_wide_accumulator<T>(cpu, high, low);
      cpu.status.set_result<T>(low, high != 0, high != 0);
      return op + 1;
    }
  };
};

template <class S>
struct ImulWide {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      T b, low, high;
      if (!S::load(cpu, op, b)) return cpu.leave(op);
      const bool overflow = multiply_signed<T>(cpu.reg<T>(slot::rax), b, low, high);
      set_wide_accumulator<T>(cpu, high, low);
      cpu.status.set_result<T>(low, overflow, overflow);
      return op + 1;
    }
  };
};

struct FactorDst {
  template <class T>
  static T get(Cpu& cpu, const Op* op) {
    return cpu.reg<T>(op->dst);
  }
};
struct FactorImm {
  template <class T>
  static T get(Cpu&, const Op* op) {
    return static_cast<T>(op->imm);
  }
};

template <class S, class Factor>
struct Imul {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      T b, low, high;
      if (!S::load(cpu, op, b)) return cpu.leave(op);
      const bool overflow = multiply_signed<T>(Factor::template get<T>(cpu, op), b, low, high);
      cpu.set_reg<T>(op->dst, low);
      cpu.status.set_result<T>(low, overflow, overflow);
      return op + 1;
    }
  };
};

Handler select_imul(const Shape& shape) {
  const bool mem_src = shape.src == OperandKind::mem;
  if (shape.third == OperandKind::imm)
    return mem_src ? by_size<Imul<Mem, FactorImm>::Family>(shape.size)
                   : by_size<Imul<SrcReg, FactorImm>::Family>(shape.size);
  if (shape.src != OperandKind::none)
    return mem_src ? by_size<Imul<Mem, FactorDst>::Family>(shape.size)
                   : by_size<Imul<SrcReg, FactorDst>::Family>(shape.size);
  return shape.dst == OperandKind::mem ? by_size<ImulWide<Mem>::Family>(shape.size)
                                       : by_size<ImulWide<DstReg>::Family>(shape.size);
}

const Op* divide_error(Cpu& cpu, const Op* op) {
  return cpu.raise(op, Fault::simple(vector::divide_error));
}

/// The flags are undefined after divisions and stay as they are.
template <class S>
struct Div {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      using W = typename Wider<T>::Unsigned;
      T divisor;
      if (!S::load(cpu, op, divisor)) return cpu.leave(op);
      const W dividend = wide_accumulator<T>(cpu);
      if (divisor == 0 || static_cast<W>(dividend / divisor) >> bits_of<T>)
        return divide_error(cpu, op);
      set_wide_accumulator<T>(cpu, static_cast<T>(dividend % divisor),
                              static_cast<T>(dividend / divisor));
      return op + 1;
    }
  };
};

template <class S>
struct Idiv {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      using U = typename Wider<T>::Unsigned;
      T raw;
      if (!S::load(cpu, op, raw)) return cpu.leave(op);
      const auto signed_raw = static_cast<Signed<T>>(raw);
      if (raw == 0) return divide_error(cpu, op);
      // On magnitudes: the most negative dividend has no positive counterpart in its own type.
      const U dividend = wide_accumulator<T>(cpu);
      const bool negative = dividend >> (2 * bits_of<T> - 1);
      const U magnitude = negative ? static_cast<U>(0 - dividend) : dividend;
      const T divisor = signed_raw < 0 ? static_cast<T>(0 - raw) : raw;
      const U quotient = static_cast<U>(magnitude / divisor);
      const bool negative_quotient = negative != (signed_raw < 0);
      const U limit = (U{1} << (bits_of<T> - 1)) - (negative_quotient ? 0 : 1);
      if (quotient > limit) return divide_error(cpu, op);
      const T remainder = static_cast<T>(magnitude % divisor);
      set_wide_accumulator<T>(cpu, negative ? static_cast<T>(0 - remainder) : remainder,
                              negative_quotient ? static_cast<T>(0 - static_cast<T>(quotient))
                                                : static_cast<T>(quotient));
      return op + 1;
    }
  };
};

template <template <class> class Operation>
Handler one_operand(const Shape& shape) {
  return shape.dst == OperandKind::mem ? by_size<Operation<Mem>::template Family>(shape.size)
                                       : by_size<Operation<DstReg>::template Family>(shape.size);
}

}  // namespace

Selection select_muldiv(const Shape& shape, Op&) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_MUL:
      return {one_operand<Mul>(shape)};
    case ZYDIS_MNEMONIC_IMUL:
      return {select_imul(shape)};
    case ZYDIS_MNEMONIC_DIV:
      return {one_operand<Div>(shape)};
    case ZYDIS_MNEMONIC_IDIV:
      return {one_operand<Idiv>(shape)};
    default:
      return {};
  }
}

}  // namespace apicsim
