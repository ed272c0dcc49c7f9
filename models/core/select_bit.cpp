#include "models/core/operands.h"

namespace apicsim {

namespace {

struct BitTest {
  static constexpr bool writes = false;
  template <class T>
  static T apply(T a, T) {
    return a;
  }
};
struct BitSet {
  static constexpr bool writes = true;
  template <class T>
  static T apply(T a, T mask) {
    return static_cast<T>(a | mask);
  }
};
struct BitReset {
  static constexpr bool writes = true;
  template <class T>
  static T apply(T a, T mask) {
    return static_cast<T>(a & ~mask);
  }
};
struct BitComplement {
  static constexpr bool writes = true;
  template <class T>
  static T apply(T a, T mask) {
    return static_cast<T>(a ^ mask);
  }
};

/// Register destination, or memory with an immediate: the offset is taken modulo the operand size.
template <class F, class D, class S>
struct BitModulo {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      T a, offset;
      S::load(cpu, op, offset);
      const bool loaded = F::writes ? D::load_for_write(cpu, op, a) : D::load(cpu, op, a);
      if (!loaded) return cpu.leave(op);
      const T mask = static_cast<T>(T{1} << (offset & (bits_of<T> - 1)));
      if constexpr (F::writes) D::store(cpu, op, F::template apply<T>(a, mask));
      cpu.status.set_cf(a & mask);
      return op + 1;
    }
  };
};

/// Memory with a register: the signed offset selects a bit of a string of any length.
template <class F>
struct BitString {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      const auto offset = static_cast<i64>(static_cast<Signed<T>>(cpu.reg<T>(op->src)));
      Op moved = *op;
      moved.disp += (offset >> log2_bits) * static_cast<i64>(sizeof(T));
      T a;
      const bool loaded =
          F::writes ? Mem::load_for_write(cpu, &moved, a) : Mem::load(cpu, &moved, a);
      if (!loaded) return cpu.leave(op);
      const T mask = static_cast<T>(T{1} << (offset & (bits_of<T> - 1)));
      if constexpr (F::writes) Mem::store(cpu, &moved, F::template apply<T>(a, mask));
      cpu.status.set_cf(a & mask);
      return op + 1;
    }
    static constexpr unsigned log2_bits = sizeof(T) == 2 ? 4 : sizeof(T) == 4 ? 5 : 6;
  };
};

template <class F>
Handler bit_handler(const Shape& shape) {
  const bool by_reg = shape.src == OperandKind::reg;
  if (shape.dst == OperandKind::reg)
    return by_reg ? by_size<BitModulo<F, DstReg, SrcReg>::template Family>(shape.size)
                  : by_size<BitModulo<F, DstReg, SrcImm>::template Family>(shape.size);
  return by_reg ? by_size<BitString<F>::template Family>(shape.size)
                : by_size<BitModulo<F, Mem, SrcImm>::template Family>(shape.size);
}

/// With a source of 0 the destination is undefined; processors leave it alone (SDM Vol. 2, BSF).
template <bool Forward, class S>
struct BitScan {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      T a;
      if (!S::load(cpu, op, a)) return cpu.leave(op);
      if (a != 0) {
        const unsigned n = Forward ? static_cast<unsigned>(__builtin_ctzll(a))
                                   : 63 - static_cast<unsigned>(__builtin_clzll(a));
        cpu.set_reg<T>(op->dst, static_cast<T>(n));
      }
      cpu.status.set_logic<T>(a);
      return op + 1;
    }
  };
};

template <bool Forward>
Handler bit_scan(const Shape& shape) {
  return shape.src == OperandKind::mem
             ? by_size<BitScan<Forward, Mem>::template Family>(shape.size)
             : by_size<BitScan<Forward, SrcReg>::template Family>(shape.size);
}

template <class S>
struct Popcnt {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      T a;
      if (!S::load(cpu, op, a)) return cpu.leave(op);
      cpu.set_reg<T>(op->dst, static_cast<T>(__builtin_popcountll(a)));
      cpu.status.set(a == 0 ? rflags::zf : 0);
      return op + 1;
    }
  };
};

template <class T>
struct Bswap {
  static const Op* run(Cpu& cpu, const Op* op) {
    // With a 16-bit operand the result is undefined; processors write zero.
    T r{};
    if constexpr (sizeof(T) == 4) r = __builtin_bswap32(cpu.reg<T>(op->dst));
    if constexpr (sizeof(T) == 8) r = __builtin_bswap64(cpu.reg<T>(op->dst));
    cpu.set_reg<T>(op->dst, r);
    return op + 1;
  }
};

}  // namespace

Selection select_bit(const Shape& shape, Op&) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_BT:
      return {bit_handler<BitTest>(shape)};
    case ZYDIS_MNEMONIC_BTS:
      return {bit_handler<BitSet>(shape)};
    case ZYDIS_MNEMONIC_BTR:
      return {bit_handler<BitReset>(shape)};
    case ZYDIS_MNEMONIC_BTC:
      return {bit_handler<BitComplement>(shape)};
    // The F3 prefix is ignored by processors without BMI1 and LZCNT (SDM Vol. 2, TZCNT).
    case ZYDIS_MNEMONIC_BSF:
    case ZYDIS_MNEMONIC_TZCNT:
      return {bit_scan<true>(shape)};
    case ZYDIS_MNEMONIC_BSR:
    case ZYDIS_MNEMONIC_LZCNT:
      return {bit_scan<false>(shape)};
    case ZYDIS_MNEMONIC_POPCNT:
      return {shape.src == OperandKind::mem ? by_size<Popcnt<Mem>::Family>(shape.size)
                                            : by_size<Popcnt<SrcReg>::Family>(shape.size)};
    case ZYDIS_MNEMONIC_BSWAP:
      return {by_size<Bswap>(shape.size)};
    default:
      return {};
  }
}

}  // namespace apicsim
