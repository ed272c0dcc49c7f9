#include "models/core/operands.h"

namespace apicsim {

namespace {

constexpr unsigned rcx = 1, rsi = 6, rdi = 7;

u64 address_mask(const Op* op) {
  return op->address_bits == 64 ? ~u64{0} : (u64{1} << op->address_bits) - 1;
}
/// Writes an index or count register with the width of the address size.
void set_index(Cpu& cpu, const Op* op, unsigned number, u64 value) {
  if (op->address_bits == 16)
    cpu.set_reg<u16>(static_cast<u8>(number * 8), static_cast<u16>(value));
  else
    cpu.registers[number] = value & address_mask(op);
}
template <class T>
void advance(Cpu& cpu, const Op* op, unsigned number) {
  const u64 step = cpu.system_flags & rflags::df ? u64{0} - sizeof(T) : sizeof(T);
  set_index(cpu, op, number, cpu.registers[number] + step);
}

/// Loads from the source, DS:rSI or with an override, and the destination, always ES:rDI.
template <class T>
bool load_source(Cpu& cpu, const Op* op, T& value) {
  u64 linear;
  return cpu.segment_address(op->segment, cpu.registers[rsi] & address_mask(op), sizeof(T),
                             Access::read, linear) &&
         cpu.load<T>(op->segment, linear, value);
}
template <class T>
bool load_destination(Cpu& cpu, const Op* op, T& value) {
  u64 linear;
  return cpu.segment_address(Seg::es, cpu.registers[rdi] & address_mask(op), sizeof(T),
                             Access::read, linear) &&
         cpu.load<T>(Seg::es, linear, value);
}
template <class T>
bool store_destination(Cpu& cpu, const Op* op, T value) {
  u64 linear;
  return cpu.segment_address(Seg::es, cpu.registers[rdi] & address_mask(op), sizeof(T),
                             Access::write, linear) &&
         cpu.store<T>(Seg::es, linear, value);
}

// One iteration each; false when it had to be left without effect.
struct Movs {
  static constexpr bool compares = false;
  template <class T>
  static bool step(Cpu& cpu, const Op* op) {
    T value;
    if (!load_source(cpu, op, value) || !store_destination(cpu, op, value)) return false;
    advance<T>(cpu, op, rsi);
    advance<T>(cpu, op, rdi);
    return true;
  }
};
struct Stos {
  static constexpr bool compares = false;
  template <class T>
  static bool step(Cpu& cpu, const Op* op) {
    if (!store_destination(cpu, op, cpu.reg<T>(slot::rax))) return false;
    advance<T>(cpu, op, rdi);
    return true;
  }
};
struct Lods {
  static constexpr bool compares = false;
  template <class T>
  static bool step(Cpu& cpu, const Op* op) {
    T value;
    if (!load_source(cpu, op, value)) return false;
    cpu.set_reg<T>(slot::rax, value);
    advance<T>(cpu, op, rsi);
    return true;
  }
};
struct Scas {
  static constexpr bool compares = true;
  template <class T>
  static bool step(Cpu& cpu, const Op* op) {
    T value;
    if (!load_destination(cpu, op, value)) return false;
    const T a = cpu.reg<T>(slot::rax);
    cpu.status.set_sub<T>(a, value, static_cast<T>(a - value));
    advance<T>(cpu, op, rdi);
    return true;
  }
};
struct Cmps {
  static constexpr bool compares = true;
  template <class T>
  static bool step(Cpu& cpu, const Op* op) {
    T a, b;
    if (!load_source(cpu, op, a) || !load_destination(cpu, op, b)) return false;
    cpu.status.set_sub<T>(a, b, static_cast<T>(a - b));
    advance<T>(cpu, op, rsi);
    advance<T>(cpu, op, rdi);
    return true;
  }
};

template <class S>
struct Once {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      if (!S::template step<T>(cpu, op)) return cpu.leave(op);
      return op + 1;
    }
  };
};

