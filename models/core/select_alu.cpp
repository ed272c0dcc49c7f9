#include "models/core/operands.h"

namespace apicsim {

namespace {

struct Add {
  static constexpr bool writes = true;
  template <class T>
  static T apply(StatusFlags& f, T a, T b) {
    const T r = static_cast<T>(a + b);
    f.set_add<T>(a, b, r);
    return r;
  }
};
struct Adc {
  static constexpr bool writes = true;
  template <class T>
  static T apply(StatusFlags& f, T a, T b) {
    const T r = static_cast<T>(a + b + f.cf());
    f.set_add<T>(a, b, r);
    return r;
  }
};
struct Sub {
  static constexpr bool writes = true;
  template <class T>
  static T apply(StatusFlags& f, T a, T b) {
    const T r = static_cast<T>(a - b);
    f.set_sub<T>(a, b, r);
    return r;
  }
};
struct Sbb {
  static constexpr bool writes = true;
  template <class T>
  static T apply(StatusFlags& f, T a, T b) {
    const T r = static_cast<T>(a - b - f.cf());
    f.set_sub<T>(a, b, r);
    return r;
  }
};
struct Cmp : Sub {
  static constexpr bool writes = false;
};
struct And {
  static constexpr bool writes = true;
  template <class T>
  static T apply(StatusFlags& f, T a, T b) {
    const T r = static_cast<T>(a & b);
    f.set_logic<T>(r);
    return r;
  }
};
struct Test : And {
  static constexpr bool writes = false;
};
struct Or {
  static constexpr bool writes = true;
  template <class T>
  static T apply(StatusFlags& f, T a, T b) {
    const T r = static_cast<T>(a | b);
    f.set_logic<T>(r);
    return r;
  }
};
struct Xor {
  static constexpr bool writes = true;
  template <class T>
  static T apply(StatusFlags& f, T a, T b) {
    const T r = static_cast<T>(a ^ b);
    f.set_logic<T>(r);
    return r;
  }
};

template <class F, class D, class S>
struct Binary {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      T a, b;
      if (!S::load(cpu, op, b)) return cpu.leave(op);
      if constexpr (F::writes) {
        if (!D::load_for_write(cpu, op, a)) return cpu.leave(op);
        D::store(cpu, op, F::template apply<T>(cpu.status, a, b));
      } else {
        if (!D::load(cpu, op, a)) return cpu.leave(op);
        F::template apply<T>(cpu.status, a, b);
      }
      return op + 1;
    }
  };
};

template <class F>
Handler binary(const Shape& shape) {
  if (shape.dst == OperandKind::reg) {
    if (shape.src == OperandKind::reg)
      return by_size<Binary<F, DstReg, SrcReg>::template Family>(shape.size);
    if (shape.src == OperandKind::imm)
      return by_size<Binary<F, DstReg, SrcImm>::template Family>(shape.size);
    return by_size<Binary<F, DstReg, Mem>::template Family>(shape.size);
  }
  if (shape.src == OperandKind::imm)
    return by_size<Binary<F, Mem, SrcImm>::template Family>(shape.size);
  return by_size<Binary<F, Mem, SrcReg>::template Family>(shape.size);
}

struct Inc {
  template <class T>
  static T apply(StatusFlags& f, T a) {
    const T r = static_cast<T>(a + 1);
    f.set_inc<T>(a, r);
    return r;
  }
};
struct Dec {
  template <class T>
  static T apply(StatusFlags& f, T a) {
    const T r = static_cast<T>(a - 1);
    f.set_dec<T>(a, r);
    return r;
  }
};
struct Neg {
  template <class T>
  static T apply(StatusFlags& f, T a) {
    const T r = static_cast<T>(0 - a);
    f.set_sub<T>(0, a, r);
    return r;
  }
};
struct Not {
  template <class T>
  static T apply(StatusFlags&, T a) {
    return static_cast<T>(~a);
  }
};

template <class F, class D>
struct Unary {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      T a;
      if (!D::load_for_write(cpu, op, a)) return cpu.leave(op);
      D::store(cpu, op, F::template apply<T>(cpu.status, a));
      return op + 1;
    }
  };
};

template <class F>
Handler unary(const Shape& shape) {
  return shape.dst == OperandKind::reg ? by_size<Unary<F, DstReg>::template Family>(shape.size)
                                       : by_size<Unary<F, Mem>::template Family>(shape.size);
}

}  // namespace

Selection select_alu(const Shape& shape, Op&) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_ADD:
      return {binary<Add>(shape)};
    case ZYDIS_MNEMONIC_OR:
      return {binary<Or>(shape)};
    case ZYDIS_MNEMONIC_ADC:
      return {binary<Adc>(shape)};
    case ZYDIS_MNEMONIC_SBB:
      return {binary<Sbb>(shape)};
    case ZYDIS_MNEMONIC_AND:
      return {binary<And>(shape)};
    case ZYDIS_MNEMONIC_SUB:
      return {binary<Sub>(shape)};
    case ZYDIS_MNEMONIC_XOR:
      return {binary<Xor>(shape)};
    case ZYDIS_MNEMONIC_CMP:
      return {binary<Cmp>(shape)};
    case ZYDIS_MNEMONIC_TEST:
      return {binary<Test>(shape)};
    case ZYDIS_MNEMONIC_INC:
      return {unary<Inc>(shape)};
    case ZYDIS_MNEMONIC_DEC:
      return {unary<Dec>(shape)};
    case ZYDIS_MNEMONIC_NEG:
      return {unary<Neg>(shape)};
    case ZYDIS_MNEMONIC_NOT:
      return {unary<Not>(shape)};
    default:
      return {};
  }
}

}  // namespace apicsim
