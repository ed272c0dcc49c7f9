// Instructions that 64-bit mode does not have: decimal arithmetic, PUSHA and POPA, BOUND, ARPL.
#include "models/core/operands.h"

namespace apicsim {

namespace {

constexpr u8 al = slot::rax, ah = slot::rax + 1;

// --- decimal arithmetic (SDM Vol. 1 §7.3.4): what is undefined becomes that of the result -------

void set_decimal_flags(Cpu& cpu, u8 result, bool carry, bool auxiliary) {
  cpu.status.set_result<u8>(result, carry, false);
  if (auxiliary) cpu.status.set(cpu.status.get() | rflags::af);
}

bool low_digit_overflows(const Cpu& cpu) { return (cpu.reg<u8>(al) & 15) > 9 || cpu.status.af(); }

const Op* decimal_adjust_add(Cpu& cpu, const Op* op) {
  const u8 before = cpu.reg<u8>(al);
  const bool adjust_low = low_digit_overflows(cpu);
  const bool adjust_high = before > 0x99 || cpu.status.cf();
  const u8 result = static_cast<u8>(before + (adjust_low ? 6 : 0) + (adjust_high ? 0x60 : 0));
  cpu.set_reg<u8>(al, result);
  set_decimal_flags(cpu, result, adjust_high, adjust_low);
  return op + 1;
}

/// The borrow of the low digit stays in CF when the high one needs no adjustment.
const Op* decimal_adjust_subtract(Cpu& cpu, const Op* op) {
  const u8 before = cpu.reg<u8>(al);
  const bool adjust_low = low_digit_overflows(cpu);
  const bool adjust_high = before > 0x99 || cpu.status.cf();
  const u8 result = static_cast<u8>(before - (adjust_low ? 6 : 0) - (adjust_high ? 0x60 : 0));
  cpu.set_reg<u8>(al, result);
  set_decimal_flags(cpu, result, adjust_high || (adjust_low && before < 6), adjust_low);
  return op + 1;
}

template <int direction>
const Op* ascii_adjust(Cpu& cpu, const Op* op) {
  const bool adjust = low_digit_overflows(cpu);
  const u16 before = cpu.reg<u16>(slot::rax);
  const u16 after = static_cast<u16>(adjust ? before + direction * 0x106 : before);
  cpu.set_reg<u16>(slot::rax, after & 0xFF0F);
  set_decimal_flags(cpu, static_cast<u8>(after & 15), adjust, adjust);
  return op + 1;
}

const Op* ascii_adjust_multiply(Cpu& cpu, const Op* op) {
  const u8 base = static_cast<u8>(op->imm);
  if (base == 0) return cpu.raise(op, Fault::simple(vector::divide_error));
  const u8 value = cpu.reg<u8>(al);
  const u8 rest = value % base;
  cpu.set_reg<u8>(ah, value / base);
  cpu.set_reg<u8>(al, rest);
  set_decimal_flags(cpu, rest, false, false);
  return op + 1;
}

const Op* ascii_adjust_divide(Cpu& cpu, const Op* op) {
  const u8 value = static_cast<u8>(cpu.reg<u8>(al) + cpu.reg<u8>(ah) * static_cast<u8>(op->imm));
  cpu.set_reg<u16>(slot::rax, value);
  set_decimal_flags(cpu, value, false, false);
  return op + 1;
}

const Op* set_al_from_carry(Cpu& cpu, const Op* op) {
  cpu.set_reg<u8>(al, cpu.status.cf() ? 0xFF : 0);
  return op + 1;
}

// --- all general registers at once --------------------------------------------------------------

template <class T>
struct PushAll {
  /// AX, CX, DX, BX, the old SP, BP, SI, DI (SDM Vol. 2, PUSHA).
  static const Op* run(Cpu& cpu, const Op* op) {
    u64 top = cpu.rsp();
    for (u8 n = 0; n < 8; ++n) {
      top -= sizeof(T);
      if (!cpu.store_stack<T>(top, cpu.reg<T>(static_cast<u8>(8 * n)))) return cpu.leave(op);
    }
    cpu.set_stack_pointer(top);
    return op + 1;
  }
};

template <class T>
struct PopAll {
  /// The other way round; the image of SP is skipped (SDM Vol. 2, POPA).
  static const Op* run(Cpu& cpu, const Op* op) {
    T values[8];
    const u64 top = cpu.rsp();
    for (unsigned n = 0; n < 8; ++n)
      if (!cpu.load_stack<T>(top + n * sizeof(T), values[7 - n])) return cpu.leave(op);
    for (u8 n = 0; n < 8; ++n)
      if (n != 4) cpu.set_reg<T>(static_cast<u8>(8 * n), values[n]);
    cpu.set_stack_pointer(top + 8 * sizeof(T));
    return op + 1;
  }
};

// --- BOUND, ARPL --------------------------------------------------------------------------------

template <class T>
struct Bound {
  static const Op* run(Cpu& cpu, const Op* op) {
    const u64 offset = cpu.effective_address(op) & ((u64{1} << op->address_bits) - 1);
    u64 lower_at, upper_at;
    T lower, upper;
    if (!cpu.segment_address(op->segment, offset, sizeof(T), Access::read, lower_at) ||
        !cpu.segment_address(op->segment, offset + sizeof(T), sizeof(T), Access::read, upper_at) ||
        !cpu.load<T>(op->segment, lower_at, lower) || !cpu.load<T>(op->segment, upper_at, upper))
      return cpu.leave(op);
    const auto index = static_cast<Signed<T>>(cpu.reg<T>(op->dst));
    if (index >= static_cast<Signed<T>>(lower) && index <= static_cast<Signed<T>>(upper))
      return op + 1;
    return cpu.raise(op, Fault::simple(vector::bound));
  }
};

/// ARPL raises the RPL of the destination to that of the source.
template <class D>
const Op* adjust_privilege(Cpu& cpu, const Op* op) {
  if (cpu.real_addressing()) return cpu.raise(op, Fault::ud());
  u16 selector;
  if (!D::load_for_write(cpu, op, selector)) return cpu.leave(op);
  const u16 level = cpu.reg<u16>(op->src) & 3;
  const bool lower = (selector & 3) < level;
  if (lower && !D::store(cpu, op, static_cast<u16>((selector & ~3u) | level))) return cpu.leave(op);
  cpu.status.set_zf(lower);
  return op + 1;
}

template <template <class> class Family>
Handler by_width(const Shape& shape) {
  return shape.insn.operand_width == 16 ? Family<u16>::run : Family<u32>::run;
}

}  // namespace

Selection select_legacy(const Shape& shape, Op&) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_AAA:
      return {ascii_adjust<1>};
    case ZYDIS_MNEMONIC_AAS:
      return {ascii_adjust<-1>};
    case ZYDIS_MNEMONIC_AAM:
      return {ascii_adjust_multiply};
    case ZYDIS_MNEMONIC_AAD:
      return {ascii_adjust_divide};
    case ZYDIS_MNEMONIC_DAA:
      return {decimal_adjust_add};
    case ZYDIS_MNEMONIC_DAS:
      return {decimal_adjust_subtract};
    case ZYDIS_MNEMONIC_SALC:
      return {set_al_from_carry};
    case ZYDIS_MNEMONIC_PUSHA:
    case ZYDIS_MNEMONIC_PUSHAD:
      return {by_width<PushAll>(shape)};
    case ZYDIS_MNEMONIC_POPA:
    case ZYDIS_MNEMONIC_POPAD:
      return {by_width<PopAll>(shape)};
    case ZYDIS_MNEMONIC_BOUND:
      return {by_width<Bound>(shape)};
    case ZYDIS_MNEMONIC_ARPL:
      return {shape.dst == OperandKind::mem ? adjust_privilege<Mem> : adjust_privilege<DstReg>};
    default:
      return {};
  }
}

}  // namespace apicsim