/// REP, REPE, REPNE: every iteration costs time and leaves the registers such that the
/// instruction can be interrupted or fault and go on later (SDM Vol. 2, REP).
template <class S>
struct Repeated {
  template <class T>
  struct Family {
    static const Op* run(Cpu& cpu, const Op* op) {
      u64 count = cpu.registers[rcx] & address_mask(op);
      if (count == 0) return cpu.complete(op);
      for (;;) {
        if (!S::template step<T>(cpu, op)) return cpu.leave(op);
        set_index(cpu, op, rcx, --count);
        if (count == 0 || ended(cpu, op)) return cpu.complete(op);
        cpu.count_iteration();
        if (cpu.attention_due()) return cpu.pause(op);
      }
    }
    static bool ended(const Cpu& cpu, const Op* op) {
      if constexpr (S::compares) return cpu.status.zf() != ((op->flags & op_flag::rep) != 0);
      return false;
    }
  };
};

/// The segment of the source operand, which may be overridden; the destination's may not. Zydis
/// hides both operands.
Seg source_segment(const Shape& shape) {
  for (unsigned i = 0; i < shape.insn.operand_count; ++i) {
    const auto& operand = shape.operands[i];
    if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY) continue;
    if (ZydisRegisterGetId(operand.mem.base) != static_cast<int>(rsi)) continue;
    return segment_of(operand.mem.segment);
  }
  return Seg::ds;
}

template <class S>
Selection string(const Shape& shape, Op& op, unsigned size) {
  op.segment = source_segment(shape);
  op.address_bits = shape.insn.address_width;
  if (op.flags & (op_flag::rep | op_flag::repne))
    return {by_size<Repeated<S>::template Family>(size), true};
  return {by_size<Once<S>::template Family>(size)};
}

}  // namespace

Selection select_string(const Shape& shape, Op& op) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_MOVSB:
      return string<Movs>(shape, op, 1);
    case ZYDIS_MNEMONIC_MOVSW:
      return string<Movs>(shape, op, 2);
    case ZYDIS_MNEMONIC_MOVSD:
      if (shape.insn.meta.isa_ext == ZYDIS_ISA_EXT_SSE2) return {};
      return string<Movs>(shape, op, 4);
    case ZYDIS_MNEMONIC_MOVSQ:
      return string<Movs>(shape, op, 8);
    case ZYDIS_MNEMONIC_STOSB:
      return string<Stos>(shape, op, 1);
    case ZYDIS_MNEMONIC_STOSW:
      return string<Stos>(shape, op, 2);
    case ZYDIS_MNEMONIC_STOSD:
      return string<Stos>(shape, op, 4);
    case ZYDIS_MNEMONIC_STOSQ:
      return string<Stos>(shape, op, 8);
    case ZYDIS_MNEMONIC_LODSB:
      return string<Lods>(shape, op, 1);
    case ZYDIS_MNEMONIC_LODSW:
      return string<Lods>(shape, op, 2);
    case ZYDIS_MNEMONIC_LODSD:
      return string<Lods>(shape, op, 4);
    case ZYDIS_MNEMONIC_LODSQ:
      return string<Lods>(shape, op, 8);
    case ZYDIS_MNEMONIC_SCASB:
      return string<Scas>(shape, op, 1);
    case ZYDIS_MNEMONIC_SCASW:
      return string<Scas>(shape, op, 2);
    case ZYDIS_MNEMONIC_SCASD:
      return string<Scas>(shape, op, 4);
    case ZYDIS_MNEMONIC_SCASQ:
      return string<Scas>(shape, op, 8);
    case ZYDIS_MNEMONIC_CMPSB:
      return string<Cmps>(shape, op, 1);
    case ZYDIS_MNEMONIC_CMPSW:
      return string<Cmps>(shape, op, 2);
    case ZYDIS_MNEMONIC_CMPSD:
      if (shape.insn.meta.isa_ext == ZYDIS_ISA_EXT_SSE2) return {};
      return string<Cmps>(shape, op, 4);
    case ZYDIS_MNEMONIC_CMPSQ:
      return string<Cmps>(shape, op, 8);
    default:
      return {};
  }
}

}  // namespace apicsim
